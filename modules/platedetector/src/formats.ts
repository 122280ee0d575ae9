import type { Scores } from './letters.js';

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Since 2000: no vowels, no Q. */
const CONSONANTS = 'BCDFGHJKLMNPRSTVWXYZ';

/** How much a letter must look like what it is read as. */
const LEAST_SCORE = 0.4;
/** ...and all of a plate's on average. */
const LEAST_MEAN = 0.68;
/** How much more it may look like something that cannot stand there: 0 like O, 8 like B. */
const MOST_MISSED = 0.12;

/** A Spanish plate: letters of the province (until 2000), four digits, letters. */
interface Format {
  readonly before: number;
  readonly after: number;
  readonly letters: string;
}

const FORMATS: readonly Format[] = [
  { before: 0, after: 3, letters: CONSONANTS },
  ...[1, 2].flatMap((before) => [1, 2].map((after): Format => ({ before, after, letters: LETTERS }))),
];

/**
 * Reads a row of letters as a Spanish plate, as Kurento writes it, in nine characters: two for the letters of the
 * province, four digits, three letters; `-` where there is none, as in `--1234BCD` and `-M1234AB-`.
 * @returns undefined where it is none
 */
export function readPlate(row: readonly Scores[]): string | undefined {
  let best = LEAST_MEAN;
  let plate: string | undefined;
  for (const { before, after, letters } of FORMATS) {
    if (row.length !== before + 4 + after) continue;
    let sum = 0;
    let text = '';
    for (const [at, scores] of row.entries()) {
      const digit = at >= before && at < before + 4;
      const read = bestOf(scores, digit ? DIGITS : letters);
      if (read === undefined) break;
      sum += read.score;
      text += read.letter;
    }
    if (text.length === row.length && sum / row.length > best) {
      best = sum / row.length;
      plate = `${text.slice(0, before).padStart(2, '-')}${text.slice(before).padEnd(7, '-')}`;
    }
  }
  return plate;
}

function bestOf(scores: Scores, allowed: string): { letter: string; score: number } | undefined {
  let letter = '';
  let score = LEAST_SCORE;
  for (const candidate of allowed) {
    const reached = scores.get(candidate) ?? 0;
    if (reached > score) {
      score = reached;
      letter = candidate;
    }
  }
  return letter !== '' && Math.max(...scores.values()) - score <= MOST_MISSED ? { letter, score } : undefined;
}
