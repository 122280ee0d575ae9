import type { BitMask } from './bit-mask.js';
import type { Point } from './picture.js';

/** Puts the pixels into a mask whose middle a polygon covers (even-odd rule). */
export function fillPolygon(mask: BitMask, corners: readonly Point[]): void {
  const crossings: number[] = [];
  for (let row = 0; row < mask.height; row++) {
    const y = row + 0.5;
    crossings.length = 0;
    for (const [at, a] of corners.entries()) {
      const b = corners[(at + 1) % corners.length]!;
      if (a.y <= y === b.y <= y) continue;
      crossings.push(a.x + ((y - a.y) * (b.x - a.x)) / (b.y - a.y));
    }
    crossings.sort((a, b) => a - b);
    for (let at = 0; at + 1 < crossings.length; at += 2) {
      const from = Math.max(0, Math.ceil(crossings[at]! - 0.5));
      const to = Math.min(mask.width - 1, Math.ceil(crossings[at + 1]! - 0.5) - 1);
      for (let column = from; column <= to; column++) mask.set(column, row);
    }
  }
}
