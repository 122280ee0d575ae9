/** Says which pictures are taken: one every period, on a grid that does not drift with the times of pictures. */
export class SamplingClock {
  readonly #period: number;
  #next = Number.NEGATIVE_INFINITY;

  /** @param period ms; 0: all pictures */
  constructor(period: number) {
    this.#period = period;
  }

  /** @param time of a picture, ms @returns whether it is taken */
  takes(time: number): boolean {
    if (time < this.#next && time > this.#next - 2 * this.#period) return false;
    // After a pause, and where times begin anew, the grid begins anew, too.
    const late = time - this.#next;
    this.#next = late >= 0 && late < this.#period ? this.#next + this.#period : time + this.#period;
    return true;
  }
}
