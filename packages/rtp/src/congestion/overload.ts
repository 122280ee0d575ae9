/** What is looked at, ms of arrivals. */
const WINDOW_MS = 80;
/** So many packets say how fast they come. */
const MIN_RECEIVED = 4;
/** Losses that a full queue has and a bad path seldom has: packets of a window, and their part of it. */
const MIN_LOST = 4;
const LOST_PART = 0.2;
/** They are those of a queue when every packet has waited for so long, ms. */
const QUEUE_MS = 75;
/** Without losses: the queue fills when packets come so many times slower than they went out, and less than this part of the estimate. */
const STRETCH = 1.5;
const BELOW = 0.75;

/**
 * Sees that the capacity of a path has fallen: its queue fills quickly, or is full and many packets are lost in it. What comes
 * through meanwhile is the capacity, so one window says what filters of the delay and of the throughput find out step by step, each
 * step with more losses (libwebrtc's loss-based estimate reacts to such losses within one observation, too). Without clock; nothing
 * is allocated after construction.
 */
export class Overload {
  #received = 0;
  #lost = 0;
  #bytes = 0;
  #firstMs = 0;
  #lastMs = 0;
  #firstSentMs = 0;
  #lastSentMs = 0;
  #leastDelay = Number.POSITIVE_INFINITY;

  onLost(): void {
    this.#lost++;
  }

  /** Times on any two clocks, ms. */
  onReceived(sentMs: number, arrivalMs: number, bytes: number): void {
    // The first packet marks where the window begins.
    if (this.#received++ === 0) {
      this.#firstMs = arrivalMs;
      this.#lastMs = arrivalMs;
      this.#firstSentMs = sentMs;
      this.#lastSentMs = sentMs;
    } else {
      this.#bytes += bytes;
      this.#lastSentMs = Math.max(this.#lastSentMs, sentMs);
      this.#lastMs = Math.max(this.#lastMs, arrivalMs);
    }
    this.#leastDelay = Math.min(this.#leastDelay, arrivalMs - sentMs);
  }

  /**
   * Feedback is through.
   * @param baseDelay arrival less sending of a packet that did not wait, ms
   * @param estimate of the capacity until now, bit/s
   * @returns the capacity that a window of overload has shown, bit/s, below the estimate; else 0
   */
  take(baseDelay: number, estimate: number): number {
    const ms = this.#lastMs - this.#firstMs;
    if (ms < WINDOW_MS || this.#received < MIN_RECEIVED) return 0;
    const capacity = (this.#bytes * 8000) / ms;
    const queues = this.#leastDelay - baseDelay >= QUEUE_MS;
    const loses = this.#lost >= MIN_LOST && this.#lost >= (this.#lost + this.#received) * LOST_PART;
    const fills = ms > (this.#lastSentMs - this.#firstSentMs) * STRETCH && capacity < estimate * BELOW;
    this.reset();
    return queues && (loses || fills) && capacity < estimate ? capacity : 0;
  }

  reset(): void {
    this.#received = 0;
    this.#lost = 0;
    this.#bytes = 0;
    this.#leastDelay = Number.POSITIVE_INFINITY;
  }
}
