import { ntpMiddle, roundTripMs } from './ntp.js';

/** What receivers tell of one outgoing stream: report blocks and feedback, for resends, control and getStats. */
export class SendStatistics {
  /** smoothed round-trip time, ms; -1 until a report block refers to one of our sender reports */
  rttMs = -1;
  /** of the last report block: loss in 1/256, cumulative loss, jitter in timestamp units, and when it came (ms, -1 = never) */
  fractionLost = 0;
  cumulativeLost = 0;
  jitter = 0;
  extendedHighest = 0;
  reportMs = -1;
  /** feedback packets received */
  nacks = 0;
  plis = 0;
  firs = 0;
  /** packets resent for NACKs */
  resentPackets = 0;

  /**
   * Takes a report block on this stream.
   * @param epochMs the clock that our sender reports are written with
   */
  onReportBlock(
    fractionLost: number,
    cumulativeLost: number,
    extendedHighest: number,
    jitter: number,
    lastSenderReport: number,
    delaySinceLastSenderReport: number,
    nowMs: number,
    epochMs: number,
  ): void {
    this.fractionLost = fractionLost;
    this.cumulativeLost = cumulativeLost;
    this.extendedHighest = extendedHighest;
    this.jitter = jitter;
    this.reportMs = nowMs;
    const rtt = roundTripMs(ntpMiddle(epochMs), lastSenderReport, delaySinceLastSenderReport);
    // more than a minute is a forged or a broken report
    if (rtt < 0 || rtt > 60000) return;
    this.rttMs = this.rttMs < 0 ? rtt : this.rttMs * 0.875 + rtt * 0.125;
  }
}
