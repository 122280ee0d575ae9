import { createRtcpCounters, ntpFraction, ntpSeconds, parseRtcp, type RtcpHandler } from '@rivero/rtp';
import type { RtpSession } from './rtp-session.js';
import type { SendTrack } from './send-track.js';

/** Hands what a peer's RTCP says to the streams it is about. */
export class RtcpInput implements RtcpHandler {
  readonly counters = createRtcpCounters();
  readonly #session: RtpSession;
  #now = 0;

  constructor(session: RtpSession) {
    this.#session = session;
  }

  parse(buffer: Uint8Array, offset: number, length: number, nowMs: number): void {
    this.#now = nowMs;
    parseRtcp(buffer, offset, length, this, this.counters);
  }

  senderReport(
    ssrc: number,
    ntpSeconds: number,
    ntpFraction: number,
    rtpTimestamp: number,
    packets: number,
    octets: number,
  ): void {
    const stream = this.#session.streams.get(ssrc);
    if (stream === undefined) return;
    this.#session.clock.onSenderReport(ntpSeconds, ntpFraction, this.#now);
    stream.statistics.onSenderReport(ntpSeconds, ntpFraction, rtpTimestamp, packets, octets, this.#now);
  }

  /** A sender report that did not come by RTCP. */
  takeReport(ssrc: number, epochMs: number, rtpTimestamp: number, nowMs: number): void {
    this.#now = nowMs;
    this.senderReport(ssrc, ntpSeconds(epochMs), ntpFraction(epochMs), rtpTimestamp, 0, 0);
  }

  reportBlock(
    _reporter: number,
    ssrc: number,
    fractionLost: number,
    cumulativeLost: number,
    extendedHighest: number,
    jitter: number,
    lastSenderReport: number,
    delaySinceLastSenderReport: number,
  ): void {
    const track = this.#sent(ssrc);
    if (track === undefined) return;
    track.statistics.onReportBlock(
      fractionLost,
      cumulativeLost,
      extendedHighest,
      jitter,
      lastSenderReport,
      delaySinceLastSenderReport,
      this.#now,
      performance.timeOrigin + this.#now,
    );
    if (track.statistics.rttMs < 0) return;
    this.#session.rttMs = track.statistics.rttMs;
    this.#session.congestion?.estimator.onRtt(track.statistics.rttMs);
  }

  nackPacket(_sender: number, media: number): void {
    const track = this.#sent(media);
    if (track !== undefined) track.statistics.nacks++;
  }

  nack(_sender: number, media: number, sequence: number): void {
    const track = this.#sent(media);
    if (track === undefined) return;
    if (track.resend(sequence, this.#now, this.#session.rttMs)) track.statistics.resentPackets++;
  }

  pli(_sender: number, media: number): void {
    const track = this.#sent(media);
    if (track === undefined) return;
    track.statistics.plis++;
    track.origin?.requestKeyFrameFor(track);
  }

  fir(_sender: number, media: number): void {
    const track = this.#sent(media);
    if (track === undefined) return;
    track.statistics.firs++;
    track.origin?.requestKeyFrameFor(track);
  }

  transportFeedback(
    _sender: number,
    _media: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.#session.congestion?.onFeedback(buffer, offset, length, this.#now);
  }

  remb(_sender: number, bitrate: number, buffer: Uint8Array, ssrcsOffset: number, count: number): void {
    // With transport-wide feedback browsers make it from the packets that are left out of that, and it says next to nothing.
    const view = new DataView(buffer.buffer, buffer.byteOffset);
    for (let i = 0; i < count; i++) {
      const track = this.#sent(view.getInt32(ssrcsOffset + i * 4));
      if (
        track === undefined ||
        (track.isTransportWide && this.#session.congestion?.estimator.active === true)
      )
        continue;
      track.remb = bitrate;
      track.allowed = bitrate;
      track.origin?.onViewerRemb(track, bitrate, this.#now);
    }
  }

  bye(ssrc: number): void {
    this.#session.endStream(ssrc);
  }

  #sent(ssrc: number): SendTrack | undefined {
    // Two or three tracks: a search is cheaper than a map.
    for (const track of this.#session.sendTracks) if (track.ssrc === ssrc) return track;
    return undefined;
  }
}
