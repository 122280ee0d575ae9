/** Packets remembered: what comes later than so many others is given up. A power of two. */
const CAPACITY = 1024;
const MASK = CAPACITY - 1;

/**
 * Numbers the packets of a stream as they go out: numbers close up where packets are left out, and make room where others are put in. A
 * packet that is missing keeps its number free, for it may come late. Nothing is allocated after construction.
 */
export class PacketNumbering {
  readonly #numbers = new Int32Array(CAPACITY);
  readonly #offsets = new Int32Array(CAPACITY);
  /** 1: the packet with this number has not come. */
  readonly #missing = new Uint8Array(CAPACITY);
  #newest = 0;
  /** From what comes to what goes out. */
  #offset = 0;
  #started = false;
  /** The packet that was taken last, and has been neither sent nor left out. */
  #present = 0;
  #isOpen = false;
  #isLate = false;

  /**
   * Takes a packet: `send` or `leaveOut` has to follow.
   * @param sequence as it came, 16 bits
   * @returns false when it has come before, or too late
   */
  take(sequence: number): boolean {
    if (!this.#started) {
      this.#started = true;
      this.#newest = sequence - 1;
    }
    const step = ((sequence - this.#newest) << 16) >> 16;
    const number = (this.#newest + step) | 0;
    const at = number & MASK;
    if (step <= 0) {
      if (this.#numbers[at] !== number || this.#missing[at] === 0) return false;
      this.#missing[at] = 0;
    } else {
      for (let i = Math.max(1, step - MASK); i < step; i++) this.#put((this.#newest + i) | 0, 1);
      this.#newest = number;
      this.#put(number, 0);
    }
    this.#present = number;
    this.#isLate = step <= 0;
    this.#isOpen = true;
    return true;
  }

  #put(number: number, missing: number): void {
    const at = number & MASK;
    this.#numbers[at] = number;
    this.#offsets[at] = this.#offset;
    this.#missing[at] = missing;
  }

  /** The number under which the present packet goes out, 16 bits. */
  send(): number {
    this.#isOpen = false;
    const offset = this.#isLate ? this.#offsets[this.#present & MASK]! : this.#offset;
    return (this.#present + offset) & 0xffff;
  }

  /** The present packet does not go out. @returns the number that was kept free for it and must be filled; -1 when there is none */
  leaveOut(): number {
    if (this.#isLate) return this.send();
    this.#isOpen = false;
    this.#offset = (this.#offset - 1) | 0;
    return -1;
  }

  /** The number of a packet that is put in, before the present one if there is one; -1 before the first packet. */
  insert(): number {
    if (!this.#started) return -1;
    const next = this.#isOpen && !this.#isLate ? this.#present : (this.#newest + 1) | 0;
    const number = (next + this.#offset) & 0xffff;
    this.#offset = (this.#offset + 1) | 0;
    return number;
  }
}
