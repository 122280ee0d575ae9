import { middleOf, msToMiddle } from './ntp.js';
import { RateWindow } from './rate-window.js';
import { createReportBlock, type ReportBlock } from './rtcp-types.js';
import { Arrival, SequenceWindow } from './sequence-window.js';

/** RFC 3550 appendix A.1: a larger gap is a restarted source, unless only one packet says so. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** Duplicates are recognised within as many packets. */
const DUPLICATE_WINDOW = 512;

/**
 * What a receiver knows of one incoming stream (RFC 3550 section 6.4 and appendices A.1, A.3, A.8). Cycles come with the
 * extended sequence number. Packets recovered by RTX are not given here: they were lost on this stream.
 */
export class ReceiveStatistics {
  /** packets and payload octets received, duplicates and late ones included */
  packets = 0;
  octets = 0;
  duplicates = 0;
  /** late packets: newer ones were there before them */
  reordered = 0;
  /** the source began anew with other sequence numbers */
  restarts = 0;
  /** arrival of the newest packet, -1 before the first (ms) */
  lastPacketMs = -1;
  /** The block of the last update(); the same object each time. */
  readonly report: ReportBlock;

  /** NTP halves and RTP timestamp of the last SR, and when it came (ms, -1 = none yet). */
  senderNtpSeconds = 0;
  senderNtpFraction = 0;
  senderRtpTimestamp = 0;
  senderReportMs = -1;
  senderPackets = 0;
  senderOctets = 0;

  readonly #clockRate: number;
  readonly #seen = new SequenceWindow(DUPLICATE_WINDOW);
  readonly #rate = new RateWindow(1000);
  #base = 0;
  #receivedSinceBase = 0;
  #suspect = 0;
  #suspected = false;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #lostBeforeRestart = 0;
  #jitter16 = 0;
  #lastArrivalUs = 0;
  #lastTimestamp = 0;

  /** @param ssrc int32 @param clockRate of the RTP timestamp, Hz */
  constructor(ssrc: number, clockRate: number) {
    this.report = createReportBlock(ssrc);
    this.#clockRate = clockRate;
  }

  /**
   * Counts a packet.
   * @param extended extended sequence number
   * @param timestamp RTP timestamp, int32
   * @param arrivalUs kernel arrival time, wrapping µs
   * @param octets payload octets
   * @returns false when the packet was not counted: the first one far away from all others (it may be a stray)
   */
  onPacket(extended: number, timestamp: number, arrivalUs: number, octets: number, nowMs: number): boolean {
    if (this.#seen.empty) {
      this.#base = extended;
    } else {
      const distance = (extended - this.#seen.highest) | 0;
      if (distance >= MAX_DROPOUT || distance <= -MAX_MISORDER) {
        if (!this.#suspected || extended !== this.#suspect) {
          this.#suspected = true;
          this.#suspect = (extended + 1) | 0;
          return false;
        }
        this.#restart(extended);
      }
    }
    this.#suspected = false;
    const first = this.lastPacketMs < 0;
    const arrival = this.#seen.add(extended);
    if (arrival === Arrival.Late) this.reordered++;
    else if (arrival !== Arrival.Newest) this.duplicates++;
    if (((extended - this.#base) | 0) < 0) this.#base = extended;
    this.packets++;
    this.#receivedSinceBase++;
    this.octets += octets;
    this.lastPacketMs = nowMs;
    this.#rate.add(nowMs, octets);
    if (!first) this.#updateJitter(timestamp, arrivalUs);
    this.#lastArrivalUs = arrivalUs;
    this.#lastTimestamp = timestamp;
    return true;
  }

  onSenderReport(
    ntpSeconds: number,
    ntpFraction: number,
    rtpTimestamp: number,
    packets: number,
    octets: number,
    nowMs: number,
  ): void {
    this.senderNtpSeconds = ntpSeconds;
    this.senderNtpFraction = ntpFraction;
    this.senderRtpTimestamp = rtpTimestamp;
    this.senderPackets = packets;
    this.senderOctets = octets;
    this.senderReportMs = nowMs;
  }

  /** Packets that should have come, by sequence number. */
  get expected(): number {
    return this.#seen.empty ? 0 : ((this.#seen.highest - this.#base) | 0) + 1;
  }

  /** Lost since the beginning; negative when duplicates outnumber losses (RFC 3550 appendix A.3). */
  get lost(): number {
    return this.#lostBeforeRestart + this.expected - this.#receivedSinceBase;
  }

  /** Interarrival jitter in timestamp units. */
  get jitter(): number {
    return this.#jitter16 >> 4;
  }

  get jitterMs(): number {
    return (this.jitter * 1000) / this.#clockRate;
  }

  /** Payload bits per second over the last second. */
  bitrate(nowMs: number): number {
    return this.#rate.bitsPerSecond(nowMs);
  }

  /**
   * Ends a reporting interval and fills `report` (RFC 3550 appendix A.3).
   * @returns packets received in the interval
   */
  update(nowMs: number): number {
    const expected = this.expected;
    const expectedInterval = expected - this.#expectedPrior;
    const receivedInterval = this.#receivedSinceBase - this.#receivedPrior;
    this.#expectedPrior = expected;
    this.#receivedPrior = this.#receivedSinceBase;
    const lostInterval = expectedInterval - receivedInterval;
    const report = this.report;
    report.fractionLost =
      expectedInterval <= 0 || lostInterval <= 0
        ? 0
        : Math.min(255, Math.floor((lostInterval * 256) / expectedInterval));
    report.cumulativeLost = Math.max(-0x800000, Math.min(0x7fffff, this.lost));
    report.extendedHighest = this.#seen.empty ? 0 : this.#seen.highest;
    report.jitter = this.jitter;
    if (this.senderReportMs < 0) {
      report.lastSenderReport = 0;
      report.delaySinceLastSenderReport = 0;
    } else {
      report.lastSenderReport = middleOf(this.senderNtpSeconds, this.senderNtpFraction);
      report.delaySinceLastSenderReport = msToMiddle(nowMs - this.senderReportMs);
    }
    return receivedInterval;
  }

  #restart(extended: number): void {
    // the packet that raised the suspicion was the first of the new numbering and is not counted
    this.restarts++;
    this.#lostBeforeRestart += this.expected - this.#receivedSinceBase;
    this.#seen.reset();
    this.#base = extended;
    this.#receivedSinceBase = 0;
    this.#expectedPrior = 0;
    this.#receivedPrior = 0;
    this.#jitter16 = 0;
    this.lastPacketMs = -1;
  }

  /** RFC 3550 appendix A.8, in integers: the estimate is kept times 16. */
  #updateJitter(timestamp: number, arrivalUs: number): void {
    const arrivalUnits = Math.round((((arrivalUs - this.#lastArrivalUs) | 0) * this.#clockRate) / 1e6);
    const difference = Math.abs(arrivalUnits - ((timestamp - this.#lastTimestamp) | 0));
    // a leap of the timestamp by more than ten seconds is a new timeline, no jitter
    if (difference > this.#clockRate * 10) return;
    this.#jitter16 += difference - ((this.#jitter16 + 8) >> 4);
  }
}
