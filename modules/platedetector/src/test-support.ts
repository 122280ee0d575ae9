import { readFileSync } from 'node:fs';
import type { Picture } from '@rivero/vision';
import { fillArea } from '@rivero/vision/testing';

/** Letters of typefaces that the templates do not have (PT Sans Narrow, Saira Semi Condensed): width, then rows of bits. */
type Typeface = Readonly<Record<string, readonly [number, ...string[]]>>;

const typefaces = JSON.parse(
  readFileSync(new URL('../src/fixtures/letters.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Typeface>>;

export const TYPEFACES = Object.keys(typefaces);

const CAP_HEIGHT = 36;
/** Between letters and between groups, by the height of letters. */
const GAP = 0.12;
const SPACE = 0.3;

/** What is printed on a line: letters, and a space where the groups are apart. */
export interface Print {
  readonly text: string;
  readonly typeface: string;
  /** Upper left corner and height of the letters in pixels. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Pixels that the line rises or falls by for each pixel to the right. */
  readonly slope?: number;
  /** The width that the line has at most: it is squeezed into it, as the narrow letters of plates are. */
  readonly room?: number;
}

/** Prints a line in black; each pixel is the mean of nine points. */
export function print(
  picture: Picture,
  { text, typeface, x, y, height, slope = 0, room = 1e9 }: Print,
): void {
  const scale = height / CAP_HEIGHT;
  const natural = [...text].reduce(
    (sum, letter) =>
      sum + (letter === ' ' ? SPACE * height : typefaces[typeface]![letter]![0] * scale + GAP * height),
    -GAP * height,
  );
  const squeeze = Math.min(1, room / natural);
  let at = x;
  for (const letter of text) {
    if (letter === ' ') {
      at += height * SPACE * squeeze;
      continue;
    }
    const [width, ...rows] = typefaces[typeface]![letter]!;
    const bits = rows.map((row) => BigInt(`0x${row}`));
    const base = y + slope * (at - x);
    const top = base + (CAP_HEIGHT - rows.length) * scale * 0.5;
    for (let row = Math.floor(top) - 1; row <= top + rows.length * scale + 1; row++) {
      for (let column = Math.floor(at) - 1; column <= at + width * scale * squeeze + 1; column++) {
        if (row < 0 || column < 0 || row >= picture.height || column >= picture.width) continue;
        let ink = 0;
        for (const dy of [0.17, 0.5, 0.83]) {
          for (const dx of [0.17, 0.5, 0.83]) {
            const dotX = Math.floor((column + dx - at) / (scale * squeeze));
            const dotY = Math.floor((row + dy - top) / scale);
            if (dotX < 0 || dotX >= width || dotY < 0 || dotY >= rows.length) continue;
            if ((bits[dotY]! >> BigInt(width - 1 - dotX)) & 1n) ink++;
          }
        }
        const pixel = row * picture.y.stride + column;
        picture.y.data[pixel] = Math.round((picture.y.data[pixel]! * (9 - ink) + 30 * ink) / 9);
      }
    }
    at += (width * scale + height * GAP) * squeeze;
  }
}

/** A plate of `width` pixels: white, with the blue band of Europe. */
export function paintPlate(
  picture: Picture,
  text: string,
  typeface: string,
  x: number,
  y: number,
  width: number,
  slope = 0,
): void {
  const height = (width * 110) / 520;
  for (let column = 0; column < width; column++) {
    const area = { x: x + column, y: Math.round(y + slope * column), width: 1, height: Math.round(height) };
    fillArea(picture, area, column < width * 0.08 ? [30, 60, 180] : [235, 235, 235]);
  }
  const letter = (width * 77) / 520;
  print(picture, {
    text,
    typeface,
    x: x + width * 0.11,
    y: y + (height - letter) / 2 + slope * width * 0.11,
    height: letter,
    slope,
    room: width * 0.85,
  });
}
