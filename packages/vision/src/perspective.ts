import type { Point } from './picture.js';

/** Where a plane's points lie in another view of it: nine numbers, row by row. */
export type Homography = Float64Array;

/**
 * The perspective view in which four points come to lie where four others are.
 * @returns undefined where three of them are on a line
 */
export function homographyOf(from: readonly Point[], to: readonly Point[]): Homography | undefined {
  const rows: number[][] = [];
  for (let at = 0; at < 4; at++) {
    const { x, y } = from[at]!;
    const { x: toX, y: toY } = to[at]!;
    rows.push([x, y, 1, 0, 0, 0, -x * toX, -y * toX, toX]);
    rows.push([0, 0, 0, x, y, 1, -x * toY, -y * toY, toY]);
  }
  // Gauss-Jordan with the largest pivot.
  for (let column = 0; column < 8; column++) {
    let pivot = column;
    for (let row = column + 1; row < 8; row++) {
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    }
    const found = rows[pivot]!;
    if (Math.abs(found[column]!) < 1e-9) return undefined;
    rows[pivot] = rows[column]!;
    rows[column] = found;
    for (let row = 0; row < 8; row++) {
      if (row === column) continue;
      const other = rows[row]!;
      const factor = other[column]! / found[column]!;
      for (let at = column; at < 9; at++) other[at]! -= factor * found[at]!;
    }
  }
  const homography = new Float64Array(9);
  for (let at = 0; at < 8; at++) homography[at] = rows[at]![8]! / rows[at]![at]!;
  homography[8] = 1;
  return homography;
}

export function project(homography: Homography, x: number, y: number): Point {
  const h = homography;
  const w = h[6]! * x + h[7]! * y + h[8]!;
  return { x: (h[0]! * x + h[1]! * y + h[2]!) / w, y: (h[3]! * x + h[4]! * y + h[5]!) / w };
}
