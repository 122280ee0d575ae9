/**
 * The clock of the kernel's receive timestamps (CLOCK_REALTIME), in microseconds. `Date.now()` has whole milliseconds
 * only: the finer steps come from the monotonic clock. Each look at both bounds how far they are apart to one
 * millisecond; all looks together leave microseconds, and a clock that is set or slewed is followed.
 */
export class ArrivalClock {
  readonly #wall: () => number;
  readonly #monotonic: () => number;
  /** Wall clock minus monotonic clock, ms. */
  #distance: number;

  /** @param distance first guess, ms */
  constructor(
    wall = (): number => Date.now(),
    monotonic = (): number => performance.now(),
    distance = performance.timeOrigin,
  ) {
    this.#wall = wall;
    this.#monotonic = monotonic;
    this.#distance = distance;
  }

  /** Microseconds, as int32: wraps as the arrival times do. */
  now(): number {
    const monotonic = this.#monotonic();
    const least = this.#wall() - monotonic;
    if (this.#distance < least) this.#distance = least;
    else if (this.#distance > least + 1) this.#distance = least + 1;
    return Math.floor((monotonic + this.#distance) * 1000) | 0;
  }
}
