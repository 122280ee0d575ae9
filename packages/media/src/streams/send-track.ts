import {
  CommandFlag,
  ConsumerFlag,
  ConsumerRecord,
  type PacketEngine,
  SLOT_SIZE,
  SlotMeta,
} from '@rivero/packet-engine';
import {
  buildExtensionTemplate,
  ExtensionUri,
  elementLength,
  elementOffset,
  findExtension,
  frameNumberOf,
  MANDATORY_LENGTH,
  RetransmissionBudget,
  randomSequence,
  randomTimestamp,
  SendStatistics,
  type ViewerLimits,
  Vp8Reader,
  Vp9Reader,
} from '@rivero/rtp';
import { type CodecFormat, type NegotiatedCodec, pickCodec } from '@rivero/sdp';
import type { MediaKind, MediaOrigin } from '../routing/media.js';
import { appended } from '../runtime/small-map.js';
import { CodecTable } from './codec-table.js';
import type { Forwarder, StartListener } from './forwarder.js';
import { ForwardingState } from './forwarding-table.js';
import type { PacketSource } from './packet-source.js';
import type { ReceiveStream } from './receive-stream.js';
import type { ReceiveTrack, TrackSink } from './receive-track.js';
import { redundancyFor } from './redundant-audio.js';
import { ResendGuard } from './resend-guard.js';
import { convertedDuration, DURATION_OFFSET, eventFormat } from './telephone-event.js';

/** Mappings kept so that packets sent before a switch can still be sent again. */
const MAX_EPOCHS = 4;

/** Packets that are looked at for padding, from the newest on; smaller ones do not make a burst. */
const PADDING_PACKETS = 48;
const PADDING_MIN_BYTES = 100;
/** Headers and tag of a retransmission, bytes. */
const PADDING_OVERHEAD = 60;

/** Header extensions that are copied from the source to a receiver that negotiated them too, with their lengths. */
const COPIED_EXTENSIONS: readonly { uri: string; length: number }[] = [
  { uri: ExtensionUri.AudioLevel, length: 1 },
  { uri: ExtensionUri.VideoOrientation, length: 1 },
  { uri: ExtensionUri.PlayoutDelay, length: 3 },
];

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

interface SentEvent {
  stream: ReceiveStream;
  timestamp: number;
  outTimestamp: number;
}

/** Read the picture numbers of packets that are sent again. */
const vp8 = new Vp8Reader();
const vp9 = new Vp9Reader();

/** A stretch of outgoing packets with one mapping from a source. */
interface Epoch {
  source: PacketSource;
  firstOut: number;
  /** First extended sequence number of the source to which the mapping applies. */
  firstIn: number;
  sequenceOffset: number;
  timestampOffset: number;
  /** Of picture id and TL0PICIDX; 0 when they go out as they come. */
  pictureIdOffset: number;
  tl0Offset: number;
  /** Of the frame number of the dependency descriptor; 0 when it goes out as it comes. */
  frameOffset: number;
}

/**
 * Media of one kind that an endpoint sends: one outgoing RTP stream, continuous in sequence numbers and timestamps
 * whatever happens at its source, and its retransmissions.
 */
export class SendTrack implements TrackSink, StartListener {
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
  readonly #mid: string | undefined;
  #extensions: ReadonlyMap<string, number>;
  readonly #record: number;
  #epochs: Epoch[] = [];
  #origin: ReceiveTrack | undefined;
  #codec: NegotiatedCodec | undefined;
  /** Where the outgoing stream goes on after a pause or switch. */
  #nextSequence: number;
  #nextTimestamp: number;
  /** Where picture numbers go on; -1 while there are none. */
  #nextPictureId = -1;
  #nextTl0PicIdx = -1;
  /** Where frame numbers of the dependency descriptor go on; -1 while there are none. */
  #nextFrame = -1;
  /** Payload type of audio with redundancy (RFC 2198), -1 where the receiver takes none of this origin. */
  #redPayloadType = -1;
  /** The next packet comes from the same stream as the last one, with other layers. */
  #continues = false;
  /** The event of another stream that is being sent: where it began, as it came and as it goes out. */
  #event: SentEvent | undefined;
  /** When the last packet before the pause was sent, ms; -1 before the first. */
  #pausedAtMs = -1;
  #rtxSequence: number;
  #guard: ResendGuard | undefined;
  #budget: RetransmissionBudget | undefined;
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
    this.#nextSequence = randomSequence(options.randomBytes);
    this.#nextTimestamp = randomTimestamp(options.randomBytes);
    this.#rtxSequence = randomSequence(options.randomBytes);
    this.consumer = forwarder.addConsumer(this);
    this.#record = this.consumer * ConsumerRecord.Stride;
    const rtx = options.rtxSsrc !== undefined && options.codecs.some((c) => c.rtxPayloadType !== undefined);
    this.rtxSsrc = rtx ? options.rtxSsrc : undefined;
    try {
      this.#rtxConsumer = rtx ? forwarder.addConsumer(this) : -1;
    } catch (error) {
      forwarder.removeConsumer(this.consumer);
      throw error;
    }
    this.#writeRecord(this.consumer, this.ssrc);
    if (rtx) this.#writeRecord(this.#rtxConsumer, options.rtxSsrc!);
  }

  get codecs(): readonly NegotiatedCodec[] {
    return this.#codecs;
  }

  /**
   * Takes the outcome of a renegotiation. The stream goes on under its SSRC and sequence numbers: beginning anew would
   * use numbers twice under one key.
   */
  renegotiate(codecs: readonly NegotiatedCodec[], extensions: ReadonlyMap<string, number>): void {
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
    if (this.#closed || !this.#isForwarding || origin === this.#origin) {
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

  /** Sets the mapping at the first packet of a source (or after a pause) that goes out. */
  startAt(source: PacketSource, sequence: number, timestamp: number): void {
    const table = this.#forwarder.table;
    // Of one stream with other layers than before timestamps and picture numbers stay what they were.
    const before = this.#continues ? this.#epochs.at(-1) : undefined;
    const samePictures = before?.source.closesPictureIds === false && !source.closesPictureIds;
    const epoch: Epoch = {
      source,
      firstOut: this.#nextSequence,
      firstIn: sequence,
      sequenceOffset: (this.#nextSequence - sequence) | 0,
      timestampOffset: before?.timestampOffset ?? this.#timestampOffsetFor(source.stream, timestamp),
      pictureIdOffset: samePictures
        ? before.pictureIdOffset
        : offsetOf(this.#nextPictureId, source.pictureId),
      tl0Offset: before?.tl0Offset ?? offsetOf(this.#nextTl0PicIdx, source.tl0PicIdx),
      // Gaps in them mean nothing: frames say how far back those are that they refer to.
      frameOffset: before?.frameOffset ?? offsetOf(this.#nextFrame, source.stream.frameNumber),
    };
    this.#continues = false;
    const { consumer } = this;
    table.sequenceOffset[consumer] = epoch.sequenceOffset;
    table.timestampOffset[consumer] = epoch.timestampOffset;
    table.pictureIdOffset[consumer] = epoch.pictureIdOffset;
    table.tl0Offset[consumer] = epoch.tl0Offset;
    table.frameOffset[consumer] = epoch.frameOffset;
    table.firstSequence[consumer] = sequence;
    table.state[consumer] = mapsNumbers(epoch) ? ForwardingState.Patching : ForwardingState.Forwarding;
    this.#addEpoch(epoch);
  }

  #addEpoch(epoch: Epoch): void {
    this.#epochs = appended(this.#epochs.length === MAX_EPOCHS ? this.#epochs.slice(1) : this.#epochs, epoch);
  }

  /**
   * Timestamps go on. Between encodings of one source they are related by its own clock, so that a change of layer is
   * exact; otherwise by the time that has passed.
   */
  #timestampOffsetFor(stream: ReceiveStream, timestamp: number): number {
    const last = this.#epochs.at(-1);
    if (this.#pausedAtMs < 0 || last === undefined) return (this.#nextTimestamp - timestamp) | 0;
    const now = this.#owner.now();
    const other = last.source.stream;
    if (other !== stream && other.track === stream.track && other.hasClock && stream.hasClock) {
      const offset = (other.timestampAt(now) + last.timestampOffset - stream.timestampAt(now)) | 0;
      if (((timestamp + offset - this.#nextTimestamp) | 0) > 0) return offset;
    }
    const elapsed = Math.round(((now - this.#pausedAtMs) * stream.clockRate) / 1000);
    return (this.#nextTimestamp + Math.max(1, elapsed) - timestamp) | 0;
  }

  /** Takes note of where the outgoing stream stands and stops it. */
  #pause(): void {
    if (this.#isForwarding) {
      const { source } = this.#epochs.at(-1)!;
      this.#goOnAfter(source.highest, source.pictureId);
    }
    this.#continues = false;
    this.#forwarder.table.state[this.consumer] = ForwardingState.Off;
  }

  continueElsewhere(): void {
    if (!this.#isForwarding) return;
    const { source } = this.#epochs.at(-1)!;
    this.#goOnAfter(source.highestBefore, source.pictureIdBefore);
    this.#continues = true;
    this.#forwarder.table.state[this.consumer] = ForwardingState.Ready;
  }

  /** The outgoing stream will go on after this packet and this picture of its present source. */
  #goOnAfter(sequence: number, pictureId: number): void {
    const epoch = this.#epochs.at(-1)!;
    const { stream, tl0PicIdx } = epoch.source;
    this.#nextSequence = (sequence + epoch.sequenceOffset + 1) | 0;
    this.#nextTimestamp = (stream.highestTimestamp + epoch.timestampOffset) | 0;
    this.#pausedAtMs = stream.highestMs;
    this.#nextPictureId = pictureId < 0 ? -1 : (pictureId + epoch.pictureIdOffset + 1) & 0x7fff;
    this.#nextTl0PicIdx = tl0PicIdx < 0 ? -1 : (tl0PicIdx + epoch.tl0Offset + 1) & 0xff;
    const { frameNumber } = stream;
    if (frameNumber >= 0) this.#nextFrame = (frameNumber + epoch.frameOffset + 1) & 0xffff;
  }

  get waits(): boolean {
    const state = this.#forwarder.table.state[this.consumer]!;
    return state === ForwardingState.Off || state === ForwardingState.Waiting;
  }

  get #isForwarding(): boolean {
    const state = this.#forwarder.table.state[this.consumer]!;
    return state === ForwardingState.Forwarding || state === ForwardingState.Patching;
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
    this.#engine.consumers[this.#record + ConsumerRecord.PayloadType] = codec.payloadType;
    if (this.#rtxConsumer >= 0) {
      const at = this.#rtxConsumer * ConsumerRecord.Stride + ConsumerRecord.PayloadType;
      this.#engine.consumers[at] = codec.rtxPayloadType ?? codec.payloadType;
    }
    this.#forwarder.table.state[this.consumer] = ForwardingState.Waiting;
  }

  get takesRedundancy(): boolean {
    return this.#redPayloadType >= 0;
  }

  get takesDescriptors(): boolean {
    return this.#extensions.has(ExtensionUri.DependencyDescriptor);
  }

  markRedundant(on: boolean): void {
    const type = on ? this.#redPayloadType : this.#codec!.payloadType;
    this.#engine.consumers[this.#record + ConsumerRecord.PayloadType] = type;
  }

  sendAccompanying(
    codec: NegotiatedCodec,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
  ): void {
    const accepted = eventFormat(codec, this.#codecs);
    const { table } = this.#forwarder;
    if (table.state[this.consumer] === ForwardingState.Off) return;
    // Of another stream than the media, or of media that is encoded anew for this receiver.
    const apart = stream.layer === undefined || stream.track !== this.#origin;
    const early = ((sequence - table.firstSequence[this.consumer]!) | 0) < 0;
    if (apart ? accepted === undefined : early || !this.#isForwarding) return;
    if (accepted === undefined) {
      this.#leaveOut(sequence);
      return;
    }
    // In the clock of the audio, whatever that of the events: the stream has one clock.
    const outTimestamp = apart
      ? this.#eventTimestamp(stream, timestamp)
      : (timestamp + table.timestampOffset[this.consumer]!) | 0;
    const outSequence = apart
      ? this.#insert(outTimestamp)
      : (sequence + table.sequenceOffset[this.consumer]!) | 0;
    // The record has one payload type: what was written before goes out with that of the media.
    this.#forwarder.flush();
    const at = this.#record + ConsumerRecord.PayloadType;
    const usual = this.#engine.consumers[at]!;
    this.#engine.consumers[at] = accepted.payloadType;
    const duration =
      accepted.clockRate === codec.clockRate
        ? -1
        : this.#durationIn(slot, codec.clockRate, accepted.clockRate);
    if (duration < 0) this.#forwarder.resend(this.consumer, slot, outSequence, outTimestamp);
    else {
      const bytes = (duration >> 8) | ((duration & 0xff) << 8);
      this.#forwarder.sendPatched(
        this.consumer,
        slot,
        outSequence,
        outTimestamp,
        DURATION_OFFSET | (2 << 8),
        bytes,
      );
    }
    this.#forwarder.flush();
    this.#engine.consumers[at] = usual;
  }

  /** All packets of one event have the timestamp of its beginning (RFC 4733 section 2.2.2), whatever comes in between. */
  #eventTimestamp(stream: ReceiveStream, timestamp: number): number {
    const former = this.#event?.outTimestamp;
    this.#event ??= { stream, timestamp: ~timestamp, outTimestamp: 0 };
    const event = this.#event;
    if (event.stream === stream && event.timestamp === timestamp) return event.outTimestamp;
    event.stream = stream;
    event.timestamp = timestamp;
    const now = this.#owner.now();
    const epoch = this.#epochs.at(-1);
    const clockRate = this.#codec?.clockRate ?? stream.clockRate;
    if (this.#isForwarding && epoch !== undefined) {
      const media = epoch.source.stream;
      const elapsed = Math.round(((now - media.highestMs) * clockRate) / 1000);
      event.outTimestamp = (media.highestTimestamp + epoch.timestampOffset + Math.max(0, elapsed)) | 0;
    } else {
      const elapsed = this.#pausedAtMs < 0 ? 0 : Math.round(((now - this.#pausedAtMs) * clockRate) / 1000);
      event.outTimestamp = (this.#nextTimestamp + Math.max(0, elapsed)) | 0;
    }
    // Two events with one timestamp would be one.
    if (former !== undefined && ((event.outTimestamp - former) | 0) <= 0)
      event.outTimestamp = (former + 1) | 0;
    return event.outTimestamp;
  }

  /** Takes the next number for a packet that is not of the media; its mapping moves on by one. */
  #insert(timestamp: number): number {
    const epoch = this.#epochs.at(-1);
    if (!this.#isForwarding || epoch === undefined) {
      const sequence = this.#nextSequence;
      this.#nextSequence = (sequence + 1) | 0;
      if (((timestamp - this.#nextTimestamp) | 0) > 0) {
        this.#nextTimestamp = timestamp;
        this.#pausedAtMs = this.#owner.now();
      }
      return sequence;
    }
    const { highest } = epoch.source;
    const sequence = (highest + epoch.sequenceOffset + 1) | 0;
    this.#moveMapping(epoch, (sequence + 1) | 0, (epoch.sequenceOffset + 1) | 0, (highest + 1) | 0);
    return sequence;
  }

  #durationIn(slot: number, fromRate: number, toRate: number): number {
    const meta = slot * SlotMeta.Stride;
    const offset = slot * SLOT_SIZE + (this.#engine.slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff);
    const length = this.#engine.slotMeta[meta + SlotMeta.PayloadLength]!;
    return convertedDuration(this.#engine.slab, offset, length, fromRate, toRate);
  }

  /** A packet of the source that this receiver does not get: the numbers close up, so that it does not look lost. */
  #leaveOut(sequence: number): void {
    const epoch = this.#epochs.at(-1)!;
    if (sequence !== epoch.source.highest) return;
    const firstOut = (sequence + epoch.sequenceOffset) | 0;
    const sequenceOffset = (epoch.sequenceOffset - 1) | 0;
    this.#moveMapping(epoch, firstOut, sequenceOffset, (sequence + 1) | 0);
  }

  /** @param firstOut and @param firstIn first packet to which the new offset applies, as it goes out and as it comes */
  #moveMapping(epoch: Epoch, firstOut: number, sequenceOffset: number, firstIn: number): void {
    // Of several moves in a row the last one counts: nothing was sent in between that could be sent again.
    if (epoch.firstIn === firstIn) this.#epochs.pop();
    this.#addEpoch({ ...epoch, firstIn, firstOut, sequenceOffset });
    const { table } = this.#forwarder;
    table.sequenceOffset[this.consumer] = sequenceOffset;
    table.firstSequence[this.consumer] = firstIn;
  }

  /** Extended sequence number of the newest packet that went out; valid once something did. */
  get highestSent(): number {
    const epoch = this.#epochs.at(-1);
    if (epoch === undefined || !this.#isForwarding) {
      return (this.#nextSequence - 1) | 0;
    }
    return (epoch.source.highest + epoch.sequenceOffset) | 0;
  }

  get packetsSent(): number {
    return this.#finalCounts !== undefined ? this.#finalCounts.packets : this.#packetsOf(this.consumer);
  }

  get octetsSent(): number {
    return this.#finalCounts !== undefined ? this.#finalCounts.octets : this.#octetsOf(this.consumer);
  }

  /** Of the stream of retransmissions. */
  get rtxPacketsSent(): number {
    return this.#finalCounts !== undefined
      ? this.#finalCounts.rtxPackets
      : this.#packetsOf(this.#rtxConsumer);
  }

  get rtxOctetsSent(): number {
    return this.#finalCounts !== undefined ? this.#finalCounts.rtxOctets : this.#octetsOf(this.#rtxConsumer);
  }

  #packetsOf(consumer: number): number {
    if (consumer < 0) return 0;
    return this.#engine.consumers[consumer * ConsumerRecord.Stride + ConsumerRecord.PacketsSent]!;
  }

  #octetsOf(consumer: number): number {
    if (consumer < 0) return 0;
    const { consumers } = this.#engine;
    const at = consumer * ConsumerRecord.Stride;
    for (;;) {
      const high = consumers[at + ConsumerRecord.OctetsSentHigh]!;
      const low = consumers[at + ConsumerRecord.OctetsSentLow]!;
      // A sender thread may have carried over between the two.
      if (high === consumers[at + ConsumerRecord.OctetsSentHigh]) return high * 2 ** 32 + low;
    }
  }

  /** Sets minVideoSendBandwidth and maxVideoSendBandwidth of the receiver. */
  setLimits(limits: ViewerLimits): void {
    this.limits = limits;
    this.#origin?.updateViewer(this);
  }

  /** RTP timestamp of the outgoing stream at a moment, for sender reports; undefined when nothing was sent. */
  timestampAt(nowMs: number): number | undefined {
    const epoch = this.#epochs.at(-1);
    if (epoch === undefined) return undefined;
    return (epoch.source.stream.timestampAt(nowMs) + epoch.timestampOffset) | 0;
  }

  /**
   * The receiver misses a packet: sends it again if it is still in the receive ring, at most once a round trip.
   * @param sequence16 as in the NACK
   * @returns whether it was sent
   */
  resend(sequence16: number, nowMs: number, rttMs: number): boolean {
    const highest = this.highestSent;
    const sequence = (highest - ((highest - sequence16) & 0xffff)) | 0;
    let index = this.#epochs.length - 1;
    while (index >= 0 && ((sequence - this.#epochs[index]!.firstOut) | 0) < 0) index--;
    const epoch = this.#epochs[index];
    if (epoch === undefined) return false;
    const { source } = epoch;
    if (!source.find((sequence - epoch.sequenceOffset) | 0)) return false;
    const { history } = source.stream;
    const entry = history.find(source.original);
    if (entry < 0) return false;
    const slot = history.slot(entry);
    const current = this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.ReceiveNumber]!;
    if (current !== history.receiveNumber(entry)) return false;
    this.#guard ??= new ResendGuard();
    if (!this.#guard.isDue(sequence, nowMs, rttMs)) return false;
    const length = this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.PayloadLength]!;
    this.#budget ??= new RetransmissionBudget();
    if (!this.#budget.allow(nowMs, length, this.octetsSent)) {
      if (this.#budget.takeExhausted(nowMs)) this.#origin?.requestKeyFrameFor(this);
      return false;
    }
    const resends = this.#guard.note(sequence, nowMs);
    const timestamp = (history.timestamp(entry) + epoch.timestampOffset) | 0;
    if (this.#rtxConsumer >= 0 && this.#codec?.rtxPayloadType !== undefined) {
      this.#retransmit(epoch, slot, timestamp, sequence);
      // Another loss would cost the viewer another round trip; from the third time on it waits for long already.
      const twice =
        resends > 2 ? this.#budget.allow(nowMs, length, this.octetsSent) : this.#budget.allowCopy(length);
      if (twice) this.#retransmit(epoch, slot, timestamp, sequence);
      return true;
    }
    // Only under the present mapping are the bytes the same as before: other bytes under one number would reuse a nonce.
    if (this.#rtxConsumer >= 0 || index !== this.#epochs.length - 1) return false;
    // Mapped picture numbers would be lost in a plain resend, which repeats the packet as it came.
    if (mapsNumbers(epoch) || source.leftOut) return false;
    const { redundancy } = source.stream.track;
    if (!this.takesRedundancy || redundancy?.cameRedundant(slot) !== true) {
      this.#forwarder.resend(this.consumer, slot, sequence, timestamp, source.marked);
      return true;
    }
    redundancy.widen(slot);
    this.markRedundant(true);
    this.#forwarder.resend(this.consumer, slot, sequence, timestamp);
    redundancy.narrow(slot);
    this.markRedundant(false);
    return true;
  }

  #retransmit(epoch: Epoch, slot: number, timestamp: number, sequence: number): void {
    this.#rtxSequence = (this.#rtxSequence + 1) | 0;
    const offset =
      slot * SLOT_SIZE + (this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.OffsetAndMarker]! & 0xffff);
    const length = this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.PayloadLength]!;
    const { source } = epoch;
    const frame = epoch.frameOffset === 0 ? -1 : this.#frameNumberOf(slot, offset);
    const outFrame = frame < 0 ? 0 : (frame + epoch.frameOffset) & 0xffff;
    const flags =
      (source.marked ? CommandFlag.Marker : 0) |
      (source.leftOut ? CommandFlag.Empty : 0) |
      (frame < 0 ? 0 : CommandFlag.FrameNumber);
    const numbers = this.#codec?.name.toLowerCase() === 'vp9' ? vp9 : vp8;
    const mapped = mapsNumbers(epoch) && !source.leftOut;
    if (mapped && numbers.parse(this.#engine.slab, offset, length) && numbers.pictureId >= 0) {
      this.#forwarder.retransmitPatched(
        this.#rtxConsumer,
        slot,
        this.#rtxSequence,
        timestamp,
        sequence,
        numbers,
        offset,
        numbers.pictureId - source.picturesLeftOut + epoch.pictureIdOffset,
        numbers.tl0PicIdx + epoch.tl0Offset,
        flags,
        outFrame,
      );
    } else {
      this.#forwarder.retransmit(
        this.#rtxConsumer,
        slot,
        this.#rtxSequence,
        timestamp,
        sequence,
        flags,
        outFrame,
      );
    }
  }

  /** As it came in the dependency descriptor of a packet; -1 when it has none. @param payload where its payload begins */
  #frameNumberOf(slot: number, payload: number): number {
    const id = this.#origin?.extensions.get(ExtensionUri.DependencyDescriptor);
    if (id === undefined) return -1;
    const start = slot * SLOT_SIZE;
    const found = findExtension(this.#engine.slab, start, payload - start, id);
    if (found < 0 || elementLength(found) < MANDATORY_LENGTH) return -1;
    return frameNumberOf(this.#engine.slab, start + elementOffset(found));
  }

  /**
   * Sends recent packets once more on the stream of retransmissions, to probe what the path carries: a receiver takes them
   * for late repairs.
   * @param bytes wanted
   * @returns about how many were written; 0 when there is nothing that can be sent so
   */
  pad(bytes: number): number {
    const epoch = this.#epochs.at(-1);
    const able = this.#rtxConsumer >= 0 && this.#codec?.rtxPayloadType !== undefined && this.#isForwarding;
    if (!able || epoch === undefined || this.kind !== 'video') return 0;
    const { source } = epoch;
    const { history } = source.stream;
    const newest = this.highestSent;
    let written = 0;
    for (let i = 0; i < PADDING_PACKETS && written < bytes; i++) {
      const sequence = (newest - i) | 0;
      if (((sequence - epoch.firstOut) | 0) < 0) break;
      if (!source.find((sequence - epoch.sequenceOffset) | 0) || source.leftOut) continue;
      const entry = history.find(source.original);
      if (entry < 0) continue;
      const slot = history.slot(entry);
      const meta = slot * SlotMeta.Stride;
      if (this.#engine.slotMeta[meta + SlotMeta.ReceiveNumber]! !== history.receiveNumber(entry)) continue;
      const length = this.#engine.slotMeta[meta + SlotMeta.PayloadLength]!;
      if (length < PADDING_MIN_BYTES) continue;
      this.#retransmit(epoch, slot, (history.timestamp(entry) + epoch.timestampOffset) | 0, sequence);
      written += length + PADDING_OVERHEAD;
    }
    return written;
  }

  /** Whether its packets count in transport-wide feedback. */
  get isTransportWide(): boolean {
    const record = this.#engine.consumers;
    const resends = (record[this.#record + ConsumerRecord.Flags]! & ConsumerFlag.Deterministic) !== 0;
    return !resends && record[this.#record + ConsumerRecord.TransportSequenceOffset]! > 0;
  }

  /** Sends what was written. */
  send(): void {
    this.#forwarder.send();
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
    this.#epochs = [];
  }

  #writeRecord(consumer: number, ssrc: number): void {
    const extensions = this.#extensions;
    const mid = this.#mid;
    const session = this.#session;
    const record = this.#engine.consumers;
    const at = consumer * ConsumerRecord.Stride;
    record.fill(0, at, at + ConsumerRecord.Stride);
    record[at + ConsumerRecord.Session] = session;
    record[at + ConsumerRecord.Ssrc] = ssrc;
    record[at + ConsumerRecord.PayloadType] = (this.#codec ?? this.#codecs[0])?.payloadType ?? 0;
    const wide = this.#codecs.some(({ feedback }) => feedback.transportCc)
      ? extensions.get(ExtensionUri.TransportWideSequence)
      : undefined;
    // Without RTX a packet may go out twice under one number, then it must be the same bytes: no transport-wide number,
    // which a stream gets that is not asked for again (audio without NACK).
    const asked = wide === undefined || this.#codecs.some(({ feedback }) => feedback.nack);
    const resends = this.#rtxConsumer < 0 && asked;
    record[at + ConsumerRecord.Flags] = resends ? ConsumerFlag.Deterministic : 0;
    const elements: { id: number; length: number; data?: Uint8Array; uri: string }[] = [];
    const absSendTime = extensions.get(ExtensionUri.AbsoluteSendTime);
    if (absSendTime !== undefined) {
      elements.push({ id: absSendTime, length: 3, uri: ExtensionUri.AbsoluteSendTime });
    }
    if (wide !== undefined) {
      elements.push({ id: wide, length: 2, uri: ExtensionUri.TransportWideSequence });
    }
    const midId = extensions.get(ExtensionUri.Mid);
    if (midId !== undefined && mid !== undefined && mid.length <= 16) {
      const data = Buffer.from(mid);
      elements.push({ id: midId, length: data.length, data, uri: ExtensionUri.Mid });
    }
    for (const { uri, length } of COPIED_EXTENSIONS) {
      const id = extensions.get(uri);
      if (id !== undefined && this.#copies(uri)) elements.push({ id, length, uri });
    }
    const described = extensions.get(ExtensionUri.DependencyDescriptor);
    const comes = this.#origin?.extensions.get(ExtensionUri.DependencyDescriptor);
    const describes = described !== undefined && comes !== undefined;
    const { bytes, offsets } = buildExtensionTemplate(elements, undefined, describes);
    if (describes) record[at + ConsumerRecord.AppendExtension] = comes | (described << 8);
    record[at + ConsumerRecord.ExtensionLength] = bytes.length;
    this.#engine.consumerBytes.set(bytes, (at + ConsumerRecord.ExtensionTemplate) * 4);
    let copy = 0;
    for (const [index, { uri, length }] of elements.entries()) {
      const offset = offsets[index]!;
      if (uri === ExtensionUri.AbsoluteSendTime) record[at + ConsumerRecord.AbsSendTimeOffset] = offset;
      if (uri === ExtensionUri.TransportWideSequence) {
        record[at + ConsumerRecord.TransportSequenceOffset] = offset;
      }
      const incoming = this.#origin?.extensions.get(uri);
      if (incoming !== undefined && this.#copies(uri)) {
        record[at + ConsumerRecord.CopyExtensions + copy++] = incoming | (offset << 8) | (length << 16);
      }
    }
  }

  /** Whether the present origin has an extension that is copied. Without it the element would be zeros, which mean something. */
  #copies(uri: string): boolean {
    return COPIED_EXTENSIONS.some((known) => known.uri === uri) && this.#origin?.extensions.has(uri) === true;
  }

  /** Writes the records anew, keeping their counts: extensions depend on the origin and on what was negotiated. */
  #rewriteRecords(): void {
    this.#forwarder.flush();
    const record = this.#engine.consumers;
    for (const consumer of this.#rtxConsumer >= 0 ? [this.consumer, this.#rtxConsumer] : [this.consumer]) {
      const at = consumer * ConsumerRecord.Stride;
      const kept = record.slice(at + ConsumerRecord.PacketsSent, at + ConsumerRecord.LastTimestamp + 1);
      this.#writeRecord(consumer, consumer === this.consumer ? this.ssrc : this.rtxSsrc!);
      record.set(kept, at + ConsumerRecord.PacketsSent);
    }
  }
}

function mapsNumbers({ source, pictureIdOffset, tl0Offset, frameOffset }: Epoch): boolean {
  return source.closesPictureIds || pictureIdOffset !== 0 || tl0Offset !== 0 || frameOffset !== 0;
}

/** What leads from a number of the source to the next one to send; nothing where there are none. */
function offsetOf(next: number, present: number): number {
  return next < 0 || present < 0 ? 0 : next - present;
}
