import { Descriptor, type PacketEngine, SLOT_SIZE } from '@rivero/packet-engine';
import { ExtensionUri, readTransportSequence, SourceClock } from '@rivero/rtp';
import type { CodecFormat, NegotiatedMedia } from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { ownCopy } from '../runtime/own-copy.js';
import type { Scheduler, Timed, TimerHandle } from '../runtime/scheduler.js';
import { appended, SmallMap } from '../runtime/small-map.js';
import { CodecTable, extensionTable } from './codec-table.js';
import type { Forwarder } from './forwarder.js';
import type { ReceiveStream } from './receive-stream.js';
import { ReceiveTrack, type ReceiveTrackListener } from './receive-track.js';
import { RembFeedback } from './remb-feedback.js';
import { takeFec, takeRetransmission } from './repaired-packets.js';
import { RtcpInput } from './rtcp-input.js';
import { RtcpOutput } from './rtcp-output.js';
import { SendCongestion } from './send-congestion.js';
import { SendTrack, type SendTrackOwner } from './send-track.js';
import { StreamBinder } from './stream-binder.js';
import { TransportFeedback } from './transport-feedback.js';

/** While packets are missing the session looks so often whether to request them, ms. */
const NACK_INTERVAL_MS = 10;
/** RTCP interval, ms, varied by ± 20 % (RFC 3550 section 6.2 with the reduced minimum that AVPF allows). */
const REPORT_INTERVAL_MS = 1000;
/** Silence (RTCP too) after which the peer counts as gone, ms: several RTCP intervals. */
const PEER_SILENCE_MS = 10_000;
/** The first report comes early: receivers need it to play audio and video in step. */
const FIRST_REPORT_MS = 150;

/** Reports of many sessions are due together, so that they leave in few system calls, ms. */
const REPORT_GRID_MS = 20;
const onGrid = (ms: number): number => Math.ceil(ms / REPORT_GRID_MS) * REPORT_GRID_MS;

const NO_RIDS: readonly string[] = [];

export interface RtpSessionOptions {
  /** Session of the packet engine. */
  session: number;
  cname: string;
  randomBytes: (n: number) => Uint8Array;
  listener: RtpSessionListener;
  /** Round trip as the transport measures it, ms: of a peer that only sends there is no other. */
  path?: { readonly roundTripTime: number | undefined };
  /** Received streams kept apart; with more the oldest is forgotten. Default: as many as the engine allows. */
  maxStreams?: number;
  /** Asks for key frames in another way than by RTCP. */
  requestKeyFrame?: (track: ReceiveTrack) => void;
  /** Moment 0 of the scheduler's clock on the clock of sender reports, ms since 1970; default: the wall clock. */
  epochMs?: number;
}

export interface RtpSessionListener {
  /** A received track began or stopped to flow, or comes in another codec. */
  trackChanged(track: ReceiveTrack): void;
  /** The first RTP or RTCP of the peer has come; or none for a while after that. */
  peerActive(active: boolean): void;
  /** The origin of a sent track uses a codec that the receiver did not accept. */
  codecIncompatible(kind: MediaKind, codec: CodecFormat): void;
  /** What the path to the peer carries is estimated anew, bit/s; told when it has changed by some percent. */
  bitrateEstimated?(bitrate: number): void;
}

/** What is received and sent on one m-line. */
export interface MediaTracks {
  receive: ReceiveTrack | undefined;
  send: SendTrack | undefined;
}

/**
 * RTP and RTCP with one peer over one transport: which SSRC belongs to which track, statistics, losses, reports and
 * feedback. Knows nothing of ICE, DTLS or SDP text.
 */
export class RtpSession implements Timed, ReceiveTrackListener, SendTrackOwner {
  receiveTracks: readonly ReceiveTrack[] = [];
  sendTracks: readonly SendTrack[] = [];
  readonly clock = new SourceClock();
  readonly session: number;
  /** Sender SSRC of feedback: the first sent stream's, else a random one. */
  readonly #randomSsrc: number;
  readonly #options: RtpSessionOptions;
  readonly #engine: PacketEngine;
  readonly #forwarder: Forwarder;
  readonly #scheduler: Scheduler;
  readonly #timer: TimerHandle;
  readonly #binder: StreamBinder;
  /** Tracks by m-line and kind: a line may be taken up for the other kind. They live as long as the session: a line that is taken up again goes on with its streams. */
  readonly #lines = new SmallMap<number, MediaTracks>();
  readonly #input: RtcpInput;
  readonly #output: RtcpOutput;
  readonly #remb: RembFeedback;
  /** Id of the transport-wide sequence number in what the peer sends; 0 = not negotiated. */
  #transportSequenceExtension = 0;
  #transportFeedback: TransportFeedback | undefined;
  #nextReportMs = Number.POSITIVE_INFINITY;
  #nextNackMs = Number.POSITIVE_INFINITY;
  #ready = false;
  #closed = false;
  #active = false;
  /** When RTCP came last, ms. */
  #lastRtcpMs = Number.NEGATIVE_INFINITY;
  /** Towards a peer that gives transport-wide feedback. */
  congestion: SendCongestion | undefined;
  /** Round trip to the peer, ms; 0 while unknown. */
  rttMs = 0;

  constructor(engine: PacketEngine, forwarder: Forwarder, scheduler: Scheduler, options: RtpSessionOptions) {
    this.session = options.session;
    this.#engine = engine;
    this.#forwarder = forwarder;
    this.#scheduler = scheduler;
    this.#options = options;
    this.#timer = scheduler.create(this);
    this.#randomSsrc = Buffer.from(options.randomBytes(4)).readInt32BE();
    const { session, maxStreams } = options;
    this.#binder = new StreamBinder(engine, { session, clock: this.clock, maxStreams });
    this.#input = new RtcpInput(this);
    this.#output = new RtcpOutput(engine, this, options.cname, options.epochMs);
    this.#remb = new RembFeedback(this);
  }

  /** Received media streams by SSRC. */
  get streams(): SmallMap<number, ReceiveStream> {
    return this.#binder.streams;
  }

  /** The scheduler's clock, ms. */
  now(): number {
    return this.#scheduler.now();
  }

  codecIncompatible(kind: MediaKind, codec: CodecFormat): void {
    this.#options.listener.codecIncompatible(kind, codec);
  }

  bitrateEstimated(bitrate: number): void {
    this.#options.listener.bitrateEstimated?.(bitrate);
  }

  get remb(): RembFeedback {
    return this.#remb;
  }

  /** Bitrate that may be sent to the peer, bit/s, by its feedback or else by its REMB; 0 while unknown. */
  get estimatedBitrate(): number {
    const bitrate = this.congestion?.bitrate ?? 0;
    return bitrate > 0 ? bitrate : this.sendTracks.reduce((sum, { remb }) => Math.max(sum, remb), 0);
  }

  get localSsrc(): number {
    return this.sendTracks[0]?.ssrc ?? this.#randomSsrc;
  }

  /**
   * Makes or updates the tracks of an m-line, as its direction says. Of a line that is rejected or inactive nothing is
   * given, but its tracks are kept.
   * @throws EngineError when the engine is full
   */
  setMedia(media: NegotiatedMedia): MediaTracks {
    const kind = media.kind as MediaKind;
    const extensions = extensionTable(media.extensions);
    this.#output.reducedSize = media.reducedSizeRtcp;
    const line = 2 * media.index + (kind === 'video' ? 1 : 0);
    let tracks = this.#lines.get(line);
    if (tracks === undefined) {
      tracks = { receive: undefined, send: undefined };
      this.#lines.set(line, tracks);
    }
    const { receive, send } = media.direction;
    if (receive) tracks.receive = this.#setReceive(kind, media, extensions, tracks.receive);
    if (send) tracks.send = this.#setSend(kind, media, extensions, tracks.send);
    return { receive: receive ? tracks.receive : undefined, send: send ? tracks.send : undefined };
  }

  #setSend(
    kind: MediaKind,
    media: NegotiatedMedia,
    extensions: ReadonlyMap<string, number>,
    known: SendTrack | undefined,
  ): SendTrack | undefined {
    if (media.local.ssrc === undefined) return undefined;
    if (
      this.congestion === undefined &&
      extensions.has(ExtensionUri.TransportWideSequence) &&
      media.codecs.some(({ feedback }) => feedback.transportCc)
    ) {
      this.congestion = new SendCongestion(this.#engine, this.#forwarder, this);
    }
    if (known !== undefined) {
      known.renegotiate(media.codecs, extensions, media.mid);
      return known;
    }
    const track = new SendTrack(this.#engine, this.#forwarder, this, {
      kind,
      session: this.session,
      ssrc: media.local.ssrc | 0,
      rtxSsrc: media.local.rtxSsrc === undefined ? undefined : media.local.rtxSsrc | 0,
      codecs: CodecTable.of(media.codecs).codecs,
      extensions,
      mid: media.mid === undefined ? undefined : ownCopy(media.mid),
      randomBytes: this.#options.randomBytes,
    });
    this.sendTracks = appended(this.sendTracks, track);
    return track;
  }

  #setReceive(
    kind: MediaKind,
    media: NegotiatedMedia,
    extensions: ReadonlyMap<string, number>,
    known: ReceiveTrack | undefined,
  ): ReceiveTrack {
    const track = known ?? new ReceiveTrack(kind, this.#engine, this.#forwarder, this);
    if (known === undefined) this.receiveTracks = appended(this.receiveTracks, track);
    track.setCodecs(media.codecs);
    track.extensions = extensions;
    track.rids = media.receivedRids.length > 0 ? media.receivedRids.map(ownCopy) : NO_RIDS;
    this.#binder.announce(track, media, this.receiveTracks);
    if (media.codecs.some(({ feedback }) => feedback.transportCc)) {
      this.#transportSequenceExtension = extensions.get(ExtensionUri.TransportWideSequence) ?? 0;
    }
    return track;
  }

  /** Streams may belong elsewhere after a negotiation: they are assigned anew. */
  rebind(): void {
    this.#binder.rebind();
  }

  /** The transport is secured: reports may go out. */
  ready(): void {
    if (this.#ready || this.#closed) return;
    this.#ready = true;
    this.#nextReportMs = this.#scheduler.now() + FIRST_REPORT_MS;
    this.#schedule();
  }

  get isReady(): boolean {
    return this.#ready && !this.#closed;
  }

  onRtp(descriptors: Int32Array, at: number, nowMs: number): void {
    if (this.#transportSequenceExtension > 0) this.#noteTransportSequence(descriptors, at, nowMs);
    const binding = this.#binder.find(descriptors, at);
    if (binding === undefined) return;
    const slot = descriptors[at + Descriptor.Slot]!;
    const payloadType = descriptors[at + Descriptor.TypeAndMarker]! & 0x7f;
    const sequence = descriptors[at + Descriptor.ExtendedSequence]!;
    const timestamp = descriptors[at + Descriptor.Timestamp]!;
    const { stream, track } = binding;
    const length = descriptors[at + Descriptor.PayloadLength]!;
    if (binding.rtx) {
      takeRetransmission(this.#engine, stream, slot, timestamp, payloadType, length, nowMs);
      return;
    }
    if (binding.fec !== undefined) {
      takeFec(binding.fec, stream, slot, nowMs);
      return;
    }
    const arrival = descriptors[at + Descriptor.ArrivalUs]!;
    if (!stream.statistics.onPacket(sequence, timestamp, arrival, length, nowMs)) return;
    if (stream.nack !== undefined) {
      stream.nack.onPacket(sequence, nowMs);
      if (stream.nack.missing > 0 && this.#nextNackMs === Number.POSITIVE_INFINITY) this.#nextNackMs = nowMs;
    }
    if (track.latency !== undefined) this.#forwarder.latency.arrive(track.latency, arrival);
    track.onRtp(stream, slot, sequence, timestamp, payloadType, nowMs);
  }

  /** Every packet counts, padding and streams that nobody claims too: the sender wants to know what the path carries. */
  #noteTransportSequence(descriptors: Int32Array, at: number, nowMs: number): void {
    const length = descriptors[at + Descriptor.Length]!;
    const sequence = readTransportSequence(
      this.#engine.slab,
      descriptors[at + Descriptor.Slot]! * SLOT_SIZE,
      length,
      this.#transportSequenceExtension,
    );
    if (sequence < 0) return;
    this.#transportFeedback ??= new TransportFeedback();
    const ssrc = descriptors[at + Descriptor.Ssrc]!;
    this.#transportFeedback.onPacket(sequence, descriptors[at + Descriptor.ArrivalUs]!, length, ssrc, nowMs);
  }

  /** The peer's sender does its own congestion control from the feedback that it gets. */
  get sendsTransportFeedback(): boolean {
    return this.#transportFeedback !== undefined;
  }

  #tellArrivals(feedback: TransportFeedback, nowMs: number): void {
    if (!this.isReady) return;
    this.#output.transportFeedback(feedback.recorder, feedback.mediaSsrc);
    feedback.sent(nowMs);
  }

  onRtcp(slot: number, length: number, nowMs: number): void {
    this.#lastRtcpMs = nowMs;
    this.#setActive(true);
    this.#input.parse(this.#engine.slab, slot * SLOT_SIZE, length, nowMs);
    // NACKs were answered by commands.
    this.#forwarder.send();
    if (this.congestion !== undefined) this.#schedule();
  }

  /** A batch of packets is through: requests what is missing by now. */
  onBatchEnd(nowMs: number): void {
    if (this.#nextNackMs <= nowMs) this.#requestMissing(nowMs);
    const feedback = this.#transportFeedback;
    if (feedback !== undefined && feedback.nextMs <= nowMs) this.#tellArrivals(feedback, nowMs);
    this.#schedule();
  }

  onTime(nowMs: number): void {
    if (this.#closed) return;
    if (nowMs >= this.#nextNackMs) this.#requestMissing(nowMs);
    if (this.congestion !== undefined && this.congestion.nextMs <= nowMs) this.congestion.onTime(nowMs);
    const feedback = this.#transportFeedback;
    if (feedback !== undefined && feedback.nextMs <= nowMs) this.#tellArrivals(feedback, nowMs);
    for (const track of this.receiveTracks) {
      if (track.nextKeyFrameRequest <= nowMs) track.pollKeyFrameRequest(nowMs);
    }
    if (this.isReady && this.#remb.nextMs <= nowMs) {
      const bitrate = this.#remb.update(nowMs);
      if (bitrate > 0) this.#output.remb(bitrate);
    }
    if (nowMs >= this.#nextReportMs) {
      const jitter = 0.8 + (this.#options.randomBytes(1)[0]! / 255) * 0.4;
      this.#nextReportMs = onGrid(nowMs + REPORT_INTERVAL_MS * jitter);
      this.#output.report(nowMs);
      for (const track of this.receiveTracks) track.checkFlow(nowMs);
      this.#checkActive(nowMs);
    }
    this.#schedule();
  }

  #requestMissing(nowMs: number): void {
    let missing = false;
    const rttMs = this.rttMs > 0 ? this.rttMs : (this.#options.path?.roundTripTime ?? 0);
    for (const stream of this.streams.values()) {
      if (stream.nack === undefined || stream.nack.missing === 0) continue;
      if (this.isReady) this.#output.nack(stream, nowMs, rttMs);
      missing ||= stream.nack.missing > 0;
    }
    // What was given up can only be mended by a key frame.
    for (const track of this.receiveTracks) {
      for (const { stream } of track.layers) {
        // Among media with FEC it may have been FEC, which is not sent again: receivers say when they need a key frame.
        if (stream.nack?.takeGiveUp() === true && stream.fec === undefined) track.requestKeyFrame();
      }
    }
    this.#nextNackMs = missing ? nowMs + NACK_INTERVAL_MS : Number.POSITIVE_INFINITY;
  }

  #checkActive(nowMs: number): void {
    const flowing = this.receiveTracks.some((track) => track.receiving);
    if (!flowing && nowMs - this.#lastRtcpMs > PEER_SILENCE_MS) this.#setActive(false);
  }

  #setActive(active: boolean): void {
    if (active === this.#active || this.#closed) return;
    this.#active = active;
    this.#options.listener.peerActive(active);
  }

  trackChanged(track: ReceiveTrack): void {
    if (track.receiving) this.#setActive(true);
    this.#remb.wake(this.#scheduler.now());
    this.#options.listener.trackChanged(track);
    this.#schedule();
  }

  sendKeyFrameRequest(track: ReceiveTrack, stream: ReceiveStream): void {
    if (!this.isReady || track.codec === undefined) return;
    if (this.#options.requestKeyFrame !== undefined) {
      this.#options.requestKeyFrame(track);
      return;
    }
    this.#output.keyFrameRequest(stream, track.codec.feedback);
  }

  viewerFell(nowMs: number): void {
    const bitrate = this.isReady ? this.#remb.hasten(nowMs) : 0;
    if (bitrate > 0) this.#output.remb(bitrate);
  }

  keyFrameWanted(): void {
    this.#schedule();
  }

  /** What a sender report says of a received stream, where it comes in another way than by RTCP. */
  takeSenderReport(ssrc: number, epochMs: number, rtpTimestamp: number, nowMs: number): void {
    this.#input.takeReport(ssrc, epochMs, rtpTimestamp, nowMs);
  }

  /** Sends reports now; the next ones come at their time. */
  reportNow(): void {
    if (this.isReady) this.#output.report(this.#scheduler.now());
  }

  /** The source of a stream said goodbye. */
  endStream(ssrc: number): void {
    const stream = this.streams.get(ssrc);
    if (stream === undefined) return;
    for (const track of this.receiveTracks) track.endStream(stream);
    this.#engine.resetReceiveStream(this.session, ssrc >>> 0);
  }

  /** The peer has gone: nothing flows from it. */
  stopFlow(): void {
    for (const track of this.receiveTracks) track.stopFlow();
  }

  /** Says goodbye for the sent streams, if the transport still can. */
  sayGoodbye(): void {
    if (this.isReady) this.#output.goodbye();
  }

  close(): void {
    if (this.#closed) return;
    this.sayGoodbye();
    this.#closed = true;
    this.#scheduler.cancel(this.#timer);
    for (const track of this.sendTracks) track.close();
    for (const track of this.receiveTracks) track.close();
  }

  #schedule(): void {
    if (this.#closed) return;
    let next = Math.min(
      this.#nextReportMs,
      this.#nextNackMs,
      this.isReady ? this.#remb.nextMs : Number.POSITIVE_INFINITY,
      this.congestion?.nextMs ?? Number.POSITIVE_INFINITY,
      this.isReady ? (this.#transportFeedback?.nextMs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY,
    );
    for (const track of this.receiveTracks) next = Math.min(next, track.nextKeyFrameRequest);
    this.#scheduler.schedule(this.#timer, next);
  }
}
