import type { BitMask } from './bit-mask.js';

/** A set of pixels of a mask that hang together, also by their corners. */
export interface Component {
  /** Pixels. */
  readonly area: number;
  readonly left: number;
  readonly top: number;
  /** The last column and row that belong to it. */
  readonly right: number;
  readonly bottom: number;
  /** The first of its pixels in its top row. */
  readonly startX: number;
  /** The middle of its pixels. */
  readonly x: number;
  readonly y: number;
}

const FIELDS = 7;

/**
 * Finds the components of a mask: runs of each row are joined with the runs that touch them in the
 * row above (union-find), so the time goes with the number of runs.
 */
export class Components {
  #parents = new Int32Array(1024);
  #starts = new Int32Array(1024);
  #ends = new Int32Array(1024);
  #sums = new Float64Array(1024 * FIELDS);
  #runs = 0;

  /** The components of at least `minimum` pixels, the largest first. */
  find(mask: BitMask, minimum = 1): Component[] {
    const { height, pitch, words } = mask;
    this.#runs = 0;
    let aboveFrom = 0;
    let aboveTo = 0;
    for (let row = 0; row < height; row++) {
      const rowFrom = this.#runs;
      let start = -1;
      for (let at = 0; at < pitch; at++) {
        const word = words[row * pitch + at]!;
        // What continues from the word before is looked at as if the bits before its change were the same.
        let rest = start < 0 ? word : ~word;
        while (rest !== 0) {
          const bit = 31 - Math.clz32(rest & -rest);
          if (start < 0) start = 32 * at + bit;
          else {
            this.#newRun(start, 32 * at + bit - 1, row);
            start = -1;
          }
          // Only the bits above this one are still to be looked at, and now for the other value.
          rest = bit === 31 ? 0 : ~rest & (-2 << bit);
        }
      }
      if (start >= 0) this.#newRun(start, mask.width - 1, row);
      this.#joinRows(aboveFrom, aboveTo, rowFrom);
      aboveFrom = rowFrom;
      aboveTo = this.#runs;
    }
    return this.#collect(minimum);
  }

  /** Joins the runs of the last row with those of the row above that touch them, also at corners. */
  #joinRows(aboveFrom: number, aboveTo: number, rowFrom: number): void {
    let above = aboveFrom;
    for (let run = rowFrom; run < this.#runs; run++) {
      while (above < aboveTo && this.#ends[above]! < this.#starts[run]! - 1) above++;
      const end = this.#ends[run]! + 1;
      for (let other = above; other < aboveTo && this.#starts[other]! <= end; other++) this.#join(run, other);
    }
  }

  #newRun(start: number, end: number, row: number): void {
    const run = this.#runs++;
    if (run === this.#parents.length) this.#grow();
    this.#parents[run] = run;
    this.#starts[run] = start;
    this.#ends[run] = end;
    const length = end - start + 1;
    this.#sums.set([length, start, row, end, row, (length * (start + end)) / 2, length * row], run * FIELDS);
  }

  #grow(): void {
    const length = 2 * this.#parents.length;
    const larger = (from: Int32Array): Int32Array<ArrayBuffer> => {
      const to = new Int32Array(length);
      to.set(from);
      return to;
    };
    this.#parents = larger(this.#parents);
    this.#starts = larger(this.#starts);
    this.#ends = larger(this.#ends);
    const sums = new Float64Array(length * FIELDS);
    sums.set(this.#sums);
    this.#sums = sums;
  }

  #root(run: number): number {
    let at = run;
    while (this.#parents[at] !== at) {
      this.#parents[at] = this.#parents[this.#parents[at]!]!;
      at = this.#parents[at]!;
    }
    return at;
  }

  #join(one: number, other: number): void {
    const a = this.#root(one);
    const b = this.#root(other);
    if (a === b) return;
    const into = Math.min(a, b);
    const from = Math.max(a, b);
    this.#parents[from] = into;
    const sums = this.#sums;
    const i = into * FIELDS;
    const f = from * FIELDS;
    sums[i]! += sums[f]!;
    sums[i + 1] = Math.min(sums[i + 1]!, sums[f + 1]!);
    sums[i + 2] = Math.min(sums[i + 2]!, sums[f + 2]!);
    sums[i + 3] = Math.max(sums[i + 3]!, sums[f + 3]!);
    sums[i + 4] = Math.max(sums[i + 4]!, sums[f + 4]!);
    sums[i + 5]! += sums[f + 5]!;
    sums[i + 6]! += sums[f + 6]!;
  }

  #collect(minimum: number): Component[] {
    const found: Component[] = [];
    const sums = this.#sums;
    for (let run = 0; run < this.#runs; run++) {
      const i = run * FIELDS;
      const area = sums[i]!;
      if (this.#parents[run] !== run || area < minimum) continue;
      found.push({
        area,
        left: sums[i + 1]!,
        top: sums[i + 2]!,
        right: sums[i + 3]!,
        bottom: sums[i + 4]!,
        // Runs are joined into the one that was found first: that of the top row.
        startX: this.#starts[run]!,
        x: sums[i + 5]! / area,
        y: sums[i + 6]! / area,
      });
    }
    return found.sort((a, b) => b.area - a.area);
  }
}
