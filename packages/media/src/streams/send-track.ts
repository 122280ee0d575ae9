import { ConsumerRecord, type PacketEngine } from '@rivero/packet-engine';
import {
  ExtensionUri,
  randomSequence,
  randomTimestamp,
  SendStatistics,
  type ViewerLimits,
} from '@rivero/rtp';
import { type CodecFormat, type NegotiatedCodec, pickCodec } from '@rivero/sdp';
import type { MediaKind, MediaOrigin } from '../routing/media.js';
import { ownCopy } from '../runtime/own-copy.js';
import { CodecTable } from './codec-table.js';
import {
  isTransportWide,
  type OutgoingStream,
  octetsOf,
  packetsOf,
  rewriteConsumerRecord,
  writeConsumerRecord,
} from './consumer-record.js';
import { EventSender, type EventTrack } from './event-sender.js';
import type { ConsumerOwner, Forwarder } from './forwarder.js';
import { OutgoingNumbers } from './outgoing-numbers.js';
import type { PacedPath } from './paced-path.js';
import type { PacketSource } from './packet-source.js';
import type { ReceiveStream } from './receive-stream.js';
import type { ReceiveTrack } from './receive-track.js';
import { redundancyFor } from './redundant-audio.js';
import { Resender, type ResentTrack } from './resender.js';
import type { TrackSink } from './track-sink.js';

export interface SendTrackOptions {
  kind: MediaKind;
  /** Session of the packet engine through which the receiver is reached. */
  session: number;
  ssrc: number;
  /** Stream of retransmissions, where negotiated. */
  rtxSsrc: number | undefined;
  /** Codecs that the receiver accepts, in its order. */
  codecs: readonly NegotiatedCodec[];
  /** Header extension ids as negotiated with the receiver, by URI. */
  extensions: ReadonlyMap<string, number>;
  mid: string | undefined;
  randomBytes: (n: number) => Uint8Array;
}

export interface SendTrackOwner {
  /** What the origin sends cannot be forwarded to this receiver. */
  codecIncompatible(kind: MediaKind, codec: CodecFormat): void;
  /** ms, of the clock that packets come with. */
  now(): number;
}

const NO_LIMITS: ViewerLimits = {};

/**
 * Media of one kind that an endpoint sends: one outgoing RTP stream, continuous in sequence numbers and timestamps
 * whatever happens at its source, and its retransmissions.
 */
export class SendTrack implements TrackSink, ConsumerOwner, ResentTrack, EventTrack {
  readonly kind: MediaKind;
  readonly ssrc: number;
  readonly rtxSsrc: number | undefined;
  #codecs: readonly NegotiatedCodec[];
  readonly consumer: number;
  readonly #rtxConsumer: number;
  readonly #engine: PacketEngine;
  readonly #forwarder: Forwarder;
  readonly #owner: SendTrackOwner;
  readonly #session: number;
  #mid: string | undefined;
  #extensions: ReadonlyMap<string, number>;
  #origin: ReceiveTrack | undefined;
  #codec: NegotiatedCodec | undefined;
  /** Payload type of audio with redundancy (RFC 2198), -1 where the receiver takes none of this origin. */
  #redPayloadType = -1;
  readonly #numbers: OutgoingNumbers;
  readonly #resender: Resender;
  #events: EventSender | undefined;
  #path: PacedPath | undefined;
  #closed = false;
  /** What was sent until the end. */
  #finalCounts: { packets: number; octets: number; rtxPackets: number; rtxOctets: number } | undefined;
  /** What the receiver reports. */
  readonly statistics = new SendStatistics();
  limits: ViewerLimits = NO_LIMITS;
  /** Bound on the bitrate that the receiver's REMB gave last, bit/s; 0 = none yet. */
  remb = 0;
  /** The same, or more while nothing shows that the path carries no more, bit/s. */
  allowed = 0;
  usefulBitrate = 0;
  /** Where it changes over to at the next key frame. */
  #next: { origin: ReceiveTrack; done: () => void } | undefined;

  constructor(engine: PacketEngine, forwarder: Forwarder, owner: SendTrackOwner, options: SendTrackOptions) {
    this.kind = options.kind;
    this.ssrc = options.ssrc;
    this.#codecs = CodecTable.of(options.codecs).codecs;
    this.#engine = engine;
    this.#forwarder = forwarder;
    this.#owner = owner;
    this.#session = options.session;
    this.#mid = options.mid;
    this.#extensions = options.extensions;
    const { randomBytes } = options;
    const sequence = randomSequence(randomBytes);
    const timestamp = randomTimestamp(randomBytes);
    const rtxSequence = randomSequence(randomBytes);
    this.consumer = forwarder.addConsumer(this);
    this.#numbers = new OutgoingNumbers(forwarder.table, this.consumer, sequence, timestamp);
    const rtx = options.rtxSsrc !== undefined && options.codecs.some((c) => c.rtxPayloadType !== undefined);
    this.rtxSsrc = rtx ? options.rtxSsrc : undefined;
    try {
      this.#rtxConsumer = rtx ? forwarder.addConsumer(this) : -1;
    } catch (error) {
      forwarder.removeConsumer(this.consumer);
      throw error;
    }
    writeConsumerRecord(engine, this.consumer, this.#outgoing(this.ssrc));
    if (rtx) writeConsumerRecord(engine, this.#rtxConsumer, this.#outgoing(options.rtxSsrc!));
    this.#resender = new Resender(
      engine,
      forwarder,
      this,
      this.#numbers,
      this.consumer,
      this.#rtxConsumer,
      rtxSequence,
    );
  }

  get codecs(): readonly NegotiatedCodec[] {
    return this.#codecs;
  }

  /**
   * Takes the outcome of a renegotiation. The stream goes on under its SSRC and sequence numbers: beginning anew would
   * use numbers twice under one key.
   */
  renegotiate(
    codecs: readonly NegotiatedCodec[],
    extensions: ReadonlyMap<string, number>,
    mid: string | undefined,
  ): void {
    this.#pause();
    // A line that was rejected and is taken up again has another one.
    this.#mid = mid && ownCopy(mid);
    this.#codecs = CodecTable.of(codecs).codecs;
    this.#extensions = extensions;
    this.#rewriteRecords();
    if (this.#origin !== undefined) this.originRestarted();
  }

  get origin(): ReceiveTrack | undefined {
    return this.#origin;
  }

  /** The codec that is being sent. */
  get codec(): NegotiatedCodec | undefined {
    return this.#codec;
  }

  setOrigin(origin: MediaOrigin | undefined): void {
    // Already on the way there.
    if (this.#closed || (origin !== undefined && origin === this.#next?.origin)) return;
    this.#stopWaiting();
    if (origin === this.#origin) return;
    this.#pause();
    this.#origin?.removeSink(this);
    this.#origin = origin as ReceiveTrack | undefined;
    if (this.#origin === undefined) return;
    this.#rewriteRecords();
    this.#follow();
    this.#origin.addSink(this);
  }

  /**
   * Goes over to another origin at its next key frame, so that nothing is missed in between; at once where nothing is sent anyway.
   * @param done the origin is another one, this or a later one
   */
  changeOrigin(origin: ReceiveTrack, done: () => void): void {
    if (origin === this.#next?.origin) return;
    if (this.#closed || !this.#numbers.isForwarding || origin === this.#origin) {
      this.setOrigin(origin);
      done();
      return;
    }
    this.#stopWaiting();
    this.#next = { origin, done };
    origin.expectSink(this);
  }

  arriveAt(track: ReceiveTrack): void {
    const done = this.#next?.done;
    this.#next = undefined;
    this.setOrigin(track);
    done?.();
  }

  #stopWaiting(): void {
    const next = this.#next;
    this.#next = undefined;
    next?.origin.forgetSink(this);
    next?.done();
  }

  originRestarted(): void {
    this.#pause();
    this.#follow();
  }

  /** What is held back goes with what it belongs to: the next packet is one to start with, and takes its numbers. */
  #pause(): void {
    this.#numbers.pause();
    const held = this.#forwarder.discardHeld(this.consumer);
    if (held !== undefined) this.#numbers.takeBack(held);
    if (this.#rtxConsumer >= 0) this.#forwarder.discardHeld(this.#rtxConsumer);
  }

  gaveUp(sequence: number): void {
    this.#pause();
    this.#numbers.takeBack(sequence);
    this.#follow();
    this.requestKeyFrame();
  }

  /**
   * Goes on with the next key frame: to send again what was lost before it would take longer, and nothing in between could be shown
   * without that. Of a source that cannot be asked for one it goes on as it is: its next key frame may be far away.
   */
  startOver(): void {
    const feedback = this.origin?.codec?.feedback;
    if (feedback?.pli !== true && feedback?.fir !== true) return;
    this.#pause();
    this.#resender.forget(this.#numbers.highestSent);
    this.#follow();
    this.requestKeyFrame();
  }

  beganAt(timestamp: number): boolean {
    return this.#numbers.began(timestamp);
  }

  /** Sends on a paced path from now on, or without one; nothing may be held on the one before. */
  setPath(path: PacedPath | undefined): void {
    if (path === this.#path) return;
    this.#path = path;
    this.#forwarder.setPath(this.consumer, path);
    if (this.#rtxConsumer >= 0) this.#forwarder.setPath(this.#rtxConsumer, path);
    this.#numbers.setPaced(path !== undefined);
  }

  get pacingMs(): number {
    return this.#path?.meanWaitMs ?? 0;
  }

  startAt(source: PacketSource, sequence: number, timestamp: number): void {
    this.#numbers.startAt(source, sequence, timestamp, this.#owner.now());
  }

  tellTargets(targets: number, sequence: number): void {
    // Without RTX a packet may go out twice under one number, and must be the same bytes.
    if (this.#rtxConsumer >= 0) this.#numbers.tellTargets(targets, sequence);
  }

  continueElsewhere(): void {
    this.#numbers.continueElsewhere();
  }

  get waits(): boolean {
    return this.#numbers.waits;
  }

  /** Waits for a packet of the origin at which the receiver can start, if it understands what the origin sends. */
  #follow(): void {
    const source = this.#origin?.codec;
    if (source === undefined) {
      // Not negotiated yet: the origin tells when it is.
      return;
    }
    const codec = pickCodec(source, this.codecs);
    if (codec === undefined) {
      this.#codec = undefined;
      this.#redPayloadType = -1;
      this.#owner.codecIncompatible(this.kind, source);
      return;
    }
    this.#codec = codec;
    this.#redPayloadType = redundancyFor(source, codec, this.#codecs)?.payloadType ?? -1;
    // Commands that are written already refer to the record.
    this.#forwarder.flush();
    this.#setPayloadType(this.consumer, codec.payloadType);
    if (this.#rtxConsumer >= 0) {
      this.#setPayloadType(this.#rtxConsumer, codec.rtxPayloadType ?? codec.payloadType);
    }
    this.#numbers.wait();
  }

  #setPayloadType(consumer: number, type: number): void {
    this.#engine.consumers[consumer * ConsumerRecord.Stride + ConsumerRecord.PayloadType] = type;
  }

  get takesRedundancy(): boolean {
    return this.#redPayloadType >= 0;
  }

  get takesDescriptors(): boolean {
    return this.#extensions.has(ExtensionUri.DependencyDescriptor);
  }

  markRedundant(on: boolean): void {
    this.#setPayloadType(this.consumer, on ? this.#redPayloadType : this.#codec!.payloadType);
  }

  sendAccompanying(
    codec: NegotiatedCodec,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
  ): void {
    this.#events ??= new EventSender(this.#engine, this.#forwarder, this, this.#numbers, this.consumer);
    this.#events.send(codec, stream, slot, sequence, timestamp, this.#owner.now());
  }

  /** Extended sequence number of the newest packet that went out; valid once something did. */
  get highestSent(): number {
    return this.#numbers.highestSent;
  }

  get packetsSent(): number {
    return this.#finalCounts !== undefined
      ? this.#finalCounts.packets
      : packetsOf(this.#engine, this.consumer);
  }

  get octetsSent(): number {
    return this.#finalCounts !== undefined ? this.#finalCounts.octets : octetsOf(this.#engine, this.consumer);
  }

  /** Of the stream of retransmissions. */
  get rtxPacketsSent(): number {
    return this.#finalCounts !== undefined
      ? this.#finalCounts.rtxPackets
      : packetsOf(this.#engine, this.#rtxConsumer);
  }

  get rtxOctetsSent(): number {
    return this.#finalCounts !== undefined
      ? this.#finalCounts.rtxOctets
      : octetsOf(this.#engine, this.#rtxConsumer);
  }

  /** Sets minVideoSendBandwidth and maxVideoSendBandwidth of the receiver. */
  setLimits(limits: ViewerLimits): void {
    this.limits = limits;
    this.#origin?.updateViewer(this);
  }

  /** RTP timestamp of the outgoing stream at a moment, for sender reports; undefined when nothing was sent. */
  timestampAt(nowMs: number): number | undefined {
    return this.#numbers.timestampAt(nowMs);
  }

  /**
   * The receiver misses a packet: sends it again if it is still in the receive ring, at most once a round trip.
   * @param sequence16 as in the NACK
   * @returns whether it was sent
   */
  resend(sequence16: number, nowMs: number, rttMs: number): boolean {
    return this.#resender.resend(sequence16, nowMs, rttMs);
  }

  requestKeyFrame(): void {
    this.#origin?.requestKeyFrameFor(this);
  }

  /**
   * Sends recent packets once more on the stream of retransmissions, to probe what the path carries: a receiver takes them
   * for late repairs.
   * @param bytes wanted
   * @returns about how many were written; 0 when there is nothing that can be sent so
   */
  pad(bytes: number): number {
    return this.kind === 'video' ? this.#resender.pad(bytes) : 0;
  }

  /** Whether its packets count in transport-wide feedback. */
  get isTransportWide(): boolean {
    return isTransportWide(this.#engine, this.consumer);
  }

  close(): void {
    if (this.#closed) return;
    this.setOrigin(undefined);
    this.#forwarder.flush();
    // The records go to somebody else.
    this.#finalCounts = {
      packets: this.packetsSent,
      octets: this.octetsSent,
      rtxPackets: this.rtxPacketsSent,
      rtxOctets: this.rtxOctetsSent,
    };
    this.#closed = true;
    this.#forwarder.removeConsumer(this.consumer);
    if (this.#rtxConsumer >= 0) this.#forwarder.removeConsumer(this.#rtxConsumer);
    this.#numbers.clear();
  }

  /** @param ssrc of the stream itself or of its retransmissions */
  #outgoing(ssrc: number): OutgoingStream {
    return {
      session: this.#session,
      ssrc,
      payloadType: (this.#codec ?? this.#codecs[0])?.payloadType ?? 0,
      codecs: this.#codecs,
      extensions: this.#extensions,
      incoming: this.#origin?.extensions,
      mid: this.#mid,
      rtx: this.rtxSsrc !== undefined,
    };
  }

  /** Extensions depend on the origin and on what was negotiated. */
  #rewriteRecords(): void {
    this.#forwarder.flush();
    rewriteConsumerRecord(this.#engine, this.consumer, this.#outgoing(this.ssrc));
    if (this.#rtxConsumer < 0) return;
    rewriteConsumerRecord(this.#engine, this.#rtxConsumer, this.#outgoing(this.rtxSsrc!));
  }
}
