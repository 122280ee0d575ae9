import { homographyOf, type Picture, type Plane, type Point } from '@rivero/vision';
import { BORDER, CELLS, cellsOf, UNITS } from './marker-code.js';

/** Paints a marker with one white unit around it, in perspective, each pixel the mean of nine points. */
export function paintMarker(picture: Picture, id: number, corners: readonly Point[]): void {
  const cells = cellsOf(id);
  paintSquare(picture.y, corners, (row, column) => {
    const inner = row - BORDER;
    const across = column - BORDER;
    if (inner < 0 || across < 0 || inner >= CELLS || across >= CELLS) return 25;
    return cells[inner * CELLS + across] ? 225 : 25;
  });
}

/** Paints a square of nine by nine units on white paper. @param shade of a unit */
export function paintSquare(
  luma: Plane,
  corners: readonly Point[],
  shade: (row: number, column: number) => number,
): void {
  const square = [
    { x: 0, y: 0 },
    { x: UNITS, y: 0 },
    { x: UNITS, y: UNITS },
    { x: 0, y: UNITS },
  ];
  const middle = { x: mean(corners.map(({ x }) => x)), y: mean(corners.map(({ y }) => y)) };
  const view = homographyOf(
    corners.map(({ x, y }) => ({ x: x - middle.x, y: y - middle.y })),
    square,
  )!;
  for (let y = 0; y < luma.height; y++) {
    for (let x = 0; x < luma.width; x++) {
      let sum = 0;
      let points = 0;
      for (const dy of [-0.33, 0, 0.33]) {
        for (const dx of [-0.33, 0, 0.33]) {
          const px = x + dx - middle.x;
          const py = y + dy - middle.y;
          const w = view[6]! * px + view[7]! * py + 1;
          const column = (view[0]! * px + view[1]! * py + view[2]!) / w;
          const row = (view[3]! * px + view[4]! * py + view[5]!) / w;
          if (w <= 0 || column < -1 || row < -1 || column >= UNITS + 1 || row >= UNITS + 1) continue;
          const inside = column >= 0 && row >= 0 && column < UNITS && row < UNITS;
          sum += inside ? shade(Math.floor(row), Math.floor(column)) : 225;
          points++;
        }
      }
      if (points === 0) continue;
      const at = y * luma.stride + x;
      luma.data[at] = Math.round((sum + luma.data[at]! * (9 - points)) / 9);
    }
  }
}

/** The corners of a square around a point, turned, and seen at an angle. @param tilt 0 to about 0.3 */
export function squareAt(x: number, y: number, side: number, degrees: number, tilt = 0): Point[] {
  const angle = (degrees * Math.PI) / 180;
  const half = side / 2;
  return [
    [-half, -half],
    [half, -half],
    [half, half],
    [-half, half],
  ].map(([dx, dy]) => {
    const depth = 1 + tilt * (dx! / half);
    const px = dx! / depth;
    const py = dy! / depth;
    return {
      x: x + px * Math.cos(angle) - py * Math.sin(angle),
      y: y + px * Math.sin(angle) + py * Math.cos(angle),
    };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
