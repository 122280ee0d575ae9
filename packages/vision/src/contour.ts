import type { BitMask } from './bit-mask.js';
import type { Component } from './components.js';
import type { Point } from './picture.js';

/** The eight neighbours of a pixel, clockwise from the right one. */
const STEP_X = [1, 1, 0, -1, -1, -1, 0, 1];
const STEP_Y = [0, 1, 1, 1, 0, -1, -1, -1];

/**
 * The pixels of the outer border of a component of a mask, clockwise (Moore's tracing with Jacob's stopping
 * criterion), as x and y in turn.
 */
export function outline(mask: BitMask, component: Component): Int32Array {
  const startX = component.startX;
  const startY = component.top;
  const limit = 4 * (component.area + 4);
  const points: number[] = [startX, startY];
  let x = startX;
  let y = startY;
  // The start was found from its left, and there is nothing above it.
  let direction = 0;
  let first = -1;
  while (points.length < 2 * limit) {
    let next = -1;
    // From the neighbour behind the one that we came from.
    for (let turn = 0, at = (direction + 5) & 7; turn < 8; turn++, at = (at + 1) & 7) {
      if (mask.get(x + STEP_X[at]!, y + STEP_Y[at]!) === 1) {
        next = at;
        break;
      }
    }
    if (next < 0) break;
    if (x === startX && y === startY) {
      if (next === first) break;
      if (first < 0) first = next;
    }
    x += STEP_X[next]!;
    y += STEP_Y[next]!;
    direction = next;
    points.push(x, y);
  }
  // The last point is the start again.
  if (points.length > 2) points.length -= 2;
  return Int32Array.from(points);
}

/**
 * The corners of a contour that is a convex quadrilateral, clockwise, between pixels: lines are fitted to the points
 * of each side, and corners are where the lines meet.
 * @returns undefined where it is none, or a side is shorter than `minimum` pixels
 */
export function quadrilateral(contour: Int32Array, minimum: number): Point[] | undefined {
  const count = contour.length >> 1;
  if (count < 4 * minimum) return undefined;
  const at = cornersOf(contour, count);
  if (at === undefined) return undefined;
  const lines: Line[] = [];
  for (let side = 0; side < 4; side++) {
    const from = at[side]!;
    const to = at[(side + 1) & 3]!;
    const length = (to - from + count) % count;
    const dx = contour[2 * to]! - contour[2 * from]!;
    const dy = contour[2 * to + 1]! - contour[2 * from + 1]!;
    if (Math.hypot(dx, dy) < minimum) return undefined;
    const line = fitLine(contour, count, from, length);
    if (line === undefined) return undefined;
    lines.push(line);
  }
  const corners: Point[] = [];
  for (let side = 0; side < 4; side++) {
    const corner = crossing(lines[(side + 3) & 3]!, lines[side]!);
    if (corner === undefined) return undefined;
    const traced = at[side]!;
    if (Math.hypot(corner.x - contour[2 * traced]!, corner.y - contour[2 * traced + 1]!) > minimum)
      return undefined;
    corners.push(corner);
  }
  return isConvex(corners) ? corners : undefined;
}

/** Four places on a contour from which its other points lie close to the sides between them (Douglas-Peucker). */
function cornersOf(contour: Int32Array, count: number): number[] | undefined {
  const tolerance = Math.max(1.5, 0.02 * count);
  const first = farthest(contour, count, 0);
  const opposite = farthest(contour, count, first);
  const found: number[] = [];
  const split = (from: number, to: number, depth: number): boolean => {
    const length = (to - from + count) % count;
    const x = contour[2 * from]!;
    const y = contour[2 * from + 1]!;
    const dx = contour[2 * to]! - x;
    const dy = contour[2 * to + 1]! - y;
    const norm = Math.hypot(dx, dy) || 1;
    let largest = 0;
    let corner = -1;
    for (let step = 1; step < length; step++) {
      const at = (from + step) % count;
      const distance = Math.abs((contour[2 * at]! - x) * dy - (contour[2 * at + 1]! - y) * dx) / norm;
      if (distance > largest) {
        largest = distance;
        corner = at;
      }
    }
    if (largest <= tolerance) return true;
    if (depth === 0 || found.length > 4) return false;
    if (!split(from, corner, depth - 1)) return false;
    found.push(corner);
    return split(corner, to, depth - 1);
  };
  found.push(first);
  if (!split(first, opposite, 2)) return undefined;
  found.push(opposite);
  if (!split(opposite, first, 2)) return undefined;
  return found.length === 4 ? found : undefined;
}

function farthest(contour: Int32Array, count: number, from: number): number {
  let best = 0;
  let at = from;
  for (let other = 0; other < count; other++) {
    const distance =
      (contour[2 * other]! - contour[2 * from]!) ** 2 +
      (contour[2 * other + 1]! - contour[2 * from + 1]!) ** 2;
    if (distance > best) {
      best = distance;
      at = other;
    }
  }
  return at;
}

/** Points p with nx·x + ny·y = c. */
interface Line {
  readonly nx: number;
  readonly ny: number;
  readonly c: number;
}

/** Total least squares over the middle of a side: near its ends corners are rounded. */
function fitLine(contour: Int32Array, count: number, from: number, length: number): Line | undefined {
  const skip = Math.floor(length * 0.1);
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumXY = 0;
  let sumYY = 0;
  let points = 0;
  for (let step = skip; step <= length - skip; step++) {
    const at = (from + step) % count;
    const x = contour[2 * at]!;
    const y = contour[2 * at + 1]!;
    sumX += x;
    sumY += y;
    sumXX += x * x;
    sumXY += x * y;
    sumYY += y * y;
    points++;
  }
  if (points < 2) return undefined;
  const meanX = sumX / points;
  const meanY = sumY / points;
  const xx = sumXX / points - meanX * meanX;
  const xy = sumXY / points - meanX * meanY;
  const yy = sumYY / points - meanY * meanY;
  // The normal is the direction of the least spread.
  const angle = 0.5 * Math.atan2(2 * xy, xx - yy) + Math.PI / 2;
  const nx = Math.cos(angle);
  const ny = Math.sin(angle);
  return { nx, ny, c: nx * meanX + ny * meanY };
}

function crossing(one: Line, other: Line): Point | undefined {
  const determinant = one.nx * other.ny - one.ny * other.nx;
  if (Math.abs(determinant) < 0.05) return undefined;
  return {
    x: (one.c * other.ny - one.ny * other.c) / determinant,
    y: (one.nx * other.c - one.c * other.nx) / determinant,
  };
}

function isConvex(corners: readonly Point[]): boolean {
  for (let at = 0; at < 4; at++) {
    const a = corners[at]!;
    const b = corners[(at + 1) & 3]!;
    const c = corners[(at + 2) & 3]!;
    // Clockwise in pixels, where y goes down.
    if ((b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x) <= 0) return false;
  }
  return true;
}
