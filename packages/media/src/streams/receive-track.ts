import { type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import { ExtensionUri, readAudioLevel } from '@rivero/rtp';
import { isAuxiliary, type NegotiatedCodec } from '@rivero/sdp';
import type { MediaKind, MediaOrigin, MediaSink } from '../routing/media.js';
import { SmallSet } from '../runtime/small-map.js';
import { LatencyMeter } from '../stats/latency-meter.js';
import { CodecTable } from './codec-table.js';
import type { Forwarder } from './forwarder.js';
import { Layer } from './layer.js';
import { LayerDistribution } from './layer-distribution.js';
import { ProtectedVideo } from './protected-video.js';
import type { ReceiveStream } from './receive-stream.js';
import { isRedundancy, RedundantAudio } from './redundant-audio.js';
import { repair } from './repaired-packets.js';
import type { TrackSink } from './track-sink.js';
import { SILENCE_MS, TrackSinks } from './track-sinks.js';

const NO_EXTENSIONS: ReadonlyMap<string, number> = new Map();

/** What a track needs of the endpoint that receives it. */
export interface ReceiveTrackListener {
  /** Packets began to arrive or stopped; or another codec arrives. */
  trackChanged(track: ReceiveTrack): void;
  /** Sends a PLI, or a FIR where only that was negotiated. */
  sendKeyFrameRequest(track: ReceiveTrack, stream: ReceiveStream): void;
  /** What a receiver can take has become less, and it may be that the source has to send less. */
  viewerFell(nowMs: number): void;
  /** A key frame is wanted: `nextKeyFrameRequest` may have moved. */
  keyFrameWanted(): void;
  /** ms, of the clock that packets come with. */
  now(): number;
}

/** What comes so soon after a goodbye was overtaken by it, ms. */
const OVERTAKEN_MS = 200;

/** Firefox says goodbye when it is put on hold, and goes on under the same SSRC. */
function hasComeBack(stream: ReceiveStream, nowMs: number): boolean {
  if (stream.endedMs < 0 || nowMs - stream.endedMs < OVERTAKEN_MS) return false;
  stream.endedMs = -1;
  return true;
}

/** Wants to know the audio level of every packet. */
export interface AudioLevelListener {
  /** @param level as in the header extension (RFC 6464): -dBov 0 … 127 | voice activity << 7 */
  onAudioLevel(level: number, nowMs: number): void;
}

/**
 * Media of one kind that an endpoint receives: the origin of a flow. Picks the stream that counts, sees key frames, and
 * hands every packet to the sinks.
 */
export class ReceiveTrack implements MediaOrigin {
  #table = CodecTable.NONE;
  readonly #sinks = new TrackSinks();
  readonly #distribution = new LayerDistribution(this.#sinks, this);
  readonly #engine: PacketEngine;
  readonly #slotMeta: Uint32Array;
  /** Sinks that get the media in another encoding, but the events from here. */
  #eventSinks: SmallSet<TrackSink> | undefined;
  #codec: NegotiatedCodec | undefined;
  #flowing = false;
  /** Header extension ids as the peer sends them, by URI. */
  extensions: ReadonlyMap<string, number> = NO_EXTENSIONS;
  /** Ids of the simulcast encodings that were negotiated; empty without simulcast. */
  rids: readonly string[] = [];
  #latency: LatencyMeter | undefined;
  /** Told the levels of received audio, while somebody wants to know. */
  audioLevels: AudioLevelListener | undefined;
  #paused = false;
  /** Payloads can't be read; marks tell where key frames begin. */
  opaque = false;
  /** Set when the peer may send audio with redundancy. */
  redundancy: RedundantAudio | undefined;
  /** Set when the peer may send video with FEC among it. */
  protection: ProtectedVideo | undefined;

  constructor(
    readonly kind: MediaKind,
    engine: PacketEngine,
    private readonly forwarder: Forwarder,
    private readonly listener: ReceiveTrackListener,
  ) {
    this.#engine = engine;
    this.#slotMeta = engine.slotMeta;
  }

  /** Has a sink that gets the media in another encoding get the events from here, or no longer. */
  setEventSink(sink: TrackSink, on: boolean): void {
    if (!on) this.#eventSinks?.delete(sink);
    else {
      this.#eventSinks ??= new SmallSet();
      this.#eventSinks.add(sink);
    }
  }

  /** Takes what was negotiated. */
  setCodecs(negotiated: readonly NegotiatedCodec[]): void {
    this.#table = CodecTable.of(negotiated);
    const { codecs } = this.#table;
    for (const layer of this.#sinks.layers) layer.payloadType = -1;
    // While media flows the packets say what it is; before, the first codec is what the peer is expected to send.
    this.#codec =
      codecs.find((codec) => codec.receivePayloadType === this.#codec?.receivePayloadType) ??
      codecs.find((codec) => !isAuxiliary(codec.name));
    const red = this.kind === 'audio' ? codecs.find(isRedundancy) : undefined;
    this.redundancy = red && new RedundantAudio(this.#engine, this.forwarder, red.receivePayloadType);
    this.protection = this.kind === 'video' ? ProtectedVideo.of(this.#engine, codecs) : undefined;
  }

  /** The codec of a payload type, if it carries media of this track. */
  codecOf(payloadType: number): NegotiatedCodec | undefined {
    return this.#table.received.get(payloadType);
  }

  /** Whether a payload type is what video with FEC among it is wrapped in. */
  isProtection(payloadType: number): boolean {
    return payloadType === this.protection?.payloadType;
  }

  /** The codec whose retransmissions a payload type carries. */
  retransmittedCodec(payloadType: number): NegotiatedCodec | undefined {
    return this.#table.retransmissions.get(payloadType);
  }

  get codec(): NegotiatedCodec | undefined {
    return this.#codec;
  }

  /** Whether packets come and are forwarded. */
  get flowing(): boolean {
    return this.#flowing && !this.#paused;
  }

  /** Whether packets come. */
  get receiving(): boolean {
    return this.#flowing;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /**
   * Stops forwarding, or goes on with it at the next key frame, which is asked for. The streams of the sinks go on as
   * after any pause. @returns whether that is a change
   */
  setPaused(paused: boolean): boolean {
    if (paused === this.#paused) return false;
    this.#paused = paused;
    for (const layer of this.#sinks.layers) {
      layer.restart();
      if (paused) layer.keyFrames.onKeyFrame();
      else if (layer.sinks.length > 0) this.requestKeyFrameOf(layer);
    }
    if (this.#flowing) this.listener.trackChanged(this);
    return true;
  }

  get latency(): LatencyMeter | undefined {
    return this.#latency;
  }

  /** Begins to measure how long packets take, or ends it and forgets what was measured. */
  measureLatency(on: boolean): void {
    if (on) this.#latency ??= new LatencyMeter();
    else this.#latency = undefined;
  }

  /** The encodings that come, as far as they are known. */
  get layers(): readonly Layer[] {
    return this.#sinks.layers;
  }

  /** The only stream of a track without simulcast; of simulcast the one that came last. */
  get stream(): ReceiveStream | undefined {
    return this.#sinks.layers.at(-1)?.stream;
  }

  get sinks(): readonly TrackSink[] {
    return [...this.#sinks.states.keys()];
  }

  addSink(added: MediaSink): void {
    const sink = added as TrackSink;
    const now = this.listener.now();
    const layer = this.#sinks.add(sink, now);
    this.#setViewer(sink);
    if (layer === undefined) return;
    if (this.layered) this.#distribution.select(now);
    if (!this.#sinks.isArriving(sink)) {
      this.requestKeyFrameOf(this.#sinks.states.get(sink)?.layer ?? layer);
    }
  }

  /** Has a sink of another track change over to this one at the next key frame, which is asked for. */
  expectSink(sink: TrackSink): void {
    const layer = this.#sinks.expect(sink);
    if (layer !== undefined) this.requestKeyFrameOf(layer);
  }

  /** The sink has gone elsewhere. */
  forgetSink(sink: TrackSink): void {
    this.#sinks.forget(sink);
  }

  removeSink(removed: MediaSink): void {
    const sink = removed as TrackSink;
    if (this.#sinks.remove(sink)) this.#distribution.removeViewer(sink);
  }

  /** Nobody is told what audio may take. */
  #setViewer(sink: TrackSink): void {
    if (this.kind === 'video') this.#distribution.setViewer(sink);
  }

  requestKeyFrame(): void {
    for (const layer of this.#sinks.layers) if (layer.sinks.length > 0) this.requestKeyFrameOf(layer);
  }

  /** For one sink: only the encoding that it gets. */
  requestKeyFrameFor(sink: TrackSink): void {
    const layer = this.#sinks.states.get(sink)?.layer;
    if (layer !== undefined) this.requestKeyFrameOf(layer);
  }

  requestKeyFrameOf(layer: Layer): void {
    if (this.kind !== 'video' || this.#paused) return;
    if (layer.keyFrames.ask(this.listener.now())) this.listener.sendKeyFrameRequest(this, layer.stream);
    this.listener.keyFrameWanted();
  }

  /** When `pollKeyFrameRequest` is to be called next, ms; Infinity when no key frame is waited for. */
  get nextKeyFrameRequest(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const layer of this.#sinks.layers) next = Math.min(next, layer.keyFrames.nextTimeout());
    return next;
  }

  /** Sends the key frame requests that are due. */
  pollKeyFrameRequest(nowMs: number): void {
    for (const layer of this.#sinks.layers) {
      if (layer.keyFrames.poll(nowMs)) this.listener.sendKeyFrameRequest(this, layer.stream);
    }
  }

  /** A receiver says what it can take, bit/s. */
  onViewerRemb(sink: TrackSink, bitrate: number, nowMs: number): void {
    this.onViewerEstimate(sink, bitrate, bitrate, false, nowMs);
  }

  /**
   * The estimate for a receiver with transport-wide feedback, bit/s.
   * @param allowed what the source may send for it, bit/s: more than the estimate while its path has not shown that it carries no more
   * @param probed probes show when it would carry more
   */
  onViewerEstimate(sink: TrackSink, bitrate: number, allowed: number, probed: boolean, nowMs: number): void {
    const fell = this.#distribution.onEstimate(sink, bitrate, allowed, probed, nowMs);
    if (fell && !this.layered) this.listener.viewerFell(nowMs);
  }

  /** Whether a receiver's estimate does not bound the source. */
  exemptViewer(sink: TrackSink, exempt: boolean): void {
    this.#distribution.exempt(sink, exempt);
  }

  /** What comes, bit/s; of simulcast all encodings. */
  bitrate(nowMs: number): number {
    return this.#sinks.layers.reduce((sum, { stream }) => sum + stream.statistics.bitrate(nowMs), 0);
  }

  /** Whether sinks have a choice of encodings or layers. */
  get layered(): boolean {
    return this.#distribution.isLayered;
  }

  /** What a receiver gets, bit/s. */
  bitrateFor(sink: TrackSink, nowMs: number): number {
    return this.#distribution.bitrateFor(sink, nowMs);
  }

  /** What a receiver could make use of, bit/s: enough to choose the highest encoding it may have, or for a source to grow. */
  usefulBitrateFor(sink: TrackSink, nowMs: number): number {
    return this.#distribution.usefulBitrateFor(sink, nowMs);
  }

  /** A receiver's bounds have changed. */
  updateViewer(sink: TrackSink): void {
    if (!this.#sinks.states.has(sink)) return;
    this.#setViewer(sink);
    if (this.layered) this.#distribution.select(this.listener.now());
  }

  /** What all receivers can take, bit/s; Infinity when none says, or when each gets the encoding that suits it. */
  viewersBitrate(nowMs: number): number {
    return this.#distribution.viewersBitrate(nowMs);
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
    if (this.audioLevels !== undefined && newest) this.#tellLevel(slot, nowMs);
    const accompanying = this.#table.accompanying.get(payloadType);
    if (accompanying !== undefined) {
      // Not into the history: a resend would carry the payload type of the media.
      // Some send them under an SSRC of their own.
      for (const sink of (stream.layer ?? this.#sinks.layers.at(-1))?.sinks ?? [])
        sink.sendAccompanying(accompanying, stream, slot, sequence, timestamp);
      for (const sink of this.#eventSinks ?? [])
        sink.sendAccompanying(accompanying, stream, slot, sequence, timestamp);
      return;
    }
    const redundancy = payloadType === this.redundancy?.payloadType ? this.redundancy : undefined;
    const protection = payloadType === this.protection?.payloadType ? this.protection : undefined;
    const type = (redundancy ?? protection)?.unwrap(slot) ?? payloadType;
    if (type < 0) return;
    if (protection !== undefined && type === protection.fecPayloadType) {
      this.#takeFec(protection, stream, slot, sequence, timestamp, newest, nowMs);
      return;
    }
    stream.history.put(
      sequence,
      slot,
      this.#slotMeta[slot * SlotMeta.Stride + SlotMeta.ReceiveNumber]!,
      timestamp,
    );
    let layer = stream.layer ?? this.#openLayer(stream);
    if (layer.superseded) {
      if (!newest || !hasComeBack(stream, nowMs)) return;
      layer = this.#openLayer(stream);
    }
    if (type !== layer.payloadType && !this.#selectCodec(layer, type)) return;
    if (redundancy !== undefined) {
      redundancy.recover(layer, stream, slot, sequence, timestamp, nowMs);
      redundancy.forward(layer, stream, slot, sequence, timestamp, newest);
    } else if (!this.#paused) {
      layer.forward(slot, sequence, timestamp, newest, this);
      if (layer.wantsKeyFrame && !layer.keyFrames.pending) this.requestKeyFrameOf(layer);
    }
    if (!this.#flowing) {
      this.#flowing = true;
      this.listener.trackChanged(this);
    }
  }

  #takeFec(
    protection: ProtectedVideo,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
    newest: boolean,
    nowMs: number,
  ): void {
    // Receive number 0: no slot has it, so that what is put into this one is never sent again under the number of the FEC.
    stream.history.put(sequence, slot, 0, timestamp);
    const { layer } = stream;
    if (layer === undefined || layer.superseded) return;
    const fec = protection.takeFec(stream, slot, this.extensions);
    if (!this.#paused) layer.forward(slot, sequence, timestamp, newest, this);
    // What is made again goes into the same slot.
    this.forwarder.flush();
    repair(fec, stream, nowMs);
  }

  #tellLevel(slot: number, nowMs: number): void {
    const id = this.extensions.get(ExtensionUri.AudioLevel);
    if (id === undefined) return;
    const header = this.#slotMeta[slot * SlotMeta.Stride + SlotMeta.OffsetAndMarker]! & 0xffff;
    const level = readAudioLevel(this.#engine.slab, slot * SLOT_SIZE, header, id);
    if (level >= 0) this.audioLevels!.onAudioLevel(level, nowMs);
  }

  /** Looks whether packets still arrive, and which encoding suits each sink. Called about once a second. */
  checkFlow(nowMs: number): void {
    const newest = this.#sinks.layers.reduce((last, { stream }) => Math.max(last, stream.highestMs), 0);
    if (this.#flowing && this.#sinks.layers.length > 0 && nowMs - newest > SILENCE_MS) this.stopFlow();
    this.#distribution.review(nowMs);
  }

  /** The peer left: nothing flows any more. */
  stopFlow(): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.listener.trackChanged(this);
  }

  /** Forgets a stream (BYE). */
  endStream(stream: ReceiveStream): void {
    stream.endedMs = this.listener.now();
    if (this.#sinks.end(stream) && this.#sinks.layers.length === 0) this.stopFlow();
  }

  close(): void {
    for (const sink of this.sinks) sink.setOrigin(undefined);
    this.#flowing = false;
  }

  /** A stream's first packet: an encoding of its own, or the successor of one that came under another SSRC. */
  #openLayer(stream: ReceiveStream): Layer {
    const layer = new Layer(stream, stream.rid, this.#engine, this.forwarder);
    stream.layer = layer;
    this.#sinks.open(layer);
    return layer;
  }

  #selectCodec(layer: Layer, payloadType: number): boolean {
    const codec = this.#table.received.get(payloadType);
    if (codec === undefined || isAuxiliary(codec.name)) return false;
    const described = this.extensions.get(ExtensionUri.DependencyDescriptor);
    const marked = this.opaque ? this.extensions.get(ExtensionUri.KeyFrameMark) : undefined;
    layer.setCodec(codec, payloadType, this.kind === 'video', described, marked);
    if (this.#codec !== codec) this.#codec = codec;
    layer.restart();
    this.listener.trackChanged(this);
    return true;
  }

  /** A key frame of a layer begins: the sinks that wait for it change over. */
  changeOver(layer: Layer): void {
    this.#sinks.changeOver(layer, this);
  }
}
