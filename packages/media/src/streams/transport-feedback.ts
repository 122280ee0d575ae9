import { TransportFeedbackRecorder } from '@rivero/rtp';

/** Bytes of an average feedback packet with SRTCP, UDP and IPv4: 5 % of the received bitrate goes to such (libwebrtc's figures). */
const FEEDBACK_BYTES = 68;
const FEEDBACK_PART = 0.05;
const MIN_INTERVAL_MS = 50;
const MAX_INTERVAL_MS = 250;

/** When the peer's sender gets to know what arrived of its packets, and when. Without clock or I/O. */
export class TransportFeedback {
  readonly recorder = new TransportFeedbackRecorder();
  /** SSRC of the packet that came last: senders ignore feedback about streams that they do not know. */
  mediaSsrc = 0;
  /** When the next feedback is due, ms; Infinity while there is nothing to tell. */
  nextMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;
  #bytes = 0;
  #intervalMs = 2 * MIN_INTERVAL_MS;

  /**
   * @param sequence transport-wide sequence number, 16 bit
   * @param arrivalUs kernel arrival time, wrapping µs
   * @param length bytes of the packet
   */
  onPacket(sequence: number, arrivalUs: number, length: number, ssrc: number, nowMs: number): void {
    this.recorder.onPacket(sequence, arrivalUs);
    this.mediaSsrc = ssrc;
    this.#bytes += length;
    if (this.nextMs === Number.POSITIVE_INFINITY)
      this.nextMs = Math.max(nowMs, this.#lastMs + this.#intervalMs);
  }

  /** Feedback has been sent. */
  sent(nowMs: number): void {
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs > 0 && elapsedMs <= 1000 && this.#bytes > 0) {
      const bytesPerMs = this.#bytes / elapsedMs;
      const interval = FEEDBACK_BYTES / (FEEDBACK_PART * bytesPerMs);
      this.#intervalMs = Math.max(MIN_INTERVAL_MS, Math.min(MAX_INTERVAL_MS, interval));
    }
    this.#bytes = 0;
    this.#lastMs = nowMs;
    this.nextMs = Number.POSITIVE_INFINITY;
  }
}
