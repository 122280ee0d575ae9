/**
 * The markers of ALVAR, which Kurento's module looks for: a black square of nine units with a border of two, and
 * within it five by five cells, white or black. The middle row (white, black, white, black, white) tells the
 * resolution, the middle column (black, black, –, white, white) which side is up; the other sixteen cells are two
 * code words of an extended Hamming code (8,4), read row by row, black for 1: a number of eight bits.
 */
export const CELLS = 5;
/** Units of the border, and units of a whole side. */
export const BORDER = 2;
export const UNITS = CELLS + 2 * BORDER;
const MIDDLE = 2;

/** White (true) and black cells of the marker with a number of 0 to 255, row by row, the upper side first. */
export function cellsOf(id: number): boolean[] {
  const bits = [...hammingWord(id >> 4), ...hammingWord(id & 15)];
  const cells: boolean[] = [];
  for (let row = 0; row < CELLS; row++) {
    for (let column = 0; column < CELLS; column++) {
      if (row === MIDDLE) cells.push(column % 2 === 0);
      else if (column === MIDDLE) cells.push(row > MIDDLE);
      else cells.push(!bits.shift());
    }
  }
  return cells;
}

/** What a marker says. */
export interface Reading {
  readonly id: number;
  /** Quarter turns clockwise by which the marker stands turned. */
  readonly turns: number;
  /** Cells that were wrong and could be told all the same. */
  readonly errors: number;
}

/**
 * Reads the cells of a marker, however it is turned.
 * @param cells as cellsOf gives them
 * @returns undefined where they are none
 */
export function readCells(cells: readonly boolean[]): Reading | undefined {
  let best: Reading | undefined;
  for (let turns = 0; turns < 4; turns++) {
    const reading = readUpright(turnBack(cells, turns), turns);
    if (reading !== undefined && (best === undefined || reading.errors < best.errors)) best = reading;
  }
  return best;
}

/** Cells as they are when the square is turned back by quarter turns clockwise. */
function turnBack(cells: readonly boolean[], turns: number): boolean[] {
  const last = CELLS - 1;
  return cells.map((_, at) => {
    let row = Math.floor(at / CELLS);
    let column = at % CELLS;
    for (let turn = 0; turn < turns; turn++) [row, column] = [column, last - row];
    return cells[row * CELLS + column]!;
  });
}

function readUpright(cells: readonly boolean[], turns: number): Reading | undefined {
  let errors = 0;
  const bits: boolean[] = [];
  for (let row = 0; row < CELLS; row++) {
    for (let column = 0; column < CELLS; column++) {
      const white = cells[row * CELLS + column]!;
      if (row === MIDDLE) errors += white === (column % 2 === 0) ? 0 : 1;
      else if (column === MIDDLE) errors += white === row > MIDDLE ? 0 : 1;
      else bits.push(!white);
    }
  }
  const high = readWord(bits.slice(0, 8));
  const low = readWord(bits.slice(8));
  if (high === undefined || low === undefined) return undefined;
  return { id: (high.value << 4) | low.value, turns, errors: errors + high.errors + low.errors };
}

/** Four bits, the highest first, in their places 3, 5, 6, 7; parity in 1, 2, 4, and of all in 8 (Hamming 1950). */
function hammingWord(value: number): boolean[] {
  const word = new Array<boolean>(9).fill(false);
  for (const [at, place] of [3, 5, 6, 7].entries()) word[place] = ((value >> (3 - at)) & 1) === 1;
  for (const parity of [1, 2, 4]) {
    for (const place of [3, 5, 6, 7]) if ((place & parity) !== 0 && word[place]) word[parity] = !word[parity];
  }
  for (let place = 1; place < 8; place++) if (word[place]) word[8] = !word[8];
  return word.slice(1);
}

/** @returns undefined where two bits or more are wrong */
function readWord(bits: readonly boolean[]): { value: number; errors: number } | undefined {
  const word = [false, ...bits];
  let syndrome = 0;
  let odd = false;
  for (let place = 1; place <= 8; place++) {
    if (!word[place]) continue;
    if (place < 8) syndrome ^= place;
    odd = !odd;
  }
  if (syndrome !== 0) {
    if (!odd) return undefined;
    word[syndrome] = !word[syndrome];
  }
  const value = [3, 5, 6, 7].reduce((sum, place) => 2 * sum + (word[place] ? 1 : 0), 0);
  return { value, errors: odd ? 1 : 0 };
}
