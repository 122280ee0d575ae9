import { type CarriedData, carriedSize } from '@rivero/module/host';

/** Messages that wait for an implementation, and their bytes. */
const MAX_MESSAGES = 256;
const MAX_BYTES = 4_000_000;

/** Messages on their way to an implementation: one at a time, in the order in which they came; what finds it full is dropped. */
export class DataQueue {
  readonly #waiting: CarriedData[] = [];
  #bytes = 0;
  #busy = false;
  #closed = false;
  #dropped = 0;

  /** @param take settles when the implementation is done with the message */
  constructor(private readonly take: (message: CarriedData) => Promise<unknown>) {}

  /** Messages that were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  push(message: CarriedData): void {
    const size = carriedSize(message);
    if (this.#closed || this.#waiting.length >= MAX_MESSAGES || this.#bytes + size > MAX_BYTES) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(message);
    this.#bytes += size;
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#bytes -= carriedSize(next);
      try {
        await this.take(next);
      } catch {
        // Told by who takes it.
      }
    }
    this.#busy = false;
  }

  /** Drops what waits and all that comes. */
  close(): void {
    this.#closed = true;
    this.#dropped += this.#waiting.length;
    this.#waiting.length = 0;
    this.#bytes = 0;
  }
}
