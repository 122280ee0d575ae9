import type { Flow } from '@rivero/vision';

/** Pixels between two pictures from which on a point has moved. */
const MOVED = 0.7;
/** Points that must have moved: fewer are noise. */
const FEWEST = 4;

/**
 * The direction in which points move, in degrees counterclockwise from the right (90 is up), rounded to the nearest of
 * four that begin at `offset`; undefined where nothing moves.
 * @param moves whether the point at x, y is one that counts
 */
export function directionOf(
  flow: Flow,
  offset: number,
  moves: (x: number, y: number) => boolean,
): number | undefined {
  let sumX = 0;
  let sumY = 0;
  let points = 0;
  for (let at = 0; at < flow.length; at += 4) {
    const dx = flow[at + 2]!;
    const dy = flow[at + 3]!;
    if (Math.hypot(dx, dy) < MOVED || !moves(flow[at]!, flow[at + 1]!)) continue;
    sumX += dx;
    sumY += dy;
    points++;
  }
  if (points < FEWEST || Math.hypot(sumX, sumY) < (MOVED / 2) * points) return undefined;
  const degrees = (-Math.atan2(sumY, sumX) * 180) / Math.PI;
  const quarter = Math.round((degrees - offset) / 90);
  return modulo(90 * quarter + offset, 360);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** A direction that is told after it was seen in more than some pictures running, and once until it changes. */
export class Direction {
  readonly #toEvent: number;
  readonly #toReset: number;
  #told: number | undefined;
  #candidate: number | undefined;
  #seen = 0;
  #still = 0;

  /** @param toEvent pictures that are not enough @param toReset pictures without movement after which it is forgotten */
  constructor(toEvent: number, toReset: number) {
    this.#toEvent = toEvent;
    this.#toReset = toReset;
  }

  /** @returns the direction where it is to be told */
  add(angle: number | undefined): number | undefined {
    if (angle === undefined) {
      if (++this.#still > this.#toReset) {
        this.#told = undefined;
        this.#candidate = undefined;
      }
      return undefined;
    }
    this.#still = 0;
    if (angle === this.#told) {
      this.#candidate = undefined;
      return undefined;
    }
    this.#seen = angle === this.#candidate ? this.#seen + 1 : 1;
    this.#candidate = angle;
    if (this.#seen <= this.#toEvent) return undefined;
    this.#told = angle;
    this.#candidate = undefined;
    return angle;
  }
}
