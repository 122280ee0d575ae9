/** Words of an entry: when it was sent (µs, wrapping uint32), and transport-wide sequence number << 16 | bytes. */
const WORDS = 2;
/** Beside the bytes: feedback told it as lost. */
const LOST = 0x8000;

/**
 * Packets sent of late, by transport-wide sequence number, in memory that the packet engine or a test writes: a ring of
 * `capacity` entries of two words from `offset` on. A word of bytes 0 is an empty entry.
 */
export class SentPackets {
  readonly #words: Uint32Array;
  readonly #offset: number;
  readonly #mask: number;

  /** @param capacity a power of two up to 65536 */
  constructor(words: Uint32Array, offset: number, capacity: number) {
    this.#words = words;
    this.#offset = offset;
    this.#mask = capacity - 1;
  }

  /** Forgets everything: the memory may hold what somebody else sent. */
  clear(): void {
    this.#words.fill(0, this.#offset, this.#offset + (this.#mask + 1) * WORDS);
  }

  /** @param bytes 1 to 32767 */
  put(sequence: number, timeUs: number, bytes: number): void {
    const at = this.#at(sequence);
    this.#words[at] = timeUs;
    this.#words[at + 1] = ((sequence & 0xffff) << 16) | bytes;
  }

  /** Bytes of a packet that was sent and not yet told as received; else 0. */
  bytes(sequence: number): number {
    const word = this.#words[this.#at(sequence) + 1]!;
    return word >>> 16 === (sequence & 0xffff) ? word & 0x7fff : 0;
  }

  /** µs, wrapping uint32; of a packet that `bytes` knows */
  timeUs(sequence: number): number {
    return this.#words[this.#at(sequence)]!;
  }

  /** Feedback tells it as lost. @returns whether for the first time; of a packet that `bytes` knows */
  markLost(sequence: number): boolean {
    const at = this.#at(sequence) + 1;
    if ((this.#words[at]! & LOST) !== 0) return false;
    this.#words[at]! |= LOST;
    return true;
  }

  isLost(sequence: number): boolean {
    return (this.#words[this.#at(sequence) + 1]! & LOST) !== 0;
  }

  /** Told as received: it counts once. */
  remove(sequence: number): void {
    this.#words[this.#at(sequence) + 1] = 0;
  }

  #at(sequence: number): number {
    return this.#offset + (sequence & this.#mask) * WORDS;
  }
}
