const MAX_DUPLICATES = 16;

/** Which TSNs have arrived: all up to a cumulative one, and ranges beyond it (RFC 9260 section 6.2). */
export class ReceivedTsns {
  readonly #maxGaps: number;
  #cumulative: number;
  #ranges: [number, number][] = [];
  #duplicates: number[] = [];

  constructor(cumulative: number, maxGaps: number) {
    this.#cumulative = cumulative;
    this.#maxGaps = maxGaps;
  }

  /** All TSNs up to this one have arrived or were given up. */
  get cumulative(): number {
    return this.#cumulative;
  }

  /** First and last TSN of what arrived beyond a gap, ascending. */
  get ranges(): readonly (readonly [number, number])[] {
    return this.#ranges;
  }

  get duplicates(): readonly number[] {
    return this.#duplicates;
  }

  clearDuplicates(): void {
    this.#duplicates = [];
  }

  has(tsn: number): boolean {
    if (tsn <= this.#cumulative) return true;
    const range = this.#ranges[this.#lastStartingUpTo(tsn)];
    return range !== undefined && tsn <= range[1];
  }

  noteDuplicate(tsn: number): void {
    if (this.#duplicates.length < MAX_DUPLICATES) this.#duplicates.push(tsn);
  }

  /** Whether a TSN that has not arrived could be added. */
  canAdd(tsn: number): boolean {
    if (tsn === this.#cumulative + 1 || this.#ranges.length < this.#maxGaps) return true;
    const index = this.#lastStartingUpTo(tsn);
    return this.#ranges[index]?.[1] === tsn - 1 || this.#ranges[index + 1]?.[0] === tsn + 1;
  }

  /** Adds a TSN that has not arrived yet. */
  add(tsn: number): void {
    if (tsn === this.#cumulative + 1) {
      this.advance(tsn);
      return;
    }
    const index = this.#lastStartingUpTo(tsn);
    const before = this.#ranges[index];
    const after = this.#ranges[index + 1];
    const joinsBefore = before !== undefined && before[1] === tsn - 1;
    const joinsAfter = after !== undefined && after[0] === tsn + 1;
    if (joinsBefore && joinsAfter) {
      before[1] = after[1];
      this.#ranges.splice(index + 1, 1);
    } else if (joinsBefore) {
      before[1] = tsn;
    } else if (joinsAfter) {
      after[0] = tsn;
    } else {
      this.#ranges.splice(index + 1, 0, [tsn, tsn]);
    }
  }

  /** Everything up to `cumulative` counts as arrived, and what follows it without a gap. */
  advance(cumulative: number): void {
    if (cumulative <= this.#cumulative) return;
    this.#cumulative = cumulative;
    let passed = 0;
    for (const [start, end] of this.#ranges) {
      if (start > this.#cumulative + 1) break;
      this.#cumulative = Math.max(this.#cumulative, end);
      passed++;
    }
    if (passed > 0) this.#ranges.splice(0, passed);
  }

  /** Index of the last range that starts at or before a TSN, -1 if none. */
  #lastStartingUpTo(tsn: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ranges[middle]![0] <= tsn) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
