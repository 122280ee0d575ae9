import { type Plane, sampleAt } from '@rivero/vision';
import { TEMPLATE_HEIGHT, TEMPLATE_WIDTH, TEMPLATES } from './templates.js';

/** Where a letter stands: the columns and rows of its ink. */
export interface LetterBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How much a letter of a picture looks like each of the known ones, 1 for the same. */
export type Scores = ReadonlyMap<string, number>;

const DOTS = TEMPLATE_WIDTH * TEMPLATE_HEIGHT;
/** What a letter of twice or half the width of a template loses. */
const WIDTH_COUNTS = 0.35;

interface Template {
  readonly letter: string;
  /** Logarithm of width by height. */
  readonly aspect: number;
  readonly ink: Float64Array;
}

const templates: readonly Template[] = TEMPLATES.flatMap(([letter, looks]) =>
  looks.map(([aspect, dots]) => {
    const ink = Float64Array.from(dots, (dot) => Number.parseInt(dot, 16));
    normalise(ink);
    return { letter, aspect: Math.log(aspect / 100), ink };
  }),
);

/** Compares what stands in a box, dark on light, with the templates (normalised cross-correlation). */
export function scoresOf(luma: Plane, { left, top, right, bottom }: LetterBox): Scores {
  const width = right - left + 1;
  const height = bottom - top + 1;
  const ink = new Float64Array(DOTS);
  for (let row = 0, at = 0; row < TEMPLATE_HEIGHT; row++) {
    for (let column = 0; column < TEMPLATE_WIDTH; column++, at++) {
      for (const dy of [0.25, 0.75]) {
        for (const dx of [0.25, 0.75]) {
          const x = left - 0.5 + ((column + dx) * width) / TEMPLATE_WIDTH;
          const y = top - 0.5 + ((row + dy) * height) / TEMPLATE_HEIGHT;
          ink[at]! -= sampleAt(luma, x, y);
        }
      }
    }
  }
  normalise(ink);
  const aspect = Math.log(width / height);
  const scores = new Map<string, number>();
  for (const template of templates) {
    let score = -Math.abs(aspect - template.aspect) * (WIDTH_COUNTS / Math.LN2);
    for (let at = 0; at < DOTS; at++) score += ink[at]! * template.ink[at]!;
    if (score > (scores.get(template.letter) ?? -1)) scores.set(template.letter, score);
  }
  return scores;
}

/** Mean 0 and length 1. */
function normalise(values: Float64Array): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let squares = 0;
  for (let at = 0; at < values.length; at++) {
    values[at]! -= mean;
    squares += values[at]! ** 2;
  }
  const length = Math.sqrt(squares) || 1;
  for (let at = 0; at < values.length; at++) values[at]! /= length;
}
