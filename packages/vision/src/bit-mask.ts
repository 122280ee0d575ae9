/**
 * Pixels that are in or out: one bit each, 32 in a word, rows beginning at words. What is done to all of them
 * (morphology, counting) is done to 32 at a time.
 */
export class BitMask {
  readonly width: number;
  readonly height: number;
  /** Words of a row; bits beyond the width are 0. */
  readonly pitch: number;
  /** The lowest bit of a word is its left pixel. */
  readonly words: Int32Array;
  readonly #scratch: Int32Array;
  /** The bits of the last word of a row that are pixels. */
  readonly #lastBits: number;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pitch = (width + 31) >> 5;
    this.words = new Int32Array(this.pitch * height);
    this.#scratch = new Int32Array(this.pitch * height);
    this.#lastBits = (width & 31) === 0 ? -1 : (1 << (width & 31)) - 1;
  }

  /** A mask of this size: `mask` itself where it has it, so that none is made for each picture. */
  static sized(mask: BitMask | undefined, width: number, height: number): BitMask {
    return mask?.width === width && mask.height === height ? mask : new BitMask(width, height);
  }

  /** @returns 1 or 0; 0 outside the mask */
  get(x: number, y: number): number {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return 0;
    return (this.words[y * this.pitch + (x >> 5)]! >>> (x & 31)) & 1;
  }

  /** Puts a pixel inside the mask in. */
  set(x: number, y: number): void {
    this.words[y * this.pitch + (x >> 5)]! |= 1 << (x & 31);
  }

  clear(): void {
    this.words.fill(0);
  }

  /** Pixels that are in. */
  count(): number {
    let sum = 0;
    for (const word of this.words) sum += ones(word);
    return sum;
  }

  /** Pixels that are in here and in a mask of the same size. */
  countWith(other: BitMask): number {
    let sum = 0;
    for (let at = 0; at < this.words.length; at++) sum += ones(this.words[at]! & other.words[at]!);
    return sum;
  }

  /** In where it is in, or in another mask of the same size. */
  or(other: BitMask): void {
    for (let at = 0; at < this.words.length; at++) this.words[at]! |= other.words[at]!;
  }

  /** Only what is in another mask of the same size, too. */
  and(other: BitMask): void {
    for (let at = 0; at < this.words.length; at++) this.words[at]! &= other.words[at]!;
  }

  /** In where any pixel of the rectangle of 2·rx+1 by 2·ry+1 around it is. */
  dilate(rx: number, ry = rx): void {
    if (rx > 0) this.#spread(rx, this.#spreadRight, this.#spreadLeft);
    if (ry > 0) this.#spread(ry, this.#spreadDown, this.#spreadUp);
    this.#trim();
  }

  /** In where all pixels of the rectangle of 2·rx+1 by 2·ry+1 around it are; what lies outside the mask does not count. */
  erode(rx: number, ry = rx): void {
    this.#invert();
    this.dilate(rx, ry);
    this.#invert();
  }

  /** Fills gaps that are smaller than the rectangle. */
  close(rx: number, ry = rx): void {
    this.dilate(rx, ry);
    this.erode(rx, ry);
  }

  /** Removes what is smaller than the rectangle. */
  open(rx: number, ry = rx): void {
    this.erode(rx, ry);
    this.dilate(rx, ry);
  }

  #invert(): void {
    for (let at = 0; at < this.words.length; at++) this.words[at] = ~this.words[at]!;
    this.#trim();
  }

  #trim(): void {
    if (this.#lastBits === -1) return;
    for (let at = this.pitch - 1; at < this.words.length; at += this.pitch) this.words[at]! &= this.#lastBits;
  }

  /** Spreads every pixel by `radius` both ways; by 1, 2, 4… at a time. */
  #spread(radius: number, one: Spread, other: Spread): void {
    const scratch = this.#scratch;
    scratch.set(this.words);
    for (let done = 0; done < radius; ) {
      const step = Math.min(done + 1, radius - done);
      one(scratch, step);
      other(this.words, step);
      done += step;
    }
    for (let at = 0; at < scratch.length; at++) this.words[at]! |= scratch[at]!;
  }

  readonly #spreadRight: Spread = (words, step) => {
    const { pitch } = this;
    const whole = step >> 5;
    const bits = step & 31;
    for (let row = 0; row < words.length; row += pitch) {
      for (let at = pitch - 1; at >= whole; at--) {
        let moved = words[row + at - whole]! << bits;
        if (bits > 0 && at > whole) moved |= words[row + at - whole - 1]! >>> (32 - bits);
        words[row + at]! |= moved;
      }
    }
  };

  readonly #spreadLeft: Spread = (words, step) => {
    const { pitch } = this;
    const whole = step >> 5;
    const bits = step & 31;
    for (let row = 0; row < words.length; row += pitch) {
      for (let at = 0; at + whole < pitch; at++) {
        let moved = words[row + at + whole]! >>> bits;
        if (bits > 0 && at + whole + 1 < pitch) moved |= words[row + at + whole + 1]! << (32 - bits);
        words[row + at]! |= moved;
      }
    }
  };

  readonly #spreadDown: Spread = (words, step) => {
    const offset = step * this.pitch;
    for (let at = words.length - 1; at >= offset; at--) words[at]! |= words[at - offset]!;
  };

  readonly #spreadUp: Spread = (words, step) => {
    const offset = step * this.pitch;
    for (let at = 0; at + offset < words.length; at++) words[at]! |= words[at + offset]!;
  };
}

type Spread = (words: Int32Array, step: number) => void;

/** Bits of a word that are 1. */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
  return Math.imul(bits, 0x01010101) >>> 24;
}
