import { ntpToEpochMs } from './ntp.js';

/** A difference by more is a leap, not drift, ms. */
const LEAP_MS = 1000;
/** Reports that are late by a leap were held back, unless all of them are for so long, ms. */
const CONFIRM_MS = 5000;
/** Part of a difference that one report corrects. */
const SLEW = 1 / 16;

/**
 * Relates the NTP clock of one source (one CNAME) to our clock. All streams of the source share it, so that sender reports made
 * for viewers keep audio and video exactly as far apart as the source's own reports do, however late each of them came.
 */
export class SourceClock {
  /** our time minus the source's, ms */
  #offsetMs = 0;
  #known = false;
  /** Since when all reports are late by a leap, ms. */
  #lateSinceMs: number | undefined;

  get known(): boolean {
    return this.#known;
  }

  /** Takes the NTP time of any sender report of this source. */
  onSenderReport(ntpSeconds: number, ntpFraction: number, nowMs: number): void {
    const offset = nowMs - ntpToEpochMs(ntpSeconds, ntpFraction);
    const difference = offset - this.#offsetMs;
    if (this.#known && difference > LEAP_MS) {
      this.#lateSinceMs ??= nowMs;
      if (nowMs - this.#lateSinceMs < CONFIRM_MS) return;
    }
    this.#lateSinceMs = undefined;
    if (!this.#known || Math.abs(difference) > LEAP_MS) {
      this.#offsetMs = offset;
      this.#known = true;
    } else {
      this.#offsetMs += difference * SLEW;
    }
  }

  /**
   * The RTP timestamp that a stream of this source has at `nowMs`, from its last sender report (RFC 3550 section 6.4.1).
   * Mapped like the packets, it goes into the viewer's own sender report.
   * @returns int32; meaningless before the first report
   */
  timestampAt(
    nowMs: number,
    clockRate: number,
    reportNtpSeconds: number,
    reportNtpFraction: number,
    reportTimestamp: number,
  ): number {
    const reportMs = ntpToEpochMs(reportNtpSeconds, reportNtpFraction) + this.#offsetMs;
    return (reportTimestamp + Math.round(((nowMs - reportMs) * clockRate) / 1000)) | 0;
  }
}
