/** What to do with a packet. */
export const Thinning = {
  /** Nothing: it is not part of the thinned stream. */
  Skip: 0,
  /** Goes out under `sequence`. */
  Send: 1,
  /** It is left out, but its number was kept free while it was missing: something empty goes out under `sequence`. */
  Fill: 2,
} as const;
export type Thinning = (typeof Thinning)[keyof typeof Thinning];

const State = { Unknown: 0, Missing: 1, Sent: 2, Marked: 3, LeftOut: 4 } as const;

/**
 * Numbers the packets of a stream of which some are left out, without gaps where they were: to a receiver a packet that is
 * left out must not look lost. A packet that is missing keeps its number free, for it may come late and belong to what is
 * sent. Remembers the last packets both ways. Nothing is allocated after construction.
 *
 * All numbers are extended sequence numbers as wrapping int32.
 */
export class ThinnedSequence {
  /** Of the packet taken or found last: its number in the thinned stream. */
  sequence = 0;
  /** Of the packet found last: its number in the stream it comes from. */
  original = 0;
  /** Of the packet found last: the marker was set, or nothing but its number was sent. */
  marked = false;
  leftOut = false;
  /** Of the packet taken or found last: whole pictures left out before it. */
  picturesLeftOut = 0;
  /** Highest number that is in use, valid when `started`. */
  highest = 0;
  started = false;
  readonly #mask: number;
  readonly #sequences: Int32Array;
  readonly #offsets: Int32Array;
  readonly #pictures: Int32Array;
  readonly #states: Uint8Array;
  /** By number in the thinned stream: the number in the original one. */
  readonly #originals: Int32Array;
  #newest = 0;
  #leftOut = 0;
  #picturesLeftOut = 0;

  /** @param capacity packets remembered, a power of two */
  constructor(capacity = 1024) {
    if (capacity < 1 || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError('capacity must be a power of two');
    }
    this.#mask = capacity - 1;
    this.#sequences = new Int32Array(capacity);
    this.#offsets = new Int32Array(capacity);
    this.#pictures = new Int32Array(capacity);
    this.#states = new Uint8Array(capacity);
    this.#originals = new Int32Array(capacity);
  }

  /**
   * Takes a packet; the first one that is kept must be the newest of its stream.
   * @param keep it belongs to what is sent
   * @param marked its marker is set when it goes out
   */
  take(sequence: number, keep: boolean, marked: boolean): Thinning {
    if (!this.started) {
      if (!keep) return Thinning.Skip;
      this.started = true;
      this.#newest = (sequence - 1) | 0;
    }
    const step = (sequence - this.#newest) | 0;
    if (step <= 0) return this.#takeLate(sequence, keep, marked);
    const first = step > this.#mask ? (sequence - this.#mask) | 0 : (this.#newest + 1) | 0;
    for (let missing = first; missing !== sequence; missing = (missing + 1) | 0) {
      this.#put(missing, State.Missing);
    }
    this.#newest = sequence;
    if (!keep) {
      this.#put(sequence, State.LeftOut);
      this.#leftOut++;
      this.highest = (sequence - this.#leftOut) | 0;
      return Thinning.Skip;
    }
    this.#put(sequence, marked ? State.Marked : State.Sent);
    this.sequence = (sequence - this.#leftOut) | 0;
    this.highest = this.sequence;
    this.picturesLeftOut = this.#picturesLeftOut;
    return Thinning.Send;
  }

  /** All of a picture is left out: called once for each, with its first packet. */
  leaveOutPicture(): void {
    if (this.started) this.#picturesLeftOut++;
  }

  #takeLate(sequence: number, keep: boolean, marked: boolean): Thinning {
    const at = sequence & this.#mask;
    if (this.#sequences[at] !== sequence || this.#states[at] !== State.Missing) return Thinning.Skip;
    this.sequence = (sequence - this.#offsets[at]!) | 0;
    this.picturesLeftOut = this.#pictures[at]!;
    this.#states[at] = keep ? (marked ? State.Marked : State.Sent) : State.LeftOut;
    return keep ? Thinning.Send : Thinning.Fill;
  }

  #put(sequence: number, state: number): void {
    const at = sequence & this.#mask;
    this.#sequences[at] = sequence;
    this.#states[at] = state;
    this.#offsets[at] = this.#leftOut;
    this.#pictures[at] = this.#picturesLeftOut;
    // The number of a packet that is left out goes to the next one.
    this.#originals[(sequence - this.#leftOut) & this.#mask] = sequence;
  }

  /** Looks up what a number of the thinned stream stands for. @returns false when it is not known any more */
  find(sequence: number): boolean {
    const original = this.#originals[sequence & this.#mask]!;
    const at = original & this.#mask;
    if (this.#sequences[at] !== original || this.#states[at] === State.Unknown) return false;
    if (((original - this.#offsets[at]!) | 0) !== sequence) return false;
    this.sequence = sequence;
    this.original = original;
    this.marked = this.#states[at] === State.Marked;
    this.leftOut = this.#states[at] === State.LeftOut;
    this.picturesLeftOut = this.#pictures[at]!;
    return true;
  }
}
