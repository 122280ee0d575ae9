const FIRST_WINDOW_MS = 500;
const WINDOW_MS = 150;
const UNCERTAINTY = 10;

/**
 * The bitrate that arrives: samples of 150 ms in a Bayesian filter that trusts a sample the less, the further off it is
 * (libwebrtc's BitrateEstimator).
 */
export class AcknowledgedBitrate {
  /** bit/s; 0 until half a second was measured */
  bitrate = 0;
  #variance = 50;
  #sum = 0;
  #windowMs = 0;
  #lastMs = -1;

  /** @param arrivalMs on the receiver's clock */
  onPacket(arrivalMs: number, bytes: number): void {
    const window = this.bitrate === 0 ? FIRST_WINDOW_MS : WINDOW_MS;
    if (this.#lastMs >= 0) {
      // a packet that was overtaken belongs to the sum all the same
      const elapsed = Math.max(0, arrivalMs - this.#lastMs);
      this.#windowMs += elapsed;
      if (elapsed > window) {
        this.#sum = 0;
        this.#windowMs %= window;
      }
    }
    this.#lastMs = Math.max(this.#lastMs, arrivalMs);
    if (this.#windowMs >= window) {
      const sample = (8000 * this.#sum) / window;
      this.#windowMs -= window;
      this.#sum = 0;
      this.#filter(sample);
    }
    this.#sum += bytes;
  }

  /** A probe or a decrease is under way: the next samples count more. */
  expectChange(): void {
    this.#variance += 200;
  }

  /** It is known otherwise. @param bitrate bit/s */
  set(bitrate: number): void {
    this.bitrate = bitrate;
    this.#sum = 0;
    this.#windowMs = 0;
  }

  #filter(sample: number): void {
    if (this.bitrate === 0) {
      this.bitrate = sample;
      return;
    }
    // variances are those of kbit/s
    const deviation = (UNCERTAINTY * Math.abs(this.bitrate - sample)) / this.bitrate;
    const sampleVariance = deviation * deviation;
    const predicted = this.#variance + 5;
    this.bitrate = (sampleVariance * this.bitrate + predicted * sample) / (sampleVariance + predicted);
    this.#variance = (sampleVariance * predicted) / (sampleVariance + predicted);
  }
}
