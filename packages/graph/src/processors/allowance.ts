/** So many in each stretch of time. */
export class Allowance {
  #begin = Number.NEGATIVE_INFINITY;
  #taken = 0;

  /** @param stretch ms */
  constructor(
    private readonly most: number,
    private readonly stretch: number,
  ) {}

  /** Whether there may be one more. @param now ms */
  take(now: number): boolean {
    if (now - this.#begin >= this.stretch) {
      this.#begin = now;
      this.#taken = 0;
    }
    return ++this.#taken <= this.most;
  }
}
