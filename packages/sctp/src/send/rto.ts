import type { SctpTiming } from '../settings.js';

const ALPHA = 1 / 8;
const BETA = 1 / 4;

/** Retransmission timeout from measured round trips (RFC 9260 section 6.3.1). */
export class RoundTrip {
  readonly #timing: SctpTiming;
  #smoothed: number | undefined;
  #variation = 0;
  /** Without back-off. */
  #measured: number;
  #backOff = 1;

  constructor(timing: SctpTiming) {
    this.#timing = timing;
    this.#measured = timing.initialRto;
  }

  /** Milliseconds. */
  get rto(): number {
    return this.#bounded(this.#measured * this.#backOff);
  }

  /** Smoothed round-trip time in milliseconds; undefined before the first measurement. */
  get smoothed(): number | undefined {
    return this.#smoothed;
  }

  measured(milliseconds: number): void {
    const sample = Math.max(0, milliseconds);
    if (this.#smoothed === undefined) {
      this.#smoothed = sample;
      this.#variation = sample / 2;
    } else {
      this.#variation += BETA * (Math.abs(this.#smoothed - sample) - this.#variation);
      this.#smoothed += ALPHA * (sample - this.#smoothed);
    }
    this.#measured = this.#bounded(this.#smoothed + 4 * this.#variation);
    this.#backOff = 1;
  }

  /** A timer expired (rule E2). */
  backOff(): void {
    if (this.rto < this.#timing.maxRto) this.#backOff *= 2;
  }

  /**
   * The peer acknowledged something new: the back-off is over. Where nearly everything is sent twice nothing can be
   * measured, and waiting for a measurement (rule C5) would keep the longest timeout for good.
   */
  progressed(): void {
    this.#backOff = 1;
  }

  #bounded(rto: number): number {
    return Math.min(this.#timing.maxRto, Math.max(this.#timing.minRto, rto));
  }
}
