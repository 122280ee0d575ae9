const SIZE = 256;

/**
 * Keeps a receiver from having one packet sent too often: at most once per round trip, and a bounded number of times. A
 * NACK flood costs the flooder its own retransmissions only.
 */
export class ResendGuard {
  readonly #sequences = new Int32Array(SIZE);
  readonly #sentMs = new Float64Array(SIZE);
  readonly #counts = new Uint8Array(SIZE);
  readonly #maxResends: number;

  constructor(maxResends = 10) {
    this.#maxResends = maxResends;
  }

  /** Whether the packet may be sent again now. */
  isDue(sequence: number, nowMs: number, rttMs: number): boolean {
    const index = sequence & (SIZE - 1);
    if (this.#sequences[index] !== sequence || this.#counts[index] === 0) return true;
    return this.#counts[index]! < this.#maxResends && nowMs - this.#sentMs[index]! >= rttMs * 0.9;
  }

  /** The packet is sent again. @returns how often it now was */
  note(sequence: number, nowMs: number): number {
    const index = sequence & (SIZE - 1);
    if (this.#sequences[index] !== sequence) this.#counts[index] = 0;
    this.#sequences[index] = sequence;
    this.#sentMs[index] = nowMs;
    return ++this.#counts[index]!;
  }
}
