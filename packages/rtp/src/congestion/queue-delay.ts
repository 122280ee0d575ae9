/** The least delay of the last 10 to 20 s is taken for that of the empty path. */
const BASE_WINDOW_MS = 10_000;
/** The least delay of the last 200 to 400 ms is that of the queue now: jitter adds, and does not take away. */
const PRESENT_WINDOW_MS = 200;
/** A queue so long does not go by itself, ms. */
const STANDING_MS = 75;
/** Time for a decrease to show, beside the round trip, ms. */
const DRAIN_MS = 800;
/** When so many decreases in a row change nothing, the path has become longer. */
const MAX_FUTILE = 3;

/** The least of the last one to two windows. */
class Minimum {
  #present = Number.POSITIVE_INFINITY;
  #previous = Number.POSITIVE_INFINITY;
  #sinceMs = 0;

  constructor(readonly windowMs: number) {}

  add(nowMs: number, value: number): void {
    if (nowMs - this.#sinceMs >= this.windowMs) {
      this.#previous = nowMs - this.#sinceMs >= 2 * this.windowMs ? Number.POSITIVE_INFINITY : this.#present;
      this.#present = Number.POSITIVE_INFINITY;
      this.#sinceMs = nowMs;
    }
    if (value < this.#present) this.#present = value;
  }

  get value(): number {
    return Math.min(this.#present, this.#previous);
  }

  reset(): void {
    this.#present = Number.POSITIVE_INFINITY;
    this.#previous = Number.POSITIVE_INFINITY;
  }
}

/**
 * How long packets wait in a queue of the path, beside the variation of that time which the trendline sees: a queue that is
 * full and stays full has none. Without clock.
 */
export class QueueDelay {
  readonly #base = new Minimum(BASE_WINDOW_MS);
  readonly #present = new Minimum(PRESENT_WINDOW_MS);
  #decreasedMs = Number.NEGATIVE_INFINITY;
  #decreasedAt = 0;
  #futile = 0;

  /** Times on any two clocks, ms. */
  onPacket(sentMs: number, arrivalMs: number): void {
    const delay = arrivalMs - sentMs;
    this.#base.add(arrivalMs, delay);
    this.#present.add(arrivalMs, delay);
  }

  /** ms */
  get queueMs(): number {
    const present = this.#present.value;
    return present === Number.POSITIVE_INFINITY ? 0 : Math.max(0, present - this.#base.value);
  }

  /** Arrival less sending of a packet that did not wait, ms. */
  get baseDelay(): number {
    return this.#base.value;
  }

  /** Whether a queue stands that the last decrease did not shorten; asking counts as a decrease when it does. */
  stands(nowMs: number, rttMs: number): boolean {
    const { queueMs } = this;
    if (queueMs < STANDING_MS) {
      this.#futile = 0;
      return false;
    }
    if (nowMs - this.#decreasedMs < rttMs + DRAIN_MS) return false;
    const drains = queueMs < this.#decreasedAt * 0.8;
    this.#decreasedAt = queueMs;
    this.#decreasedMs = nowMs;
    if (drains) {
      this.#futile = 0;
      return false;
    }
    if (++this.#futile <= MAX_FUTILE) return true;
    this.#base.reset();
    this.#futile = 0;
    return false;
  }

  /** Another reason has brought the bitrate down: time to drain. */
  onDecrease(nowMs: number): void {
    this.#decreasedMs = nowMs;
    this.#decreasedAt = this.queueMs;
  }

  reset(): void {
    this.#base.reset();
    this.#present.reset();
    this.#futile = 0;
  }
}
