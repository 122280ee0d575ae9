const BUCKETS = 16;

/** Sum of the bytes of the last `windowMs`, in 16 buckets; gives a bitrate. Nothing is allocated after construction. */
export class RateWindow {
  readonly #bucketMs: number;
  readonly #buckets = new Int32Array(BUCKETS);
  #sum = 0;
  /** number of the newest bucket since time 0, -1 before the first add() */
  #newest = -1;
  #firstMs = 0;

  /** @param windowMs length of the window in milliseconds */
  constructor(windowMs = 1000) {
    this.#bucketMs = windowMs / BUCKETS;
  }

  add(nowMs: number, bytes: number): void {
    if (this.#newest < 0) this.#firstMs = nowMs;
    this.#advance(nowMs);
    const index = this.#newest % BUCKETS;
    this.#buckets[index] = this.#buckets[index]! + bytes;
    this.#sum += bytes;
  }

  /** Bits per second over the window, or over the time since the first byte while that is shorter. */
  bitsPerSecond(nowMs: number): number {
    if (this.#newest < 0) return 0;
    this.#advance(nowMs);
    const windowMs = this.#bucketMs * (BUCKETS - 1) + (nowMs - this.#newest * this.#bucketMs);
    const sinceFirst = Math.max(nowMs - this.#firstMs, this.#bucketMs);
    return (this.#sum * 8000) / Math.max(this.#bucketMs, Math.min(windowMs, sinceFirst));
  }

  reset(): void {
    this.#buckets.fill(0);
    this.#sum = 0;
    this.#newest = -1;
  }

  #advance(nowMs: number): void {
    const bucket = Math.floor(nowMs / this.#bucketMs);
    if (this.#newest < 0) {
      this.#newest = bucket;
      return;
    }
    if (bucket - this.#newest >= BUCKETS) {
      this.#buckets.fill(0);
      this.#sum = 0;
      this.#newest = bucket;
      return;
    }
    while (this.#newest < bucket) {
      this.#newest++;
      const index = this.#newest % BUCKETS;
      this.#sum -= this.#buckets[index]!;
      this.#buckets[index] = 0;
    }
  }
}
