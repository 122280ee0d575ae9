import { ArrivalClock, NackGenerator, ReceiveStatistics, type SourceClock } from '@rivero/rtp';
import type { FecReceiver } from './fec-receiver.js';
import type { Layer } from './layer.js';
import { PacketHistory } from './packet-history.js';
import type { PacketSource } from './packet-source.js';
import type { ReceiveTrack } from './receive-track.js';

/** Packets of one stream that can be found again: about two seconds of a busy one. */
const VIDEO_HISTORY = 1024;
const AUDIO_HISTORY = 128;

export interface ReceiveStreamOptions {
  /** int32 bit pattern */
  ssrc: number;
  /** Hz of the RTP timestamp */
  clockRate: number;
  track: ReceiveTrack;
  /** Whether losses are requested (generic NACK negotiated). */
  nack: boolean;
  clock: SourceClock;
}

/** State of one received RTP stream (one SSRC): statistics, losses, and where its recent packets lie. */
export class ReceiveStream implements PacketSource {
  readonly ssrc: number;
  readonly clockRate: number;
  readonly track: ReceiveTrack;
  readonly statistics: ReceiveStatistics;
  readonly nack: NackGenerator | undefined;
  readonly history: PacketHistory;
  readonly clock: SourceClock;
  /** Stream of the retransmissions of this one (RFC 4588), once it is known. */
  rtxSsrc: number | undefined;
  /** Packets and payload octets of the stream of retransmissions; padding that probes the path is among them. */
  rtxPackets = 0;
  rtxOctets = 0;
  /** Packets that came as retransmissions, and were missing. */
  recovered = 0;
  /** FEC that comes among the media, once some came. */
  fec: FecReceiver | undefined;
  /** Packets that were lost, and made again from redundancy. */
  repaired = 0;
  nacksSent = 0;
  plisSent = 0;
  firsSent = 0;
  /** Highest extended sequence number, its timestamp, and when it came (ms); valid once `started`. */
  highest = 0;
  highestTimestamp = 0;
  highestMs = 0;
  started = false;
  /** The same before the present packet. */
  highestBefore = 0;
  /** Picture id and TL0PICIDX (VP8, VP9) of the newest packet, -1 when it has none. */
  pictureId = -1;
  tl0PicIdx = -1;
  pictureIdBefore = -1;
  /** Frame number of the newest packet's dependency descriptor, -1 when it has none. */
  frameNumber = -1;
  readonly closesPictureIds = false;
  original = 0;
  readonly marked = false;
  readonly leftOut = false;
  readonly picturesLeftOut = 0;
  readonly #arrivals: ArrivalClock;
  /** Which encoding of the track this is, once its first packet came. */
  layer: Layer | undefined;
  /** When it said goodbye (RTCP BYE), ms; -1 while it has not. */
  endedMs = -1;
  /** RTP stream id (RFC 8852) by which a simulcast encoding is known. */
  rid: string | undefined;

  constructor(options: ReceiveStreamOptions) {
    this.ssrc = options.ssrc;
    this.clockRate = options.clockRate;
    this.clock = options.clock;
    this.track = options.track;
    this.statistics = new ReceiveStatistics(options.ssrc, options.clockRate);
    this.#arrivals = new ArrivalClock(options.clockRate);
    this.nack = options.nack ? new NackGenerator() : undefined;
    this.history = new PacketHistory(options.track.kind === 'video' ? VIDEO_HISTORY : AUDIO_HISTORY);
  }

  /** Notes a packet's place. @returns whether it is the newest of the stream */
  advance(sequence: number, timestamp: number, nowMs: number): boolean {
    if (this.started && ((sequence - this.highest) | 0) <= 0) return false;
    this.started = true;
    this.highestBefore = this.highest;
    this.highest = sequence;
    this.highestTimestamp = timestamp;
    this.highestMs = nowMs;
    this.#arrivals.onPacket(timestamp, nowMs);
    return true;
  }

  notePicture(pictureId: number, tl0PicIdx: number): void {
    this.pictureIdBefore = this.pictureId;
    this.pictureId = pictureId;
    this.tl0PicIdx = tl0PicIdx;
  }

  get stream(): ReceiveStream {
    return this;
  }

  find(sequence: number): boolean {
    this.original = sequence;
    return true;
  }

  /** Whether `timestampAt` comes from the source's own sender reports. */
  get hasClock(): boolean {
    return this.statistics.senderReportMs >= 0;
  }

  /**
   * RTP timestamp of this stream at a moment, for sender reports that keep audio and video of one source in step: from
   * the source's own sender reports when there are any, else from the arrival of its packets.
   */
  timestampAt(nowMs: number): number {
    const s = this.statistics;
    if (s.senderReportMs >= 0) {
      return this.clock.timestampAt(
        nowMs,
        this.clockRate,
        s.senderNtpSeconds,
        s.senderNtpFraction,
        s.senderRtpTimestamp,
      );
    }
    return this.#arrivals.timestampAt(nowMs);
  }
}
