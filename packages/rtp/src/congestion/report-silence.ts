import type { TransportFeedbackReader } from '../transport-feedback-reader.js';
import type { SentPackets } from './sent-packets.js';

/** Less lies between any two packets that were sent, ms: their clock in the ring wraps after twice that. */
const MAX_MS = 8000;
/** After so long without feedback so many packets are no matter of a source that hardly sends. */
const MANY_PACKETS = 50;

/**
 * How long a receiver was not heard while packets went out to it, by its transport-wide feedback: in that time its requests were
 * lost, too. A source that pauses is no silence. Without clock; nothing is allocated.
 */
export class ReportSilence {
  /** Sequence number after the newest that was reported, -1 before there was one. */
  #next = -1;
  #lastMs = 0;

  /**
   * Takes feedback that `reader` has parsed, before the packets are forgotten.
   * @returns for how long packets were sent without a report of them until now, ms; Infinity when that is too long to be told
   */
  onFeedback(reader: TransportFeedbackReader, sent: SentPackets, nowMs: number): number {
    if (reader.count === 0) return 0;
    const newest = (reader.baseSequence + reader.count - 1) & 0xffff;
    const first = this.#next;
    const count = (newest - first) & 0xffff;
    // Feedback that was overtaken, or repeats an earlier one.
    if ((first >= 0 && count >= 0x8000) || sent.bytes(newest) === 0) return 0;
    const elapsedMs = nowMs - this.#lastMs;
    this.#next = (newest + 1) & 0xffff;
    this.#lastMs = nowMs;
    if (first < 0) return 0;
    if (sent.bytes(first) === 0 || (elapsedMs >= MAX_MS && count >= MANY_PACKETS)) {
      return elapsedMs >= MAX_MS ? Number.POSITIVE_INFINITY : elapsedMs;
    }
    return sent.microsSince(sent.timeUs(first), newest) / 1000;
  }
}
