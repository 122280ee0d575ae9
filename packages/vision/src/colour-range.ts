import type { BitMask } from './bit-mask.js';
import { rgbToHsv, yuvToRgb } from './colour.js';
import type { Picture, Rectangle } from './picture.js';
import { clip } from './picture.js';

/** Colours between two hues (a circle of 180: `hueFrom` may be above `hueTo`) and two saturations, and not too dark. */
export interface ColourRange {
  readonly hueFrom: number;
  readonly hueTo: number;
  readonly saturationFrom: number;
  readonly saturationTo: number;
  readonly valueFrom: number;
}

const HUES = 180;

/** Counts hues and saturations in a part of pictures, to learn which colours it has. */
export class ColourHistogram {
  readonly #hues = new Float64Array(HUES);
  readonly #saturations = new Float64Array(256);
  #pixels = 0;

  /** Pixels counted. */
  get pixels(): number {
    return this.#pixels;
  }

  /** @returns whether any of the area lies in the picture */
  add(picture: Picture, area: Rectangle): boolean {
    const part = clip(area, picture.width, picture.height);
    if (part === undefined) return false;
    const { y, u, v } = picture;
    for (let row = part.y; row < part.y + part.height; row++) {
      for (let column = part.x; column < part.x + part.width; column++) {
        const colour = (row >> 1) * u.stride + (column >> 1);
        const colourV = (row >> 1) * v.stride + (column >> 1);
        const hsv = rgbToHsv(yuvToRgb(y.data[row * y.stride + column]!, u.data[colour]!, v.data[colourV]!));
        this.#hues[hsv >>> 16]! += 1;
        this.#saturations[(hsv >>> 8) & 0xff]! += 1;
      }
    }
    this.#pixels += part.width * part.height;
    return true;
  }

  /**
   * What was seen at least `threshold` times, widened by a margin for the noise of video encoders.
   * The hues are the shortest arc of the circle that has them all: red lies on both sides of 0.
   * @returns undefined where nothing was seen so often
   */
  range(
    threshold: number,
    hueMargin: number,
    saturationMargin: number,
    valueFrom: number,
  ): ColourRange | undefined {
    const hues: number[] = [];
    for (let hue = 0; hue < HUES; hue++) if (this.#hues[hue]! >= threshold) hues.push(hue);
    let low = 0;
    let high = 255;
    while (low < 256 && this.#saturations[low]! < threshold) low++;
    while (high >= 0 && this.#saturations[high]! < threshold) high--;
    if (hues.length === 0 || low > high) return undefined;
    // The arc begins behind the widest gap.
    let widest = -1;
    let first = 0;
    for (let at = 0; at < hues.length; at++) {
      const before = hues[(at + hues.length - 1) % hues.length]!;
      const gap = (hues[at]! - before + HUES - 1) % HUES;
      if (gap > widest) {
        widest = gap;
        first = at;
      }
    }
    const from = hues[first]!;
    const to = hues[(first + hues.length - 1) % hues.length]!;
    const span = (to - from + HUES) % HUES;
    const whole = span + 2 * hueMargin >= HUES - 1;
    return {
      hueFrom: whole ? 0 : (from - hueMargin + HUES) % HUES,
      hueTo: whole ? HUES - 1 : (to + hueMargin) % HUES,
      saturationFrom: Math.max(0, low - saturationMargin),
      saturationTo: Math.min(255, high + saturationMargin),
      valueFrom,
    };
  }
}

/** Whether a colour, as rgbToHsv gives it, is in a range. */
export function inRange(range: ColourRange, hsv: number): boolean {
  const hue = hsv >>> 16;
  const saturation = (hsv >>> 8) & 0xff;
  const hueIn =
    range.hueFrom <= range.hueTo
      ? hue >= range.hueFrom && hue <= range.hueTo
      : hue >= range.hueFrom || hue <= range.hueTo;
  return (
    hueIn &&
    saturation >= range.saturationFrom &&
    saturation <= range.saturationTo &&
    (hsv & 0xff) >= range.valueFrom
  );
}

/** y in steps of 4, u and v in steps of 2: 1 MiB, and one look instead of a conversion for each pixel. */
const TABLE_BITS = 6 + 7 + 7;

/** Finds the pixels of a colour range: made once for a range, then one look into a table for each pixel. */
export class ColourMask {
  readonly #table = new Uint8Array(1 << TABLE_BITS);

  constructor(range: ColourRange) {
    for (let y = 0; y < 64; y++) {
      for (let u = 0; u < 128; u++) {
        for (let v = 0; v < 128; v++) {
          const hsv = rgbToHsv(yuvToRgb(4 * y + 2, 2 * u + 0.5, 2 * v + 0.5));
          if (inRange(range, hsv)) this.#table[(u << 13) | (v << 6) | y] = 1;
        }
      }
    }
  }

  /** Puts the pixels of the range into a mask of the picture's size, and takes the others out. */
  find(picture: Picture, mask: BitMask): void {
    const table = this.#table;
    const { y, u, v, width, height } = picture;
    const luma = y.data;
    for (let row = 0; row < height; row++) {
      let at = row * y.stride;
      let atU = (row >> 1) * u.stride;
      let atV = (row >> 1) * v.stride;
      let out = row * mask.pitch;
      for (let column = 0; column < width; ) {
        const end = Math.min(width - column, 32);
        let word = 0;
        for (let bit = 0; bit < end; bit += 2) {
          const base = ((u.data[atU++]! >> 1) << 13) | ((v.data[atV++]! >> 1) << 6);
          word |= table[base | (luma[at++]! >> 2)]! << bit;
          if (bit + 1 < end) word |= table[base | (luma[at++]! >> 2)]! << (bit + 1);
        }
        mask.words[out++] = word;
        column += end;
      }
    }
  }
}
