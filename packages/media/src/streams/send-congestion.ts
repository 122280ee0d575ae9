import { type PacketEngine, SentRing } from '@rivero/packet-engine';
import { ReportSilence, SendSideEstimator, SentPackets, TransportFeedbackReader } from '@rivero/rtp';
import type { Forwarder } from './forwarder.js';
import type { PacedPath } from './paced-path.js';
import type { SendTrack } from './send-track.js';
import { shareBitrate } from './share-bitrate.js';

/** The estimate is handed on at most so often, ms, and at once when it falls. */
const SHARE_INTERVAL_MS = 200;
const FALL = 0.95;
/** What is sent beside the media: headers of IP, UDP and RTP, extensions, and the tag, as part of packets of usual size. */
const PAYLOAD_PART = 0.94;

/**
 * A source may send so many times the estimate, while nothing shows that the path carries no more but did so before: it grows
 * step by step, and not to all it has at once.
 */
const GROWTH = 1.5;

/** Packets go out so many times faster than the estimate, as in libwebrtc: enough for what frames differ in size. */
const PACING_FACTOR = 2.5;
/**
 * And as fast as the estimate while packets stand in a queue of the path for so long, ms: sooner at the receiver they would not
 * be, but there would be no room for what comes next.
 */
const STANDING_MS = 50;
const DRAINING_FACTOR = 1;
/** Of a path that has shown its limit, packets are paced so much longer, ms. */
const PACED_MS = 10_000;
/**
 * A receiver that was not heard for longer has requested packets in vain, ms: libwebrtc gives up a packet after ten requests, a round
 * trip apart, and asks for a key frame only after three seconds without a picture.
 */
const SILENCE_MS = 800;
/** Above it a key frame takes no longer than a burst may, bit/s. */
const PACED_BELOW = 10_000_000;

export interface CongestionOwner {
  /** Session of the packet engine. */
  readonly session: number;
  readonly sendTracks: readonly SendTrack[];
  /** The estimate has changed by some percent, bit/s. */
  bitrateEstimated(bitrate: number): void;
}

/** One for all sessions of a worker: what it has read is used before it reads again. */
const reader = new TransportFeedbackReader();
/** Likewise, of the videos in their order: what each can make use of, and gets; bit/s. */
const wanted: number[] = [];
const shares: number[] = [];

/**
 * Congestion control towards one receiver that gives transport-wide feedback: what the path carries, shared among the tracks
 * that are sent, and probes of whether it would carry more.
 */
export class SendCongestion {
  readonly estimator: SendSideEstimator;
  readonly #sent: SentPackets;
  readonly #silence = new ReportSilence();
  readonly #engine: PacketEngine;
  readonly #forwarder: Forwarder;
  readonly #ring: number;
  readonly #owner: CongestionOwner;
  #sharedMs = Number.NEGATIVE_INFINITY;
  #shared = 0;
  #wasLimited = false;
  /** When the path was at its limit last, ms. */
  #limitedMs = Number.NEGATIVE_INFINITY;
  #path: PacedPath | undefined;

  constructor(engine: PacketEngine, forwarder: Forwarder, owner: CongestionOwner) {
    this.#engine = engine;
    this.#forwarder = forwarder;
    this.#owner = owner;
    this.#ring = owner.session * SentRing.Stride;
    this.#sent = new SentPackets(engine.sent, this.#ring, SentRing.Packets);
    // An earlier session may have had this number.
    this.#sent.clear();
    this.estimator = new SendSideEstimator(this.#sent);
  }

  get #tracks(): readonly SendTrack[] {
    return this.#owner.sendTracks;
  }

  /** bit/s that media may have; 0 before the first feedback. */
  get bitrate(): number {
    if (!this.estimator.active) return 0;
    return this.estimator.bitrate * PAYLOAD_PART;
  }

  /** When `onTime` wants to be called, ms. */
  get nextMs(): number {
    return this.estimator.nextProbeMs;
  }

  /** Control information of transport-wide feedback. */
  onFeedback(buffer: Uint8Array, offset: number, length: number, nowMs: number): void {
    if (!reader.parse(buffer, offset, length)) return;
    const silenceMs = this.#silence.onFeedback(reader, this.#sent, nowMs);
    this.estimator.onFeedback(reader, nowMs);
    if (silenceMs > SILENCE_MS) this.#requestKeyFrames();
    this.#pace(nowMs);
    const collapsed = this.estimator.takeCollapse();
    const { bitrate } = this;
    const due = nowMs - this.#sharedMs >= SHARE_INTERVAL_MS || bitrate < this.#shared * FALL;
    if (due && bitrate > 0) this.#share(bitrate, nowMs);
    // The sources know of the capacity now: their key frames are made for it.
    if (collapsed) this.#startOver();
    this.onTime(nowMs);
  }

  /** Sends what is due of a probe: recent packets once more. */
  onTime(nowMs: number): void {
    const { estimator } = this;
    const bytes = estimator.probeDue(this.#nextSequence, nowMs);
    if (bytes === 0) return;
    // What waits anyway is the best there is to probe with.
    const sent = this.#forwarder.unpaced(this.#path, bytes, nowMs, this);
    if (sent > 0) this.#forwarder.send();
    estimator.probeSent(this.#nextSequence, sent, nowMs);
  }

  #requestKeyFrames(): void {
    for (const track of this.#tracks) if (track.kind === 'video') track.requestKeyFrame();
  }

  #startOver(): void {
    for (const track of this.#tracks) if (track.kind === 'video' && track.isTransportWide) track.startOver();
  }

  /** Sends recent packets once more. @returns bytes */
  pad(bytes: number): number {
    let sent = 0;
    for (const track of this.#tracks) {
      if (sent < bytes) sent += track.pad(bytes - sent);
    }
    return sent;
  }

  /** Videos go out no faster than a path with a limit can take them. */
  #pace(nowMs: number): void {
    const { estimator } = this;
    if (estimator.limitedByPath) this.#limitedMs = nowMs;
    const paced = nowMs - this.#limitedMs < PACED_MS && estimator.bitrate < PACED_BELOW;
    if (paced) {
      this.#path ??= this.#forwarder.openPath();
      const factor = estimator.queueMs < STANDING_MS ? PACING_FACTOR : DRAINING_FACTOR;
      this.#path?.setRate(estimator.bitrate * factor, nowMs);
    } else if (this.#path === undefined || this.#path.holds) return;
    for (const track of this.#tracks) {
      if (track.kind === 'video') track.setPath(paced && track.isTransportWide ? this.#path : undefined);
    }
  }

  get #nextSequence(): number {
    return this.#engine.sent[this.#ring + SentRing.Next]!;
  }

  /** Audio gets what it needs; the videos share the rest: who can make use of little gets it, the others equal parts. */
  #share(bitrate: number, nowMs: number): void {
    const changed = Math.abs(bitrate - this.#shared) > this.#shared * (1 - FALL);
    this.#shared = bitrate;
    this.#sharedMs = nowMs;
    let rest = bitrate;
    let useful = 0;
    wanted.length = 0;
    for (const track of this.#tracks) {
      const present = track.origin?.bitrateFor(track, nowMs) ?? 0;
      if (track.kind === 'audio') {
        rest -= present;
        useful += present;
        continue;
      }
      if (track.origin === undefined || !track.isTransportWide) continue;
      const most = track.origin.usefulBitrateFor(track, nowMs);
      wanted.push(most);
      useful += most;
    }
    const audio = bitrate - rest;
    this.estimator.setUseful(wanted.length === 0 ? 0 : useful / PAYLOAD_PART);
    shareBitrate(rest, wanted, shares);
    const { limitedByPath } = this.estimator;
    this.#wasLimited ||= limitedByPath;
    const freedom = limitedByPath ? 1 : this.#wasLimited ? GROWTH : Number.POSITIVE_INFINITY;
    let next = 0;
    for (const track of this.#tracks) {
      const { origin } = track;
      if (track.kind === 'audio' || origin === undefined || !track.isTransportWide) continue;
      const share = shares[next++]!;
      // A source's bound is one on all it sends, with headers.
      track.remb = share;
      const allowed = ((share + Math.max(0, audio)) / PAYLOAD_PART) * freedom;
      track.allowed = allowed;
      origin.onViewerEstimate(track, share, allowed, track.rtxSsrc !== undefined, nowMs);
    }
    if (changed) this.#owner.bitrateEstimated(bitrate);
  }
}
