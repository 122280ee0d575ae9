import { type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import {
  type KeyFrameDetector,
  KeyFrameRequester,
  keyFrameDetector,
  RembCombiner,
  type ViewerLimits,
} from '@rivero/rtp';
import type { NegotiatedCodec } from '@rivero/sdp';
import type { MediaKind, MediaOrigin, MediaSink } from '../routing/media.js';
import type { Forwarder } from './forwarder.js';
import type { ReceiveStream } from './receive-stream.js';

/** Silence after which a track no longer flows, ms. Opus with DTX sends every 400 ms. */
const SILENCE_MS = 1000;

/** What a track needs of the endpoint that receives it. */
export interface ReceiveTrackListener {
  /** Packets began to arrive or stopped; or another codec arrives. */
  trackChanged(track: ReceiveTrack): void;
  /** Sends a PLI, or a FIR where only that was negotiated. */
  sendKeyFrameRequest(track: ReceiveTrack, stream: ReceiveStream): void;
  /** A key frame is wanted: `nextKeyFrameRequest` may have moved. */
  keyFrameWanted(): void;
}

/** What the sink side of forwarding looks like to a track. */
export interface TrackSink extends MediaSink {
  /** Consumer of the packet engine through which this track's packets go. */
  readonly consumer: number;
  /** Bounds on what is asked for on this receiver's behalf. */
  readonly limits: ViewerLimits;
  /** Another stream or codec comes from now on: the mapping must start anew. */
  originRestarted(): void;
}

/**
 * Media of one kind that an endpoint receives: the origin of a flow. Picks the stream that counts, sees key frames, and
 * hands every packet to the sinks.
 */
export class ReceiveTrack implements MediaOrigin {
  /** Codecs by payload type as the peer sends them. */
  readonly #codecs: (NegotiatedCodec | undefined)[] = new Array<NegotiatedCodec | undefined>(128).fill(
    undefined,
  );
  readonly #retransmissions: (NegotiatedCodec | undefined)[] = new Array<NegotiatedCodec | undefined>(
    128,
  ).fill(undefined);
  readonly #sinks: TrackSink[] = [];
  readonly #keyFrames = new KeyFrameRequester();
  readonly #slab: Uint8Array;
  readonly #slotMeta: Uint32Array;
  readonly #rembs = new RembCombiner();
  #consumers = new Int32Array(4);
  #waiting = 0;
  #payloadType = -1;
  #codec: NegotiatedCodec | undefined;
  #isKeyFrame: KeyFrameDetector | undefined;
  #stream: ReceiveStream | undefined;
  #flowing = false;
  /** Header extension ids as the peer sends them, by URI. */
  extensions: ReadonlyMap<string, number> = new Map();
  /** Key frames seen since someone waited for one. */
  keyFrames = 0;

  constructor(
    readonly kind: MediaKind,
    engine: PacketEngine,
    private readonly forwarder: Forwarder,
    private readonly listener: ReceiveTrackListener,
    private readonly now: () => number,
  ) {
    this.#slab = engine.slab;
    this.#slotMeta = engine.slotMeta;
  }

  /** Takes what was negotiated. */
  setCodecs(codecs: readonly NegotiatedCodec[]): void {
    this.#codecs.fill(undefined);
    this.#retransmissions.fill(undefined);
    for (const codec of codecs) {
      this.#codecs[codec.receivePayloadType] = codec;
      if (codec.receiveRtxPayloadType !== undefined)
        this.#retransmissions[codec.receiveRtxPayloadType] = codec;
    }
    this.#payloadType = -1;
    // While media flows the packets say what it is; before, the first codec is what the peer is expected to send.
    this.#codec =
      codecs.find((codec) => codec.receivePayloadType === this.#codec?.receivePayloadType) ?? codecs[0];
  }

  /** The codec of a payload type, if it carries media of this track. */
  codecOf(payloadType: number): NegotiatedCodec | undefined {
    return this.#codecs[payloadType];
  }

  /** The codec whose retransmissions a payload type carries. */
  retransmittedCodec(payloadType: number): NegotiatedCodec | undefined {
    return this.#retransmissions[payloadType];
  }

  get codec(): NegotiatedCodec | undefined {
    return this.#codec;
  }

  get flowing(): boolean {
    return this.#flowing;
  }

  /** The stream that is forwarded. */
  get stream(): ReceiveStream | undefined {
    return this.#stream;
  }

  get sinks(): readonly TrackSink[] {
    return this.#sinks;
  }

  addSink(sink: MediaSink): void {
    const index = this.#sinks.push(sink as TrackSink) - 1;
    if (index >= this.#consumers.length) {
      const larger = new Int32Array(this.#consumers.length * 2);
      larger.set(this.#consumers);
      this.#consumers = larger;
    }
    this.#consumers[index] = (sink as TrackSink).consumer;
    this.#rembs.setViewer((sink as TrackSink).consumer, (sink as TrackSink).limits);
    if (this.kind === 'video') {
      this.#waiting++;
      this.requestKeyFrame();
    }
  }

  removeSink(sink: MediaSink): void {
    const index = this.#sinks.indexOf(sink as TrackSink);
    if (index < 0) return;
    this.#rembs.removeViewer((sink as TrackSink).consumer);
    const last = this.#sinks.pop()!;
    if (last !== sink) {
      this.#sinks[index] = last;
      this.#consumers[index] = last.consumer;
    }
  }

  requestKeyFrame(): void {
    const stream = this.#stream;
    // Before the first packet there is nobody to ask; the first packet asks when somebody waits.
    if (this.kind !== 'video' || stream === undefined) return;
    if (this.#keyFrames.ask(this.now())) this.listener.sendKeyFrameRequest(this, stream);
    this.listener.keyFrameWanted();
  }

  /** When `pollKeyFrameRequest` is to be called next, ms; Infinity when no key frame is waited for. */
  get nextKeyFrameRequest(): number {
    return this.#keyFrames.nextTimeout();
  }

  /** Sends the key frame request that is due. */
  pollKeyFrameRequest(nowMs: number): void {
    const stream = this.#stream;
    if (stream !== undefined && this.#keyFrames.poll(nowMs)) this.listener.sendKeyFrameRequest(this, stream);
  }

  /** A receiver says what it can take, bit/s. */
  onViewerRemb(sink: TrackSink, bitrate: number, nowMs: number): void {
    this.#rembs.onRemb(sink.consumer, bitrate, nowMs);
  }

  /** A receiver's bounds have changed. */
  updateViewer(sink: TrackSink): void {
    if (this.#sinks.includes(sink)) this.#rembs.setViewer(sink.consumer, sink.limits);
  }

  /** What all receivers can take, bit/s; Infinity when none says. */
  viewersBitrate(nowMs: number): number {
    return this.#rembs.minimum(nowMs);
  }

  /** A packet of one of this track's streams, decrypted in the slab. */
  onRtp(
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
    payloadType: number,
    nowMs: number,
  ): void {
    const newest = stream.advance(sequence, timestamp, nowMs);
    // Sent once already, or too old to tell: the same sequence number must never go out with other bytes.
    if (!newest && !stream.history.isMissing(sequence, stream.highest)) return;
    const meta = slot * SlotMeta.Stride;
    stream.history.put(sequence, slot, this.#slotMeta[meta + SlotMeta.ReceiveNumber]!, timestamp);
    if (stream !== this.#stream && !this.#selectStream(stream, newest)) return;
    if (payloadType !== this.#payloadType && !this.#selectCodec(payloadType)) return;

    let canStart = true;
    if (this.#isKeyFrame !== undefined) {
      canStart = false;
      if (this.#waiting > 0 || this.#keyFrames.pending) {
        const offset = slot * SLOT_SIZE + (this.#slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff);
        canStart = this.#isKeyFrame(this.#slab, offset, this.#slotMeta[meta + SlotMeta.PayloadLength]!);
        if (canStart && newest) {
          this.keyFrames++;
          this.#keyFrames.onKeyFrame();
          stream.nack?.onKeyFrame(sequence);
        }
      }
    }
    this.#waiting = this.forwarder.forward(
      this.#consumers,
      this.#sinks.length,
      slot,
      sequence,
      timestamp,
      newest,
      canStart,
    );
    if (this.#waiting > 0 && this.kind === 'video' && !this.#keyFrames.pending) this.requestKeyFrame();
    if (!this.#flowing) {
      this.#flowing = true;
      this.listener.trackChanged(this);
    }
  }

  /** Looks whether packets still arrive. Called about once a second. */
  checkFlow(nowMs: number): void {
    if (this.#flowing && this.#stream !== undefined && nowMs - this.#stream.highestMs > SILENCE_MS)
      this.stopFlow();
  }

  /** The peer left: nothing flows any more. */
  stopFlow(): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.listener.trackChanged(this);
  }

  /** Forgets the stream (BYE). */
  endStream(stream: ReceiveStream): void {
    if (this.#stream !== stream) return;
    this.#stream = undefined;
    this.stopFlow();
  }

  close(): void {
    for (const sink of [...this.#sinks]) sink.setOrigin(undefined);
    this.#flowing = false;
  }

  #selectStream(stream: ReceiveStream, newest: boolean): boolean {
    // A packet of an older stream that was overtaken by its successor.
    if (!newest) return false;
    const first = this.#stream === undefined;
    this.#stream = stream;
    if (!first) this.#restart();
    if (this.kind === 'video' && this.#sinks.length > 0) this.requestKeyFrame();
    return true;
  }

  #selectCodec(payloadType: number): boolean {
    const codec = this.#codecs[payloadType];
    if (codec === undefined) return false;
    this.#payloadType = payloadType;
    const changed = codec !== this.#codec || this.#isKeyFrame === undefined;
    this.#codec = codec;
    this.#isKeyFrame = this.kind === 'video' ? keyFrameDetector(codec.name) : undefined;
    if (changed) {
      this.#restart();
      this.listener.trackChanged(this);
    }
    return true;
  }

  #restart(): void {
    for (const sink of [...this.#sinks]) sink.originRestarted();
    this.#waiting = this.#sinks.length;
  }
}
