import { makePlane, type Plane, type Rectangle } from './picture.js';
import { reducePlane, sampleAt } from './resize.js';

/** How points moved between two pictures: x, y, dx, dy of each, in turn. */
export type Flow = Float64Array;

const LEVELS = 3;
/** Half of the window that is compared: 9x9 pixels. */
const RADIUS = 4;
const ITERATIONS = 12;
const ENOUGH = 0.03;
/** The least that a window's grey values must vary in every direction, as the mean of squared gradients. */
const LEAST_TEXTURE = 30;
/** Mean difference of grey values above which a window was not found again. */
const LARGEST_ERROR = 25;

/** A picture at full, half and quarter size. */
export class Pyramid {
  readonly levels: readonly Plane[];

  constructor(width: number, height: number) {
    this.levels = Array.from({ length: LEVELS }, (_, level) =>
      makePlane(Math.max(1, width >> level), Math.max(1, height >> level)),
    );
  }

  /** @param plane of the pyramid's size */
  fill(plane: Plane): void {
    reducePlane(plane, this.levels[0]!);
    for (let level = 1; level < LEVELS; level++) reducePlane(this.levels[level - 1]!, this.levels[level]!);
  }
}

/**
 * Places that can be followed: the one with the most texture of each square of `cell` pixels, where it is enough in
 * every direction (the smaller eigenvalue of the structure tensor, Shi and Tomasi 1994).
 * @param wanted whether a place may be one
 * @returns x and y in turn
 */
export function featuresIn(
  plane: Plane,
  area: Rectangle,
  cell = 8,
  wanted: (x: number, y: number) => boolean = () => true,
): Int32Array {
  const found: number[] = [];
  const margin = RADIUS + 1;
  const left = Math.max(margin, area.x);
  const top = Math.max(margin, area.y);
  const right = Math.min(plane.width - margin, area.x + area.width);
  const bottom = Math.min(plane.height - margin, area.y + area.height);
  for (let row = top; row < bottom; row += cell) {
    for (let column = left; column < right; column += cell) {
      let best = LEAST_TEXTURE;
      let x = -1;
      let y = -1;
      for (let py = row; py < Math.min(row + cell, bottom); py += 2) {
        for (let px = column; px < Math.min(column + cell, right); px += 2) {
          const strength = wanted(px, py) ? textureAt(plane, px, py) : 0;
          if (strength > best) {
            best = strength;
            x = px;
            y = py;
          }
        }
      }
      if (x >= 0) found.push(x, y);
    }
  }
  return Int32Array.from(found);
}

function textureAt(plane: Plane, x: number, y: number): number {
  const { data, stride } = plane;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let row = y - 2; row <= y + 2; row++) {
    for (let at = row * stride + x - 2, end = at + 5; at < end; at++) {
      const dx = (data[at + 1]! - data[at - 1]!) / 2;
      const dy = (data[at + stride]! - data[at - stride]!) / 2;
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
    }
  }
  const half = (xx - yy) / 2;
  return ((xx + yy) / 2 - Math.sqrt(half * half + xy * xy)) / 25;
}

/** Follows points from one picture into the next (Lucas and Kanade, with pyramids: Bouguet 2000). */
export function follow(from: Pyramid, to: Pyramid, features: Int32Array): Flow {
  const flow: number[] = [];
  const template = new Float64Array((2 * RADIUS + 1) ** 2 * 3);
  for (let at = 0; at < features.length; at += 2) {
    const x = features[at]!;
    const y = features[at + 1]!;
    let dx = 0;
    let dy = 0;
    let good = true;
    for (let level = LEVELS - 1; level >= 0 && good; level--) {
      const scale = 1 << level;
      const step = refine(
        from.levels[level]!,
        to.levels[level]!,
        x / scale,
        y / scale,
        dx / scale,
        dy / scale,
        template,
      );
      if (step === undefined) {
        // A coarse level may have nothing to go by; the finest must.
        good = level > 0;
        continue;
      }
      dx = step.dx * scale;
      dy = step.dy * scale;
      if (level === 0) good = step.error <= LARGEST_ERROR;
    }
    if (good) flow.push(x, y, dx, dy);
  }
  return Float64Array.from(flow);
}

/** One level: where the window around a point is, beginning with a guess. */
function refine(
  from: Plane,
  to: Plane,
  x: number,
  y: number,
  guessX: number,
  guessY: number,
  template: Float64Array,
): { dx: number; dy: number; error: number } | undefined {
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let row = -RADIUS, at = 0; row <= RADIUS; row++) {
    for (let column = -RADIUS; column <= RADIUS; column++, at += 3) {
      const gradientX =
        (sampleAt(from, x + column + 1, y + row) - sampleAt(from, x + column - 1, y + row)) / 2;
      const gradientY =
        (sampleAt(from, x + column, y + row + 1) - sampleAt(from, x + column, y + row - 1)) / 2;
      template[at] = sampleAt(from, x + column, y + row);
      template[at + 1] = gradientX;
      template[at + 2] = gradientY;
      xx += gradientX * gradientX;
      xy += gradientX * gradientY;
      yy += gradientY * gradientY;
    }
  }
  const determinant = xx * yy - xy * xy;
  if (determinant < 1e-3 * (xx + yy) * (xx + yy) + 1) return undefined;
  let dx = guessX;
  let dy = guessY;
  let error = 0;
  const pixels = (2 * RADIUS + 1) ** 2;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    let errorX = 0;
    let errorY = 0;
    error = 0;
    for (let row = -RADIUS, at = 0; row <= RADIUS; row++) {
      for (let column = -RADIUS; column <= RADIUS; column++, at += 3) {
        const difference = template[at]! - sampleAt(to, x + dx + column, y + dy + row);
        errorX += difference * template[at + 1]!;
        errorY += difference * template[at + 2]!;
        error += Math.abs(difference);
      }
    }
    const stepX = (yy * errorX - xy * errorY) / determinant;
    const stepY = (xx * errorY - xy * errorX) / determinant;
    dx += stepX;
    dy += stepY;
    if (stepX * stepX + stepY * stepY < ENOUGH * ENOUGH) break;
  }
  return Number.isFinite(dx) && Number.isFinite(dy) ? { dx, dy, error: error / pixels } : undefined;
}
