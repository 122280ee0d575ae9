import {
  BitMask,
  BLUE,
  ColourHistogram,
  ColourMask,
  type ColourRange,
  clip,
  drawRectangle,
  type Picture,
  pictureOf,
  type Rectangle,
  type Rgba,
} from '@rivero/vision';

/** Pictures from which the colour is learnt, as many as Kurento takes. */
export const LEARNING_PICTURES = 60;
/** A hue or saturation must be seen so often in them to belong to the colour, as Kurento has it... */
const SEEN = 10 * LEARNING_PICTURES;
/** ...or in this share of the pixels, for windows so small that nothing is seen so often. */
const SEEN_SHARE = 0.01;
/** What encoders of video do to a plain colour, in OpenCV's HSV. */
const HUE_MARGIN = 4;
const SATURATION_MARGIN = 12;
/** In the dark there is no colour (Kurento's V_MASK_MIN). */
const DARKEST = 30;

/**
 * Learns the colour of a window over the first pictures, in which the window is outlined, and from then on puts
 * a background wherever that colour is. Without a background pictures stay as they are, as in Kurento.
 */
export class ChromaKey {
  readonly #window: Rectangle;
  #histogram: ColourHistogram | undefined = new ColourHistogram();
  #learnt = 0;
  #range: ColourRange | undefined;
  #mask: ColourMask | undefined;
  #background: Rgba | undefined;
  #scaled: Picture | undefined;
  #found: BitMask | undefined;

  /** @param range colours that were learnt before: nothing is learnt then */
  constructor(window: Rectangle, range?: ColourRange) {
    this.#window = window;
    if (range === undefined) return;
    this.#range = range;
    this.#mask = new ColourMask(range);
    this.#histogram = undefined;
  }

  /** The learnt colours; undefined until then, and where the window had none (it is outside the picture). */
  get range(): ColourRange | undefined {
    return this.#range;
  }

  get learning(): boolean {
    return this.#histogram !== undefined;
  }

  /** Undefined: none. */
  set background(image: Rgba | undefined) {
    this.#background = image;
    this.#scaled = undefined;
  }

  /** Changes a picture in place. */
  process(picture: Picture): void {
    if (this.#histogram !== undefined) {
      this.#learn(this.#histogram, picture);
      return;
    }
    if (this.#background === undefined || this.#mask === undefined) return;
    this.#found = BitMask.sized(this.#found, picture.width, picture.height);
    if (this.#scaled?.width !== picture.width || this.#scaled.height !== picture.height) {
      this.#scaled = pictureOf(this.#background, picture.width, picture.height);
    }
    this.#mask.find(picture, this.#found);
    this.#found.close(1);
    this.#found.open(1);
    replace(picture, this.#found, this.#scaled);
  }

  #learn(histogram: ColourHistogram, picture: Picture): void {
    histogram.add(picture, this.#window);
    const part = clip(this.#window, picture.width, picture.height);
    if (part !== undefined) drawRectangle(picture, part, BLUE);
    this.#learnt++;
    if (this.#learnt < LEARNING_PICTURES) return;
    const threshold = Math.min(SEEN, Math.max(1, SEEN_SHARE * histogram.pixels));
    this.#range = histogram.range(threshold, HUE_MARGIN, SATURATION_MARGIN, DARKEST);
    if (this.#range !== undefined) this.#mask = new ColourMask(this.#range);
    this.#histogram = undefined;
  }
}

/** The brightness of each pixel of the mask, and the colour of each square of which at least half is in the mask. */
function replace(picture: Picture, mask: BitMask, by: Picture): void {
  const { width, height } = picture;
  const { words, pitch } = mask;
  for (let row = 0; row < height; row += 2) {
    const upper = row * pitch;
    const lower = row + 1 < height ? upper + pitch : upper;
    for (let at = 0; at < pitch; at++) {
      const above = words[upper + at]!;
      const below = words[lower + at]!;
      if ((above | below) === 0) continue;
      const from = 32 * at;
      const to = Math.min(width, from + 32);
      replaceLuma(picture, by, above, row, from, to);
      if (lower !== upper) replaceLuma(picture, by, below, row + 1, from, to);
      for (let column = from; column < to; column += 2) {
        const bits = ((above >>> (column - from)) & 3) | (((below >>> (column - from)) & 3) << 2);
        if (!HALF_IN[bits]) continue;
        picture.u.data[(row >> 1) * picture.u.stride + (column >> 1)] =
          by.u.data[(row >> 1) * by.u.stride + (column >> 1)]!;
        picture.v.data[(row >> 1) * picture.v.stride + (column >> 1)] =
          by.v.data[(row >> 1) * by.v.stride + (column >> 1)]!;
      }
    }
  }
}

/** Whether two or more of four bits are 1. */
const HALF_IN = Array.from({ length: 16 }, (_, bits) => (bits & (bits - 1)) !== 0);

function replaceLuma(
  picture: Picture,
  by: Picture,
  bits: number,
  row: number,
  from: number,
  to: number,
): void {
  if (bits === 0) return;
  const base = row * picture.y.stride;
  const other = row * by.y.stride;
  if (bits === -1 && to - from === 32) {
    picture.y.data.set(by.y.data.subarray(other + from, other + to), base + from);
    return;
  }
  for (let column = from; column < to; column++) {
    if ((bits >>> (column - from)) & 1) picture.y.data[base + column] = by.y.data[other + column]!;
  }
}
