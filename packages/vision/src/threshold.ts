import type { BitMask } from './bit-mask.js';
import type { Plane } from './picture.js';

/** The threshold that separates two groups of grey values best (Otsu 1979). */
export function otsu(plane: Plane): number {
  const counts = new Float64Array(256);
  for (let row = 0; row < plane.height; row++) {
    for (let at = row * plane.stride, end = at + plane.width; at < end; at++) counts[plane.data[at]!]! += 1;
  }
  const total = plane.width * plane.height;
  let sum = 0;
  for (let value = 0; value < 256; value++) sum += value * counts[value]!;
  let below = 0;
  let sumBelow = 0;
  let best = -1;
  let threshold = 128;
  for (let value = 0; value < 256; value++) {
    below += counts[value]!;
    if (below === 0) continue;
    const above = total - below;
    if (above === 0) break;
    sumBelow += value * counts[value]!;
    const difference = sumBelow / below - (sum - sumBelow) / above;
    const between = below * above * difference * difference;
    if (between > best) {
      best = between;
      threshold = value + 1;
    }
  }
  return threshold;
}

/** Pixels that are darker than what is around them, whatever the light: running sums, so the time does not depend on `radius`. */
export class AdaptiveThreshold {
  #sums = new Float64Array(0);

  /** Puts in what is more than `offset` below the mean of the square of 2·radius+1 around it, and takes out the rest. */
  darker(plane: Plane, mask: BitMask, radius: number, offset: number): void {
    const { width, height, data, stride } = plane;
    const pitch = width + 1;
    if (this.#sums.length < pitch * (height + 1)) this.#sums = new Float64Array(pitch * (height + 1));
    const sums = this.#sums;
    sums.fill(0, 0, pitch);
    for (let row = 0; row < height; row++) {
      let line = 0;
      const to = (row + 1) * pitch;
      sums[to] = 0;
      for (let column = 0; column < width; column++) {
        line += data[row * stride + column]!;
        sums[to + column + 1] = sums[to - pitch + column + 1]! + line;
      }
    }
    mask.clear();
    for (let row = 0; row < height; row++) {
      const top = Math.max(0, row - radius) * pitch;
      const bottomRow = Math.min(height, row + radius + 1);
      const bottom = bottomRow * pitch;
      const rows = bottomRow - Math.max(0, row - radius);
      for (let column = 0; column < width; column++) {
        const left = column > radius ? column - radius : 0;
        const right = Math.min(column + radius + 1, width);
        const sum = sums[bottom + right]! - sums[bottom + left]! - sums[top + right]! + sums[top + left]!;
        const pixels = rows * (right - left);
        if ((data[row * stride + column]! + offset) * pixels < sum) mask.set(column, row);
      }
    }
  }
}
