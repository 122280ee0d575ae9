/** What SequenceWindow.add found. */
export const Arrival = {
  /** newer than all before */
  Newest: 0,
  /** late, seen for the first time */
  Late: 1,
  Duplicate: 2,
  /** older than the window reaches: cannot be told from a duplicate */
  TooOld: 3,
} as const;
export type Arrival = (typeof Arrival)[keyof typeof Arrival];

/** Remembers which of the last `size` extended sequence numbers were seen. One bit each, nothing allocated by add(). */
export class SequenceWindow {
  readonly #bits: Int32Array;
  readonly #mask: number;
  #highest = 0;
  #empty = true;

  /** @param size a power of two, 32 or more */
  constructor(size: number) {
    if (size < 32 || (size & (size - 1)) !== 0)
      throw new RangeError('the size must be a power of two from 32 on');
    this.#bits = new Int32Array(size >>> 5);
    this.#mask = size - 1;
  }

  /** Newest number added; meaningless before the first. */
  get highest(): number {
    return this.#highest;
  }

  get empty(): boolean {
    return this.#empty;
  }

  /** Records an extended sequence number. */
  add(extended: number): Arrival {
    if (this.#empty) {
      this.#empty = false;
      this.#highest = extended;
      this.#set(extended);
      return Arrival.Newest;
    }
    const distance = (extended - this.#highest) | 0;
    if (distance > 0) {
      if (distance > this.#mask) this.#bits.fill(0);
      else for (let i = 1; i < distance; i++) this.#clear((this.#highest + i) | 0);
      this.#highest = extended;
      this.#set(extended);
      return Arrival.Newest;
    }
    if (-distance > this.#mask) return Arrival.TooOld;
    const index = extended & this.#mask;
    const bit = 1 << (index & 31);
    const word = this.#bits[index >>> 5]!;
    if ((word & bit) !== 0) return Arrival.Duplicate;
    this.#bits[index >>> 5] = word | bit;
    return Arrival.Late;
  }

  /** Forgets everything. */
  reset(): void {
    this.#bits.fill(0);
    this.#empty = true;
  }

  #set(extended: number): void {
    const index = extended & this.#mask;
    this.#bits[index >>> 5] = this.#bits[index >>> 5]! | (1 << (index & 31));
  }

  #clear(extended: number): void {
    const index = extended & this.#mask;
    this.#bits[index >>> 5] = this.#bits[index >>> 5]! & ~(1 << (index & 31));
  }
}
