/** The longest time that setTimeout takes. */
const LONGEST_MILLIS = 2 ** 31 - 1;

/** Calls back at a time that may be years away, and does not keep the process running. */
export class ExpiryTimer {
  readonly #at: number;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `at`: milliseconds since 1970. */
  constructor(at: number, expired: () => void) {
    this.#at = at;
    this.#expired = expired;
    this.#wait();
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const left = Math.max(0, this.#at - Date.now());
    // Timers may fire a little early, and the clock may have been set: it is looked at again.
    const next = () => (Date.now() >= this.#at ? this.#expired() : this.#wait());
    this.#timer = setTimeout(next, Math.min(left, LONGEST_MILLIS));
    this.#timer.unref();
  }
}
