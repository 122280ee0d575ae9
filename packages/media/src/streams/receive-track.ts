import { type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import {
  EVERYTHING,
  ExtensionUri,
  RembCombiner,
  readAudioLevel,
  spatialOf,
  type ViewerLimits,
} from '@rivero/rtp';
import { isAuxiliary, type NegotiatedCodec } from '@rivero/sdp';
import type { MediaKind, MediaOrigin, MediaSink } from '../routing/media.js';
import { SmallMap, SmallSet } from '../runtime/small-map.js';
import { LatencyMeter } from '../stats/latency-meter.js';
import { CodecTable } from './codec-table.js';
import type { Forwarder } from './forwarder.js';
import { Layer } from './layer.js';
import {
  boundedChoices,
  decodableChoices,
  indexOfChoice,
  type LayerChoice,
  layerChoices,
  qualitySteps,
} from './layer-choice.js';
import { LayerDemand, type WantedPart, wantedPart } from './layer-demand.js';
import { LayerSelector } from './layer-selector.js';
import type { ReceiveStream } from './receive-stream.js';
import { isRedundancy, RedundantAudio } from './redundant-audio.js';

/** Silence after which a track no longer flows, ms. Opus with DTX sends every 400 ms. */
const SILENCE_MS = 1000;

const NO_EXTENSIONS: ReadonlyMap<string, number> = new Map();

/** What a track needs of the endpoint that receives it. */
export interface ReceiveTrackListener {
  /** Packets began to arrive or stopped; or another codec arrives. */
  trackChanged(track: ReceiveTrack): void;
  /** Sends a PLI, or a FIR where only that was negotiated. */
  sendKeyFrameRequest(track: ReceiveTrack, stream: ReceiveStream): void;
  /** A key frame is wanted: `nextKeyFrameRequest` may have moved. */
  keyFrameWanted(): void;
  /** ms, of the clock that packets come with. */
  now(): number;
}

/** Wants to know the audio level of every packet. */
export interface AudioLevelListener {
  /** @param level as in the header extension (RFC 6464): -dBov 0 … 127 | voice activity << 7 */
  onAudioLevel(level: number, nowMs: number): void;
}

/** What the sink side of forwarding looks like to a track. */
export interface TrackSink extends MediaSink {
  /** Consumer of the packet engine through which this track's packets go. */
  readonly consumer: number;
  /** Bounds on what is asked for on this receiver's behalf. */
  readonly limits: ViewerLimits;
  /** bit/s that it could make use of though its origin sends less: it is to be known when its path carries as much; 0 = none. */
  readonly usefulBitrate: number;
  /** Sends an event that came between the media (RFC 4733), if the receiver takes such. */
  sendAccompanying(
    codec: NegotiatedCodec,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
  ): void;
  /** Whether it gets audio with redundancy as it comes (RFC 2198); else the primary block alone. */
  readonly takesRedundancy: boolean;
  /** Whether it gets dependency descriptors: without them no receiver can put the spatial layers of AV1 together. */
  readonly takesDescriptors: boolean;
  /** What is sent next is redundant audio, or no longer. */
  markRedundant(on: boolean): void;
  /** Another stream or codec comes from now on: the mapping must start anew. */
  originRestarted(): void;
  /** Other layers of the same stream come from the present packet on, which has not been forwarded yet. */
  continueElsewhere(): void;
  /** A key frame of a track at which it was expected begins: it changes over. */
  arriveAt(track: ReceiveTrack): void;
  /** It has nothing to go on from: it waits for a key frame, or gets nothing. */
  readonly waits: boolean;
}

/**
 * Media of one kind that an endpoint receives: the origin of a flow. Picks the stream that counts, sees key frames, and
 * hands every packet to the sinks.
 */
export class ReceiveTrack implements MediaOrigin {
  #table = CodecTable.NONE;
  /** Encodings that come: one, or those of simulcast. */
  readonly #layers: Layer[] = [];
  readonly #sinks = new SmallMap<TrackSink, SinkState>();
  /** Sinks of other tracks that change over to this one at its next key frame. */
  readonly #coming = new SmallSet<TrackSink>();
  /** The sink that is changing over: the key frame it needs is there. */
  #arriving: TrackSink | undefined;
  /** Of video, once somebody gets it. */
  #rembs: RembCombiner | undefined;
  /** Once something comes. */
  #demand_: LayerDemand | undefined;
  readonly #engine: PacketEngine;
  readonly #slotMeta: Uint32Array;
  /** Sinks that get the media in another encoding, but the events from here. */
  readonly eventSinks = new SmallSet<TrackSink>();
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
  /** Set when the peer may send audio with redundancy. */
  redundancy: RedundantAudio | undefined;

  constructor(
    readonly kind: MediaKind,
    engine: PacketEngine,
    private readonly forwarder: Forwarder,
    private readonly listener: ReceiveTrackListener,
  ) {
    this.#engine = engine;
    this.#slotMeta = engine.slotMeta;
  }

  /** Takes what was negotiated. */
  setCodecs(negotiated: readonly NegotiatedCodec[]): void {
    this.#table = CodecTable.of(negotiated);
    const { codecs } = this.#table;
    for (const layer of this.#layers) layer.payloadType = -1;
    // While media flows the packets say what it is; before, the first codec is what the peer is expected to send.
    this.#codec =
      codecs.find((codec) => codec.receivePayloadType === this.#codec?.receivePayloadType) ??
      codecs.find((codec) => !isAuxiliary(codec.name));
    const red = this.kind === 'audio' ? codecs.find(isRedundancy) : undefined;
    this.redundancy = red && new RedundantAudio(this.#engine, this.forwarder, red.receivePayloadType);
  }

  /** The codec of a payload type, if it carries media of this track. */
  codecOf(payloadType: number): NegotiatedCodec | undefined {
    return this.#table.received.get(payloadType);
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
    for (const layer of this.#layers) {
      layer.restart();
      if (paused) layer.keyFrames.onKeyFrame();
      else if (layer.sinks.length > 0) this.#requestKeyFrameOf(layer);
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
    return this.#layers;
  }

  /** The only stream of a track without simulcast; of simulcast the one that came last. */
  get stream(): ReceiveStream | undefined {
    return this.#layers.at(-1)?.stream;
  }

  get sinks(): readonly TrackSink[] {
    return [...this.#sinks.keys()];
  }

  addSink(added: MediaSink): void {
    const sink = added as TrackSink;
    const now = this.listener.now();
    const layer =
      this.#layers.findLast(({ stream }) => now - stream.highestMs <= SILENCE_MS) ?? this.#layers.at(-1);
    this.#sinks.set(sink, { layer, selector: new LayerSelector(), estimate: 0 });
    this.#setViewer(sink);
    if (layer === undefined) return;
    layer.add(sink);
    if (this.#isLayered) this.#selectLayers(this.listener.now());
    if (this.#arriving !== sink) this.#requestKeyFrameOf(this.#sinks.get(sink)?.layer ?? layer);
  }

  /** Has a sink of another track change over to this one at the next key frame, which is asked for. */
  expectSink(sink: TrackSink): void {
    this.#coming.add(sink);
    const layer = this.#layers.at(-1);
    if (layer === undefined) return;
    layer.joining.set(sink, EVERYTHING);
    this.#requestKeyFrameOf(layer);
  }

  /** The sink has gone elsewhere. */
  forgetSink(sink: TrackSink): void {
    if (!this.#coming.delete(sink)) return;
    for (const layer of this.#layers) layer.joining.delete(sink);
  }

  removeSink(removed: MediaSink): void {
    const sink = removed as TrackSink;
    if (!this.#sinks.delete(sink)) return;
    for (const layer of this.#layers) layer.remove(sink);
    this.#rembs?.removeViewer(sink.consumer);
  }

  /** Nobody is told what audio may take. */
  #setViewer(sink: TrackSink): void {
    if (this.kind !== 'video') return;
    this.#rembs ??= new RembCombiner();
    this.#rembs.setViewer(sink.consumer, sink.limits);
  }

  get #demand(): LayerDemand {
    this.#demand_ ??= new LayerDemand();
    return this.#demand_;
  }

  requestKeyFrame(): void {
    for (const layer of this.#layers) if (layer.sinks.length > 0) this.#requestKeyFrameOf(layer);
  }

  /** For one sink: only the encoding that it gets. */
  requestKeyFrameFor(sink: TrackSink): void {
    const layer = this.#sinks.get(sink)?.layer;
    if (layer !== undefined) this.#requestKeyFrameOf(layer);
  }

  #requestKeyFrameOf(layer: Layer): void {
    if (this.kind !== 'video' || this.#paused) return;
    if (layer.keyFrames.ask(this.listener.now())) this.listener.sendKeyFrameRequest(this, layer.stream);
    this.listener.keyFrameWanted();
  }

  /** When `pollKeyFrameRequest` is to be called next, ms; Infinity when no key frame is waited for. */
  get nextKeyFrameRequest(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const layer of this.#layers) next = Math.min(next, layer.keyFrames.nextTimeout());
    return next;
  }

  /** Sends the key frame requests that are due. */
  pollKeyFrameRequest(nowMs: number): void {
    for (const layer of this.#layers) {
      if (layer.keyFrames.poll(nowMs)) this.listener.sendKeyFrameRequest(this, layer.stream);
    }
  }

  /** A receiver says what it can take, bit/s. */
  onViewerRemb(sink: TrackSink, bitrate: number, nowMs: number): void {
    this.#rembs?.onRemb(sink.consumer, bitrate, nowMs);
    this.#estimated(sink, bitrate, false, nowMs);
  }

  /**
   * The estimate for a receiver with transport-wide feedback, bit/s.
   * @param allowed what the source may send for it, bit/s: more than the estimate while its path has not shown that it carries no more
   * @param probed probes show when it would carry more
   */
  onViewerEstimate(sink: TrackSink, bitrate: number, allowed: number, probed: boolean, nowMs: number): void {
    this.#rembs?.onRemb(sink.consumer, allowed, nowMs);
    this.#estimated(sink, bitrate, probed, nowMs);
  }

  #estimated(sink: TrackSink, bitrate: number, probed: boolean, nowMs: number): void {
    const state = this.#sinks.get(sink);
    if (state === undefined) return;
    state.selector.onEstimate(bitrate, probed);
    // A fall is acted upon at once.
    const fell = bitrate < state.estimate * 0.9;
    state.estimate = fell ? bitrate : Math.max(state.estimate, bitrate);
    if (fell && this.#isLayered) this.#selectLayers(nowMs, sink);
  }

  /** Whether a receiver's estimate does not bound the source. */
  exemptViewer(sink: TrackSink, exempt: boolean): void {
    this.#rembs?.setExempt(sink.consumer, exempt);
  }

  /** What comes, bit/s; of simulcast all encodings. */
  bitrate(nowMs: number): number {
    return this.#layers.reduce((sum, { stream }) => sum + stream.statistics.bitrate(nowMs), 0);
  }

  /** Whether sinks have a choice of encodings or layers. */
  get layered(): boolean {
    return this.#isLayered;
  }

  /** What a receiver gets, bit/s. */
  bitrateFor(sink: TrackSink, nowMs: number): number {
    const layer = this.#sinks.get(sink)?.layer;
    if (layer === undefined) return 0;
    const target = layer.targetOf(sink);
    return target === EVERYTHING ? layer.stream.statistics.bitrate(nowMs) : layer.meter.rateOf(nowMs, target);
  }

  /** What a receiver could make use of, bit/s: enough to choose the highest encoding it may have, or for a source to grow. */
  usefulBitrateFor(sink: TrackSink, nowMs: number): number {
    let top = 0;
    const limit = (sink.limits.maxKbps ?? 0) > 0 ? sink.limits.maxKbps! * 1000 : Number.POSITIVE_INFINITY;
    for (const { stream } of this.#layers) {
      const bitrate = stream.statistics.bitrate(nowMs);
      if (bitrate <= limit && nowMs - stream.highestMs <= SILENCE_MS) top = Math.max(top, bitrate);
    }
    // What the sender has paused for lack of demand comes when somebody can take it.
    for (const { bitrate } of this.#demand.paused(nowMs, this.#layers)) {
      if (bitrate <= limit) top = Math.max(top, bitrate);
    }
    const useful = Math.max(this.#layers.length > 1 ? top * 1.2 : top * 2, sink.usefulBitrate);
    return Math.min(useful, limit * 1.2);
  }

  /** A receiver's bounds have changed. */
  updateViewer(sink: TrackSink): void {
    if (!this.#sinks.has(sink)) return;
    this.#setViewer(sink);
    if (this.#isLayered) this.#selectLayers(this.listener.now());
  }

  /** What all receivers can take, bit/s; Infinity when none says, or when each gets the encoding that suits it. */
  viewersBitrate(nowMs: number): number {
    if (!this.#isLayered) return this.#rembs?.minimum(nowMs) ?? Number.POSITIVE_INFINITY;
    return this.#demand.bound(nowMs, this.#layers, this.#wanted(nowMs));
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
      for (const sink of (stream.layer ?? this.#layers.at(-1))?.sinks ?? [])
        sink.sendAccompanying(accompanying, stream, slot, sequence, timestamp);
      for (const sink of this.eventSinks)
        sink.sendAccompanying(accompanying, stream, slot, sequence, timestamp);
      return;
    }
    const redundancy = payloadType === this.redundancy?.payloadType ? this.redundancy : undefined;
    const type = redundancy === undefined ? payloadType : redundancy.unwrap(slot);
    if (type < 0) return;
    stream.history.put(
      sequence,
      slot,
      this.#slotMeta[slot * SlotMeta.Stride + SlotMeta.ReceiveNumber]!,
      timestamp,
    );
    const layer = stream.layer ?? this.#openLayer(stream);
    if (layer.superseded) return;
    if (type !== layer.payloadType && !this.#selectCodec(layer, type)) return;
    if (redundancy !== undefined) {
      redundancy.recover(layer, stream, slot, sequence, timestamp, nowMs);
      redundancy.forward(layer, stream, slot, sequence, timestamp, newest);
    } else if (!this.#paused) {
      layer.forward(slot, sequence, timestamp, newest, this);
      if (layer.wantsKeyFrame && !layer.keyFrames.pending) this.#requestKeyFrameOf(layer);
    }
    if (!this.#flowing) {
      this.#flowing = true;
      this.listener.trackChanged(this);
    }
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
    const newest = this.#layers.reduce((last, { stream }) => Math.max(last, stream.highestMs), 0);
    if (this.#flowing && this.#layers.length > 0 && nowMs - newest > SILENCE_MS) this.stopFlow();
    if (!this.#isLayered) return;
    this.#demand.measure(nowMs, this.#layers);
    this.#selectLayers(nowMs);
  }

  /** The peer left: nothing flows any more. */
  stopFlow(): void {
    if (!this.#flowing) return;
    this.#flowing = false;
    this.listener.trackChanged(this);
  }

  /** Forgets a stream (BYE). */
  endStream(stream: ReceiveStream): void {
    const { layer } = stream;
    if (layer === undefined || !this.#layers.includes(layer)) return;
    this.#closeLayer(
      layer,
      this.#layers.find((other) => other !== layer),
    );
    if (this.#layers.length === 0) this.stopFlow();
  }

  close(): void {
    for (const sink of this.sinks) sink.setOrigin(undefined);
    this.#flowing = false;
  }

  /** A stream's first packet: an encoding of its own, or the successor of one that came under another SSRC. */
  #openLayer(stream: ReceiveStream): Layer {
    const layer = new Layer(stream, stream.rid, this.#engine, this.forwarder);
    stream.layer = layer;
    const predecessor = this.#layers.find(({ rid }) => rid === stream.rid);
    this.#layers.push(layer);
    if (predecessor !== undefined) this.#closeLayer(predecessor, layer);
    for (const [sink, state] of this.#sinks) {
      if (state.layer !== undefined) continue;
      state.layer = layer;
      layer.add(sink);
    }
    for (const sink of this.#coming) layer.joining.set(sink, EVERYTHING);
    return layer;
  }

  /** Ends an encoding; its sinks go on with another one. */
  #closeLayer(layer: Layer, heir: Layer | undefined): void {
    layer.superseded = true;
    this.#layers.splice(this.#layers.indexOf(layer), 1);
    for (const [sink, state] of this.#sinks) {
      if (state.layer !== layer) continue;
      layer.remove(sink);
      state.layer = heir;
      heir?.add(sink);
      sink.originRestarted();
    }
  }

  #selectCodec(layer: Layer, payloadType: number): boolean {
    const codec = this.#table.received.get(payloadType);
    if (codec === undefined || isAuxiliary(codec.name)) return false;
    const described = this.extensions.get(ExtensionUri.DependencyDescriptor);
    layer.setCodec(codec, payloadType, this.kind === 'video', described);
    if (this.#codec !== codec) this.#codec = codec;
    layer.restart();
    this.listener.trackChanged(this);
    return true;
  }

  /** Whether sinks have a choice. */
  get #isLayered(): boolean {
    return this.#layers.length > 1 || this.#layers[0]?.meter.layered === true;
  }

  /** What the sinks get or are to get; of one that has just come nobody knows yet what it can take. */
  *#wanted(nowMs: number): Iterable<WantedPart> {
    for (const [sink, { layer, selector }] of this.#sinks) {
      yield wantedPart(layer, layer?.wantedOf(sink) ?? EVERYTHING);
      for (const other of this.#layers) {
        const target = other.joining.get(sink);
        const bounded = (sink.limits.maxKbps ?? 0) > 0 || (sink.limits.maxSpatialLayer ?? -1) >= 0;
        if (target !== undefined || (selector.isNew(nowMs) && !bounded)) {
          yield wantedPart(other, target ?? EVERYTHING);
        }
      }
    }
  }

  /** Gives each sink, or one of them, the encoding and the layers that it can take. */
  #selectLayers(nowMs: number, only?: TrackSink): void {
    const alive = this.#layers.filter(({ stream }) => nowMs - stream.highestMs <= SILENCE_MS);
    const least = this.#layers.length > 1 ? (layer: Layer) => this.#demand.leastOf(layer) : undefined;
    const coming = layerChoices(alive, nowMs, least);
    if (coming.length === 0) return;
    const top = coming.reduce((highest, { bitrate }) => Math.max(highest, bitrate), 0);
    const paused = this.#demand.paused(nowMs, this.#layers).filter(({ bitrate }) => bitrate > top);
    const all = [...coming, ...paused];
    for (const [sink, state] of this.#sinks) {
      if (only !== undefined && sink !== only) continue;
      const { maxSpatialLayer = -1, maxTemporalLayer = -1, maxKbps = 0 } = sink.limits;
      // Whose encoding has stopped takes another that comes.
      const stranded = state.layer !== undefined && !alive.includes(state.layer);
      const decodable = decodableChoices(stranded ? coming : all, sink.takesDescriptors);
      const choices = qualitySteps(boundedChoices(decodable, maxSpatialLayer, maxTemporalLayer));
      // What it is changing to counts as what it has: waiting for a key frame must not end the change.
      const next = alive.find(({ joining }) => joining.has(sink));
      const target = next?.joining.get(sink) ?? state.layer?.wantedOf(sink) ?? EVERYTHING;
      const current = indexOfChoice(choices, next ?? state.layer, target);
      const bitrates = choices.map(({ bitrate }) => bitrate);
      this.#choose(sink, state, choices[state.selector.select(nowMs, bitrates, current, maxKbps * 1000)]!);
    }
  }

  #choose(sink: TrackSink, state: SinkState, { layer, target }: LayerChoice): void {
    if (layer !== state.layer) {
      if (layer.joining.get(sink) === target) return;
      for (const other of this.#layers) other.joining.delete(sink);
      layer.joining.set(sink, target);
      this.#requestKeyFrameOf(layer);
      return;
    }
    for (const other of this.#layers) other.joining.delete(sink);
    const from = layer.targetOf(sink);
    // The best of what comes is what it gets already.
    if (from === EVERYTHING && !layer.meter.skips && target === layer.meter.best) return;
    const patient = layer.wantedOf(sink) !== target;
    layer.setTarget(sink, target);
    if (layer.targetOf(sink) === target) return;
    const spatial = spatialOf(target) - spatialOf(from);
    const needsKeyFrame = from !== EVERYTHING && (spatial > 0 || (spatial < 0 && layer.meter.skips));
    if (needsKeyFrame || !patient) this.#requestKeyFrameOf(layer);
  }

  /** A key frame of a layer begins: the sinks that wait for it change over. */
  changeOver(layer: Layer): void {
    for (const [sink, target] of [...layer.joining]) {
      const state = this.#sinks.get(sink);
      layer.joining.delete(sink);
      if (state === undefined) {
        if (!this.#coming.delete(sink)) continue;
        this.#arriving = sink;
        sink.arriveAt(this);
        this.#arriving = undefined;
        continue;
      }
      state.layer?.remove(sink);
      state.layer = layer;
      sink.originRestarted();
      layer.add(sink, target);
    }
  }
}

interface SinkState {
  /** The encoding it gets; undefined before the first packet. */
  layer: Layer | undefined;
  selector: LayerSelector;
  /** The highest estimate since layers were chosen for its fall, bit/s. */
  estimate: number;
}
