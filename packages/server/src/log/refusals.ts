import type { Logger } from './logger.js';

interface Repeated {
  /** When the next line of this kind may be written, in milliseconds. */
  next: number;
  suppressed: number;
}

const MAX_KINDS = 1000;

/**
 * Logs what the server refuses, with the reason, without letting a client that does it again and again flood
 * the log: of each kind one line per interval is written, and it says how many were left out.
 */
export class Refusals {
  readonly #log: Logger;
  readonly #intervalMillis: number;
  readonly #now: () => number;
  readonly #kinds = new Map<string, Repeated>();

  constructor(log: Logger, intervalMillis = 10_000, now: () => number = Date.now) {
    this.#log = log;
    this.#intervalMillis = intervalMillis;
    this.#now = now;
  }

  /** `origin` tells clients apart (an address); `fields` go into the line. */
  note(reason: string, origin: string, fields: Record<string, unknown> = {}): void {
    const now = this.#now();
    const key = `${reason}\n${origin}`;
    const repeated = this.#kinds.get(key);
    if (repeated !== undefined && now < repeated.next) {
      repeated.suppressed++;
      return;
    }
    const line = repeated?.suppressed ? { ...fields, suppressed: repeated.suppressed } : fields;
    this.#log.warn({ remote: origin, ...line }, reason);
    this.#kinds.delete(key);
    this.#kinds.set(key, { next: now + this.#intervalMillis, suppressed: 0 });
    if (this.#kinds.size > MAX_KINDS) this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const key of this.#kinds.keys()) {
      this.#kinds.delete(key);
      return;
    }
  }
}
