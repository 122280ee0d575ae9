/** A rectangle on the canvas, pixels. */
export interface Cell {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How a composite arranges pictures. `main` stands for the first of them. */
export type CompositeLayout = 'GRID' | 'SPEAKER' | 'PICTURE_IN_PICTURE' | 'SINGLE';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Share of the canvas' height that the strip of small pictures below the main one takes. */
const STRIP = 0.25;
/** Side of a small picture that lies over the main one, as a share of the canvas. */
const INSET = 0.25;
const INSET_MARGIN = 0.02;

/**
 * Places for so many pictures, in order; those that a layout does not show have none. Cells of a grid are as Kurento's Composite lays
 * them out: columns = ⌈√n⌉, rows = ⌈n ÷ columns⌉, all of one size, filled row by row.
 */
export function arrange(layout: CompositeLayout, count: number, canvas: Size): (Cell | undefined)[] {
  if (count === 0) return [];
  const whole: Cell = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  const others = count - 1;
  switch (layout) {
    case 'GRID':
      return grid(count, canvas);
    case 'SINGLE':
      return [whole, ...new Array<undefined>(others).fill(undefined)];
    case 'SPEAKER':
      return others === 0 ? [whole] : speaker(others, canvas);
    case 'PICTURE_IN_PICTURE':
      return [whole, ...insets(others, canvas)];
  }
}

function grid(count: number, { width, height }: Size): Cell[] {
  const columns = Math.ceil(Math.sqrt(count));
  const rows = Math.ceil(count / columns);
  const cell = { width: Math.floor(width / columns), height: Math.floor(height / rows) };
  return Array.from({ length: count }, (_, index) => ({
    x: (index % columns) * cell.width,
    y: Math.floor(index / columns) * cell.height,
    ...cell,
  }));
}

function speaker(others: number, { width, height }: Size): Cell[] {
  const stripHeight = Math.floor(height * STRIP);
  const mainHeight = height - stripHeight;
  const cellWidth = Math.floor(Math.min(width / others, (stripHeight * 16) / 9));
  const left = Math.floor((width - cellWidth * others) / 2);
  const strip = Array.from({ length: others }, (_, index) => ({
    x: left + index * cellWidth,
    y: mainHeight,
    width: cellWidth,
    height: stripHeight,
  }));
  return [{ x: 0, y: 0, width, height: mainHeight }, ...strip];
}

/** From the lower right corner to the left, then the row above. */
function insets(count: number, { width, height }: Size): Cell[] {
  const cell = { width: Math.floor(width * INSET), height: Math.floor(height * INSET) };
  const margin = Math.floor(width * INSET_MARGIN);
  const perRow = Math.max(1, Math.floor((width - margin) / (cell.width + margin)));
  return Array.from({ length: count }, (_, index) => ({
    x: width - (1 + (index % perRow)) * (cell.width + margin),
    y: Math.max(0, height - (1 + Math.floor(index / perRow)) * (cell.height + margin)),
    ...cell,
  }));
}
