/** After so long the line may move away again: clocks drift, routes change. ms */
const WINDOW_MS = 8000;
/** A packet that comes by more later, or earlier, than the line says begins a new one, ms. */
const LEAP_MS = 2000;

/**
 * Relates RTP timestamps to our time where no sender report does: by the packets that came fastest. A burst that a busy sender or
 * network held back does not move the line, so that what is made of it does not jump.
 */
export class ArrivalClock {
  readonly #unitsPerMs: number;
  /** A packet on the line: its timestamp, and when it came. */
  #timestamp = 0;
  #ms = 0;
  #known = false;
  #windowEnd = 0;
  /** The least lateness within the window, and the packet that had it. */
  #least = Number.POSITIVE_INFINITY;
  #leastTimestamp = 0;
  #leastMs = 0;

  /** @param clockRate of the RTP timestamp, Hz */
  constructor(clockRate: number) {
    this.#unitsPerMs = clockRate / 1000;
  }

  /** A packet has come. @param timestamp int32 */
  onPacket(timestamp: number, nowMs: number): void {
    const late = nowMs - this.#ms - ((timestamp - this.#timestamp) | 0) / this.#unitsPerMs;
    if (!this.#known || late <= 0 || late > LEAP_MS) {
      this.#known = true;
      this.#anchor(timestamp, nowMs);
      return;
    }
    if (late < this.#least) {
      this.#least = late;
      this.#leastTimestamp = timestamp;
      this.#leastMs = nowMs;
    }
    if (nowMs >= this.#windowEnd) this.#anchor(this.#leastTimestamp, this.#leastMs);
  }

  #anchor(timestamp: number, ms: number): void {
    this.#timestamp = timestamp;
    this.#ms = ms;
    this.#windowEnd = ms + WINDOW_MS;
    this.#least = Number.POSITIVE_INFINITY;
  }

  /** The RTP timestamp that the source has at a moment, int32; meaningless before the first packet. */
  timestampAt(nowMs: number): number {
    return (this.#timestamp + Math.round((nowMs - this.#ms) * this.#unitsPerMs)) | 0;
  }
}
