/** Sizes in which a source is encoded for receivers that are too weak for it. */
export interface SmallEncoding {
  /** Of the longer side, pixels: the form of the picture stays what it is. */
  readonly side: number;
  readonly maxFramerate: number;
  /** bit/s */
  readonly minimum: number;
  readonly initial: number;
  readonly maximum: number;
}

/** From the smallest on. Bitrates as usual for live VP8 and H.264; the encoder follows its weakest receiver between the bounds. */
export const SMALL_ENCODINGS: readonly SmallEncoding[] = [
  { side: 320, maxFramerate: 15, minimum: 50_000, initial: 120_000, maximum: 200_000 },
  { side: 480, maxFramerate: 20, minimum: 180_000, initial: 250_000, maximum: 400_000 },
  { side: 640, maxFramerate: 30, minimum: 360_000, initial: 500_000, maximum: 900_000 },
  { side: 960, maxFramerate: 30, minimum: 850_000, initial: 1_100_000, maximum: 1_800_000 },
];

/** What is beside the encoder's output must fit, too. */
const SHARE = 0.9;
/** More than enough for the next size … */
const UP_MARGIN = 1.25;
/** … for so long, and it is taken, ms. */
const UP_MS = 5000;
/** What saves less than this is no help. */
const MAX_OF_SOURCE = 0.75;

/** Chooses the size for the weakest of the receivers, down at once and up after a while. Without clock or I/O. */
export class SmallEncodingChoice {
  #index = -1;
  #roomSinceMs = Number.POSITIVE_INFINITY;

  /** @param estimate of the weakest receiver, bit/s @param source what the source sends, bit/s */
  choose(nowMs: number, estimate: number, source: number): SmallEncoding {
    const fitting = SMALL_ENCODINGS.filter(({ initial }) => initial <= source * MAX_OF_SOURCE);
    const sizes = fitting.length > 0 ? fitting : SMALL_ENCODINGS.slice(0, 1);
    const highest = (bitrate: number): number =>
      Math.max(
        0,
        sizes.findLastIndex(({ minimum }) => minimum <= bitrate * SHARE),
      );
    const present = Math.min(this.#index, sizes.length - 1);
    const fits = highest(estimate);
    const higher = highest(estimate / UP_MARGIN);
    if (present < 0 || fits < present) this.#index = fits;
    else if (higher <= present) this.#index = present;
    else {
      this.#roomSinceMs = Math.min(this.#roomSinceMs, nowMs);
      this.#index = nowMs - this.#roomSinceMs >= UP_MS ? higher : present;
      if (this.#index === present) return sizes[present]!;
    }
    this.#roomSinceMs = Number.POSITIVE_INFINITY;
    return sizes[this.#index]!;
  }

  /** Nobody is weak any more. */
  reset(): void {
    this.#index = -1;
    this.#roomSinceMs = Number.POSITIVE_INFINITY;
  }
}
