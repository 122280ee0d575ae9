import { AdaptiveThreshold, BitMask, type Component, Components, type Plane } from '@rivero/vision';
import { readPlate } from './formats.js';
import { type Scores, scoresOf } from './letters.js';

/** A plate in a picture. */
export interface Plate {
  /** Nine characters: see readPlate. */
  readonly text: string;
  /** The box of its letters, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Height of the letters by the width of the plate: 77 mm by 520 mm. */
const LETTER_BY_PLATE = 77 / 520;
/** Letters may be so much larger or smaller than those of a plate of the expected width. */
const SIZE_RANGE = 2.2;
/** Less can't be read. */
const SMALLEST_LETTER = 9;
/** Grey values by which a letter must be darker than what is around it. */
const DARKER = 12;
const FEWEST = 6;
const MOST = 8;
/** What looks less than this like any letter is none. */
const LIKE_A_LETTER = 0.5;

/** Finds number plates, dark letters on a light ground, in the brightness of pictures, and reads them. */
export class PlateFinder {
  readonly #threshold = new AdaptiveThreshold();
  readonly #components = new Components();
  #mask: BitMask | undefined;
  /** Expected width of a plate as a share of the picture's width, above 0 up to 1. */
  plateWidth = 0.25;

  find(luma: Plane): Plate[] {
    const height = this.plateWidth * luma.width * LETTER_BY_PLATE;
    const smallest = Math.max(SMALLEST_LETTER, height / SIZE_RANGE);
    const largest = height * SIZE_RANGE;
    this.#mask = BitMask.sized(this.#mask, luma.width, luma.height);
    this.#threshold.darker(luma, this.#mask, Math.max(4, Math.round(height * 0.8)), DARKER);
    const letters = this.#components
      .find(this.#mask, SMALLEST_LETTER * 2)
      .filter((component) => looksLikeLetter(component, smallest, largest))
      .sort((a, b) => a.left - b.left);
    return rowsOf(letters).flatMap((row) => this.#read(luma, row));
  }

  #read(luma: Plane, row: readonly Component[]): Plate[] {
    const scores = row.map((letter) => scoresOf(luma, letter));
    // At its ends there may be what belongs to the plate's frame.
    let from = 0;
    let to = row.length;
    while (from < to && isNoLetter(scores[from]!)) from++;
    while (to > from && isNoLetter(scores[to - 1]!)) to--;
    const text = readPlate(scores.slice(from, to));
    if (text === undefined) return [];
    const letters = row.slice(from, to);
    const x = letters[0]!.left;
    const y = Math.min(...letters.map(({ top }) => top));
    const width = letters[letters.length - 1]!.right - x + 1;
    return [{ text, x, y, width, height: Math.max(...letters.map(({ bottom }) => bottom)) - y + 1 }];
  }
}

function isNoLetter(scores: Scores): boolean {
  return Math.max(...scores.values()) < LIKE_A_LETTER;
}

function looksLikeLetter(component: Component, smallest: number, largest: number): boolean {
  const width = component.right - component.left + 1;
  const height = component.bottom - component.top + 1;
  if (height < smallest || height > largest) return false;
  const slimness = height / width;
  const filled = component.area / (width * height);
  return slimness > 0.85 && slimness < 7 && filled > 0.18 && filled < 0.97;
}

/** Letters of about one height side by side: each row of as many as plates have. @param letters from left to right */
function rowsOf(letters: readonly Component[]): Component[][] {
  const used = new Set<Component>();
  const rows: Component[][] = [];
  for (const [at, first] of letters.entries()) {
    if (used.has(first)) continue;
    const row = [first];
    for (const next of letters.slice(at + 1)) {
      if (!used.has(next) && follows(row[row.length - 1]!, next)) row.push(next);
    }
    for (const letter of row) used.add(letter);
    if (row.length >= FEWEST && row.length <= MOST + 2) rows.push(row);
  }
  return rows;
}

function follows(letter: Component, next: Component): boolean {
  const height = letter.bottom - letter.top + 1;
  const nextHeight = next.bottom - next.top + 1;
  const gap = next.left - letter.right;
  const shift = (next.top + next.bottom - letter.top - letter.bottom) / 2;
  return (
    gap > -0.1 * height &&
    gap < 1.1 * height &&
    Math.abs(shift) < 0.3 * height &&
    Math.abs(nextHeight - height) < 0.25 * height
  );
}
