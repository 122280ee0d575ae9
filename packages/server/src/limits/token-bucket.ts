/** How much may happen in the long run and at once. */
export interface Rate {
  /** 0: any number. */
  perSecond: number;
  burst: number;
}

/** Counts what happens against a rate (token bucket). Takes the time in milliseconds and has no clock. */
export class TokenBucket {
  readonly #perMilli: number;
  readonly #burst: number;
  #level: number;
  #at: number;

  constructor({ perSecond, burst }: Rate, now: number) {
    this.#perMilli = perSecond / 1000;
    this.#burst = Math.max(1, burst);
    this.#level = this.#burst;
    this.#at = now;
  }

  /** Whether one more may happen now; it is counted when it may. */
  take(now: number): boolean {
    this.#fill(now);
    if (this.#level < 1) return false;
    this.#level--;
    return true;
  }

  /** Nothing counts any more: it is as good as a new one. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#level >= this.#burst;
  }

  #fill(now: number): void {
    // A clock that was set back fills nothing.
    if (now > this.#at) this.#level = Math.min(this.#burst, this.#level + (now - this.#at) * this.#perMilli);
    this.#at = now;
  }
}
