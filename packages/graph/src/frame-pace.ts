/** What is counted at least before a rate is told, ms. */
const INTERVAL_MS = 1000;
/** Frames a second: below it an encoder's bits for a frame are enough, above it is no camera. */
const SLOWEST = 5;
const FASTEST = 120;
/** A rate within this share of the one that was told is the same. */
const TOLERANCE = 0.1;
/** So many times as many frames as expected in an interval are a new rate before it is over: meanwhile there are too many bits. */
const RISE = 1.5;

/**
 * How many frames a second come, for encoders that are told a rate and reckon with it, whatever comes: x264 told none holds each
 * frame until the next one (`b_vfr_input`), so it is told one, and its bitrate is set by the rate that is true.
 */
export class FramePace {
  #frames = 0;
  #since: number | undefined;
  #rate: number;

  /** @param nominal frames a second that the encoder was told */
  constructor(private readonly nominal: number) {
    this.#rate = nominal;
  }

  /** What a bitrate is to be multiplied with, so that the encoder comes to it. */
  get factor(): number {
    return this.nominal / this.#rate;
  }

  /**
   * @param frames that have come so far
   * @param now ms
   * @returns whether the factor has changed
   */
  update(frames: number, now: number): boolean {
    const since = this.#since;
    const count = frames - this.#frames;
    const many = count > (this.#rate * RISE * INTERVAL_MS) / 1000;
    if (since !== undefined && now - since < INTERVAL_MS && !many) return false;
    this.#since = now;
    this.#frames = frames;
    // A silence says nothing of what comes after it.
    if (since === undefined || count <= 0) return false;
    const rate = Math.min(Math.max((count * 1000) / (now - since), SLOWEST), FASTEST);
    if (Math.abs(rate - this.#rate) <= this.#rate * TOLERANCE) return false;
    this.#rate = rate;
    return true;
  }
}
