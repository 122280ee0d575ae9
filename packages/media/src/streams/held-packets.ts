/** Places of an entry: the engine's command, its second half, and what is needed to send it later. */
export const Held = {
  Command: 0,
  More: 4,
  /** Entries of the command: 1 or 2. */
  Entries: 8,
  /** Number of its slot's contents: with another one the packet is gone. */
  ReceiveNumber: 9,
  Bytes: 10,
  /** When it came, ms, wrapping. */
  SinceMs: 11,
  /** The next of its queue, -1 at the end. */
  Next: 12,
  Stride: 13,
} as const;

const FIRST_SIZE = 256;

/**
 * Room for packets that wait to be sent, of all viewers of a worker: send commands of the packet engine in linked lists. What
 * is free is used again; only when more wait than ever before memory is allocated.
 */
export class HeldPackets {
  fields = new Int32Array(0);
  #free = -1;
  readonly #limit: number;

  /** @param limit packets that wait at most */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Index of a free entry within `fields`; -1 when too many wait. */
  take(): number {
    if (this.#free < 0 && !this.#grow()) return -1;
    const at = this.#free;
    this.#free = this.fields[at + Held.Next]!;
    return at;
  }

  free(at: number): void {
    this.fields[at + Held.Next] = this.#free;
    this.#free = at;
  }

  #grow(): boolean {
    const before = this.fields.length / Held.Stride;
    const size = Math.min(this.#limit, Math.max(FIRST_SIZE, before * 2));
    if (size <= before) return false;
    const larger = new Int32Array(size * Held.Stride);
    larger.set(this.fields);
    this.fields = larger;
    for (let i = size - 1; i >= before; i--) this.free(i * Held.Stride);
    return true;
  }
}

/** A first-in-first-out queue within the room for all. */
export class HeldQueue {
  /** Index of the oldest entry, -1 when there is none. */
  head = -1;
  bytes = 0;
  #tail = -1;

  constructor(private readonly packets: HeldPackets) {}

  push(at: number): void {
    const { fields } = this.packets;
    fields[at + Held.Next] = -1;
    if (this.#tail < 0) this.head = at;
    else fields[this.#tail + Held.Next] = at;
    this.#tail = at;
    this.bytes += fields[at + Held.Bytes]!;
  }

  /** Takes the oldest entry out, which must be there, and gives its room away. */
  shift(): void {
    const at = this.head;
    const { fields } = this.packets;
    this.head = fields[at + Held.Next]!;
    if (this.head < 0) this.#tail = -1;
    this.bytes -= fields[at + Held.Bytes]!;
    this.packets.free(at);
  }

  /** Takes out all of one consumer. @returns the first sequence number of its own, undefined when it had none */
  remove(consumer: number, consumerOf: (command: number) => number): number | undefined {
    const { fields } = this.packets;
    let first: number | undefined;
    let at = this.head;
    this.head = -1;
    this.#tail = -1;
    this.bytes = 0;
    while (at >= 0) {
      const next = fields[at + Held.Next]!;
      if (consumerOf(fields[at + Held.Command + 1]!) === consumer) {
        first ??= fields[at + Held.Command + 2]!;
        this.packets.free(at);
      } else this.push(at);
      at = next;
    }
    return first;
  }
}
