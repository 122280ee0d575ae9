/** The place of the sequence number that comes next, and of the first entry. */
const NEXT = 0;
const FIRST = 2;
/** An entry: time << 12 | lost << 11 | bytes. */
const BYTES = 0x7ff;
/** Feedback told it as lost. */
const LOST = 0x800;
const TIME_SHIFT = 12;
/** Times are in units of 16 µs. */
const UNIT_SHIFT = 4;
/** Bits of a time in µs, which wraps after 16.8 s. */
const TIME_BITS = 32 - TIME_SHIFT + UNIT_SHIFT;

/**
 * Packets sent of late, by transport-wide sequence number, in memory that the packet engine or a test writes: from `offset` on
 * the number that comes next, a word that is not used, and a ring of `capacity` entries of a word. Numbers are given one after the
 * other, so the next one tells which packet an entry is of. An entry of no bytes is empty.
 */
export class SentPackets {
  readonly #words: Uint32Array;
  readonly #offset: number;
  readonly #mask: number;

  /** @param capacity a power of two up to 32768 */
  constructor(words: Uint32Array, offset: number, capacity: number) {
    this.#words = words;
    this.#offset = offset;
    this.#mask = capacity - 1;
  }

  /** Words that are needed for so many packets. */
  static words(capacity: number): number {
    return FIRST + capacity;
  }

  /** Forgets everything: the memory may hold what somebody else sent. */
  clear(): void {
    const first = this.#offset + FIRST;
    this.#words.fill(0, first, first + this.#mask + 1);
  }

  /** @param bytes 1 to 2047 */
  put(sequence: number, timeUs: number, bytes: number): void {
    this.#words[this.#at(sequence)] = ((timeUs >>> UNIT_SHIFT) << TIME_SHIFT) | bytes;
    this.#words[this.#offset + NEXT] = (sequence + 1) & 0xffff;
  }

  /** Bytes of a packet that was sent and not yet told as received; else 0. */
  bytes(sequence: number): number {
    const age = (this.#words[this.#offset + NEXT]! - 1 - sequence) & 0xffff;
    return age > this.#mask ? 0 : this.#words[this.#at(sequence)]! & BYTES;
  }

  /** When it was sent after a moment that an earlier call gave, µs, within 8 s of it; of a packet that `bytes` knows. */
  microsSince(timeUs: number, sequence: number): number {
    const unused = 32 - TIME_BITS;
    return ((this.timeUs(sequence) - timeUs) << unused) >> unused;
  }

  /** µs of a clock that wraps after 16.8 s; of a packet that `bytes` knows */
  timeUs(sequence: number): number {
    return (this.#words[this.#at(sequence)]! >>> TIME_SHIFT) << UNIT_SHIFT;
  }

  /** Feedback tells it as lost. @returns whether for the first time; of a packet that `bytes` knows */
  markLost(sequence: number): boolean {
    const at = this.#at(sequence);
    if ((this.#words[at]! & LOST) !== 0) return false;
    this.#words[at]! |= LOST;
    return true;
  }

  isLost(sequence: number): boolean {
    return (this.#words[this.#at(sequence)]! & LOST) !== 0;
  }

  /** Told as received: it counts once. */
  remove(sequence: number): void {
    this.#words[this.#at(sequence)] = 0;
  }

  #at(sequence: number): number {
    return this.#offset + FIRST + (sequence & this.#mask);
  }
}
