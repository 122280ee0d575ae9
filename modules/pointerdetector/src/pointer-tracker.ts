import {
  BitMask,
  ColourHistogram,
  ColourMask,
  type ColourRange,
  Components,
  type Picture,
  type Point,
  type Rectangle,
} from '@rivero/vision';

/** Pixels of a hue or saturation that the calibration region must show (Kurento's HIST_THRESHOLD). */
const SEEN = 20;
/** Kurento widens the learnt range by so much, hue and saturation. */
const MARGIN = 5;
/** In the dark there is no colour (Kurento's V_MIN). */
const DARKEST = 30;
/** Gaps that are closed, and specks that are removed: Kurento's rectangles of 21 and 11 pixels. */
const CLOSING = 10;
const OPENING = 5;

/** Follows the largest blob of a colour that was learnt from a part of a picture. */
export class PointerTracker {
  #range: ColourRange | undefined;
  #mask: ColourMask | undefined;
  #found: BitMask | undefined;
  readonly #components = new Components();
  #position: Point | undefined;

  /** @param range colours that were learnt before */
  constructor(range?: ColourRange) {
    if (range === undefined) return;
    this.#range = range;
    this.#mask = new ColourMask(range);
  }

  /** The colours that are followed; undefined before the first calibration. */
  get range(): ColourRange | undefined {
    return this.#range;
  }

  /** Where the pointer was last seen; undefined before it was. */
  get position(): Point | undefined {
    return this.#position;
  }

  /** Learns the colour of a part of a picture. @returns false where there is none; what was followed goes on */
  calibrate(picture: Picture, region: Rectangle): boolean {
    const histogram = new ColourHistogram();
    histogram.add(picture, region);
    const range = histogram.range(
      Math.max(1, Math.min(SEEN, histogram.pixels / 10)),
      MARGIN,
      MARGIN,
      DARKEST,
    );
    if (range === undefined) return false;
    this.#range = range;
    this.#mask = new ColourMask(range);
    return true;
  }

  /** Looks for the pointer. Where there is none, it is where it was. */
  track(picture: Picture): void {
    if (this.#mask === undefined) return;
    this.#found = BitMask.sized(this.#found, picture.width, picture.height);
    this.#mask.find(picture, this.#found);
    this.#found.close(CLOSING);
    this.#found.open(OPENING);
    const largest = this.#components.find(this.#found)[0];
    if (largest !== undefined) this.#position = { x: largest.x, y: largest.y };
  }
}
