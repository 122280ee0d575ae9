import type { Rectangle } from '@rivero/vision';

/** Faces that a message may have: more are no crowd but a mistake. */
const MOST = 64;

/** The message in which places of faces go from one element to another, or to a peer; pixels. */
export function facesMessage(faces: readonly Rectangle[]): string {
  return JSON.stringify({ faces });
}

/** The places in a message; undefined where it is none of ours. */
export function facesOf(message: string): Rectangle[] | undefined {
  let faces: unknown;
  try {
    ({ faces } = JSON.parse(message) as { faces?: unknown });
  } catch {
    return undefined;
  }
  return Array.isArray(faces) && faces.length <= MOST && faces.every(isRectangle) ? faces : undefined;
}

function isRectangle(value: unknown): value is Rectangle {
  if (typeof value !== 'object' || value === null) return false;
  const sides = value as Record<string, unknown>;
  return ['x', 'y', 'width', 'height'].every((side) => Number.isFinite(sides[side]));
}
