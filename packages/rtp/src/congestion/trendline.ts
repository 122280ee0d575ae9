/** What the delay says of the path. */
export const PathUsage = { Normal: 0, Overusing: 1, Underusing: 2 } as const;
export type PathUsage = (typeof PathUsage)[keyof typeof PathUsage];

/** Groups over which the slope is taken. */
const WINDOW = 20;
const SMOOTHING = 0.9;
const THRESHOLD_GAIN = 4;
const MAX_DELTAS = 60;
/** The slope must be too steep for so long, ms. */
const OVERUSE_MS = 10;
const THRESHOLD_START = 12.5;
const THRESHOLD_MIN = 6;
const THRESHOLD_MAX = 600;
const THRESHOLD_UP = 0.0087;
const THRESHOLD_DOWN = 0.039;
/** Trends that exceed the threshold by more are spikes; it does not adapt to them. */
const MAX_ADAPT_OFFSET = 15;
const MAX_ADAPT_MS = 100;

/** An array that holds its numbers itself. */
function doubles(): number[] {
  return new Array<number>(WINDOW).fill(0.5);
}

/**
 * Tells from the variation of the one-way delay whether queues on the path grow: slope of a line through the smoothed
 * delays of the last groups, compared with a threshold that adapts to the path (libwebrtc's TrendlineEstimator,
 * draft-ietf-rmcat-gcc-02 sections 5.3 to 5.5). Nothing is allocated after construction.
 */
export class Trendline {
  usage: PathUsage = PathUsage.Normal;
  /** No typed arrays: so small ones take more for themselves than for what is in them. */
  readonly #arrivals = doubles();
  readonly #delays = doubles();
  #count = 0;
  #deltas = 0;
  #accumulated = 0;
  #smoothed = 0;
  #threshold = THRESHOLD_START;
  #previousTrend = 0;
  #overuseMs = -1;
  #overuseCount = 0;
  #lastUpdateMs = -1;

  /** @param arrivalMs of the newer group */
  update(sendDeltaMs: number, arrivalDeltaMs: number, arrivalMs: number): void {
    this.#deltas = Math.min(this.#deltas + 1, MAX_DELTAS);
    this.#accumulated += arrivalDeltaMs - sendDeltaMs;
    this.#smoothed = SMOOTHING * this.#smoothed + (1 - SMOOTHING) * this.#accumulated;
    const at = this.#count++ % WINDOW;
    this.#arrivals[at] = arrivalMs;
    this.#delays[at] = this.#smoothed;
    const trend = this.#count >= WINDOW ? this.#slope(arrivalMs) : this.#previousTrend;
    this.#detect(trend, sendDeltaMs, arrivalMs);
  }

  reset(): void {
    this.usage = PathUsage.Normal;
    this.#count = 0;
    this.#deltas = 0;
    this.#accumulated = 0;
    this.#smoothed = 0;
    this.#threshold = THRESHOLD_START;
    this.#previousTrend = 0;
    this.#overuseMs = -1;
    this.#overuseCount = 0;
    this.#lastUpdateMs = -1;
  }

  /** Least squares; the order of the points does not matter. */
  #slope(arrivalMs: number): number {
    let sumX = 0;
    let sumY = 0;
    for (let i = 0; i < WINDOW; i++) {
      sumX += this.#arrivals[i]! - arrivalMs;
      sumY += this.#delays[i]!;
    }
    const meanX = sumX / WINDOW;
    const meanY = sumY / WINDOW;
    let numerator = 0;
    let denominator = 0;
    for (let i = 0; i < WINDOW; i++) {
      const x = this.#arrivals[i]! - arrivalMs - meanX;
      numerator += x * (this.#delays[i]! - meanY);
      denominator += x * x;
    }
    return denominator === 0 ? this.#previousTrend : numerator / denominator;
  }

  #detect(trend: number, sendDeltaMs: number, nowMs: number): void {
    if (this.#deltas < 2) return;
    const modified = this.#deltas * trend * THRESHOLD_GAIN;
    if (modified > this.#threshold) {
      this.#overuseMs = this.#overuseMs < 0 ? sendDeltaMs / 2 : this.#overuseMs + sendDeltaMs;
      this.#overuseCount++;
      if (this.#overuseMs > OVERUSE_MS && this.#overuseCount > 1 && trend >= this.#previousTrend) {
        this.#overuseMs = 0;
        this.#overuseCount = 0;
        this.usage = PathUsage.Overusing;
      }
    } else {
      this.#overuseMs = -1;
      this.#overuseCount = 0;
      this.usage = modified < -this.#threshold ? PathUsage.Underusing : PathUsage.Normal;
    }
    this.#previousTrend = trend;
    this.#adapt(Math.abs(modified), nowMs);
  }

  #adapt(modified: number, nowMs: number): void {
    if (this.#lastUpdateMs >= 0 && modified <= this.#threshold + MAX_ADAPT_OFFSET) {
      const gain = modified < this.#threshold ? THRESHOLD_DOWN : THRESHOLD_UP;
      const elapsed = Math.max(0, Math.min(nowMs - this.#lastUpdateMs, MAX_ADAPT_MS));
      const threshold = this.#threshold + gain * (modified - this.#threshold) * elapsed;
      this.#threshold = Math.max(THRESHOLD_MIN, Math.min(THRESHOLD_MAX, threshold));
    }
    this.#lastUpdateMs = nowMs;
  }
}
