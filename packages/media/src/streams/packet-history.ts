const FIELDS = 4;

/**
 * Where the recent packets of one received stream lie in the packet engine's slab. One write per received packet serves
 * every viewer: a viewer's sequence number is mapped back to the source's before the look-up.
 *
 * An entry is valid only while the slot has not been received into again; the caller compares receive numbers.
 */
export class PacketHistory {
  readonly #entries: Int32Array;
  readonly #mask: number;

  /** @param capacity packets, a power of two */
  constructor(capacity: number) {
    if (capacity < 1 || (capacity & (capacity - 1)) !== 0)
      throw new RangeError('capacity must be a power of two');
    this.#mask = capacity - 1;
    this.#entries = new Int32Array(capacity * FIELDS);
    for (let i = 1; i < this.#entries.length; i += FIELDS) this.#entries[i] = -1;
  }

  put(sequence: number, slot: number, receiveNumber: number, timestamp: number): void {
    const at = (sequence & this.#mask) * FIELDS;
    this.#entries[at] = sequence;
    this.#entries[at + 1] = slot;
    this.#entries[at + 2] = receiveNumber;
    this.#entries[at + 3] = timestamp;
  }

  /** Entry of an extended sequence number, or -1; read it with the accessors. */
  find(sequence: number): number {
    const at = (sequence & this.#mask) * FIELDS;
    return this.#entries[at] === sequence && this.#entries[at + 1]! >= 0 ? at : -1;
  }

  /** Whether a packet is recent enough to be known and yet is not there. */
  isMissing(sequence: number, highest: number): boolean {
    return ((highest - sequence) | 0) <= this.#mask && this.find(sequence) < 0;
  }

  slot(entry: number): number {
    return this.#entries[entry + 1]!;
  }

  receiveNumber(entry: number): number {
    return this.#entries[entry + 2]! >>> 0;
  }

  timestamp(entry: number): number {
    return this.#entries[entry + 3]!;
  }
}
