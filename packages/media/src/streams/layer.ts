import type { PacketEngine } from '@rivero/packet-engine';
import { SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import {
  DependencyLayers,
  EVERYTHING,
  elementOffset,
  findExtension,
  H264Layers,
  type KeyFrameDetector,
  KeyFrameRequester,
  keyFrameDetector,
  type LayerTarget,
  type PacketLayers,
  Vp8Layers,
  Vp9Layers,
} from '@rivero/rtp';
import type { NegotiatedCodec } from '@rivero/sdp';
import type { Forwarder } from './forwarder.js';
import { LayerMeter } from './layer-meter.js';
import type { ReceiveStream } from './receive-stream.js';
import { SinkGroup } from './sink-group.js';
import type { TrackSink } from './track-sink.js';

/**
 * One encoding of a track: the stream it comes in and the sinks that get it. A track has one, or with simulcast several
 * (RFC 8853), of which each sink gets one at a time. Of an encoding with spatial or temporal layers (SVC) a sink gets all
 * or some.
 */
export class Layer {
  readonly sinks: TrackSink[] = [];
  /** Sinks of another encoding that change over at the next key frame of this one, and to which of its layers. */
  readonly joining = new Map<TrackSink, LayerTarget>();
  readonly keyFrames = new KeyFrameRequester();
  /** Bitrates of its spatial and temporal layers. */
  meter = new LayerMeter();
  /** Another stream has taken its place: late packets are of no use. */
  superseded = false;
  codec: NegotiatedCodec | undefined;
  payloadType = -1;
  readonly #slab: Uint8Array;
  readonly #slotMeta: Uint32Array;
  readonly #forwarder: Forwarder;
  /** The first group gets everything. */
  readonly #groups: SinkGroup[];
  readonly #groupOf = new Map<TrackSink, SinkGroup>();
  /** Sinks that change to other layers of this encoding as soon as its pictures allow it. */
  readonly #switching = new Map<TrackSink, LayerTarget>();
  #isKeyFrame: KeyFrameDetector | undefined;
  /** Id of the header extension that tells of key frames, where the payload can't. */
  #mark: number | undefined;
  /** Reads the layers and picture numbers of each packet, where the codec has some. */
  #layers: PacketLayers | undefined;

  constructor(
    readonly stream: ReceiveStream,
    /** RTP stream id (RFC 8852); undefined without simulcast. */
    readonly rid: string | undefined,
    engine: PacketEngine,
    forwarder: Forwarder,
  ) {
    this.#slab = engine.slab;
    this.#slotMeta = engine.slotMeta;
    this.#forwarder = forwarder;
    this.#groups = [new SinkGroup(EVERYTHING, stream)];
  }

  /**
   * @param described id of the dependency descriptor in what the sender sends, undefined where it was not negotiated
   * @param marked id of the extension that marks key frames of payloads which can't be read
   */
  setCodec(
    codec: NegotiatedCodec,
    payloadType: number,
    video: boolean,
    described?: number,
    marked?: number,
  ): void {
    this.codec = codec;
    this.payloadType = payloadType;
    this.#isKeyFrame = video ? keyFrameDetector(codec.name) : undefined;
    this.#mark = marked;
    const inner = video && marked === undefined ? layersOf(codec.name) : undefined;
    const describes = video && described !== undefined;
    this.#layers = describes ? new DependencyLayers(described, inner) : inner;
    this.meter = new LayerMeter();
    this.#switching.clear();
    for (const sink of this.sinks) this.#move(sink, EVERYTHING);
  }

  add(sink: TrackSink, target: LayerTarget = EVERYTHING): void {
    this.joining.delete(sink);
    const group = this.#groupFor(target);
    group.add(sink);
    this.sinks.push(sink);
    this.#groupOf.set(sink, group);
  }

  remove(sink: TrackSink): void {
    this.joining.delete(sink);
    this.#switching.delete(sink);
    const group = this.#groupOf.get(sink);
    if (group === undefined) return;
    this.#groupOf.delete(sink);
    const last = this.sinks.pop()!;
    if (last !== sink) this.sinks[this.sinks.indexOf(sink)] = last;
    this.#leave(group, sink);
  }

  /** The layers that a sink gets at present. */
  targetOf(sink: TrackSink): LayerTarget {
    return this.#groupOf.get(sink)?.target ?? EVERYTHING;
  }

  /** The layers that a sink gets or is changing to. */
  wantedOf(sink: TrackSink): LayerTarget {
    return this.#switching.get(sink) ?? this.targetOf(sink);
  }

  /** Changes the layers that a sink gets, at the next picture at which its decoder can go on. */
  setTarget(sink: TrackSink, target: LayerTarget): void {
    const group = this.#groupOf.get(sink);
    if (group === undefined) return;
    if (group.target === target || this.#layers === undefined) this.#switching.delete(sink);
    else if (sink.waits) this.#move(sink, target);
    else this.#switching.set(sink, target);
  }

  #groupFor(target: LayerTarget): SinkGroup {
    const everything = target === EVERYTHING || this.#layers === undefined;
    if (everything) return this.#groups[0]!;
    let group = this.#groups.find((known) => known.target === target);
    if (group === undefined) {
      group = new SinkGroup(target, this.stream, this.#layers);
      this.#groups.push(group);
    }
    return group;
  }

  #move(sink: TrackSink, target: LayerTarget): void {
    const from = this.#groupOf.get(sink)!;
    const to = this.#groupFor(target);
    if (from === to) return;
    to.add(sink);
    this.#groupOf.set(sink, to);
    this.#leave(from, sink);
  }

  /** A group without sinks is not kept: its numbers would not go on. */
  #leave(group: SinkGroup, sink: TrackSink): void {
    group.remove(sink);
    if (group.sinks.length === 0 && group.target !== EVERYTHING) {
      this.#groups.splice(this.#groups.indexOf(group), 1);
    }
  }

  /** Somebody needs a key frame of this encoding. */
  get wantsKeyFrame(): boolean {
    if (this.joining.size > 0 || this.#layers?.needsKeyFrame === true) return true;
    for (let i = 0; i < this.#groups.length; i++) if (this.#groups[i]!.waiting > 0) return true;
    return false;
  }

  /** All sinks begin anew. */
  restart(): void {
    for (const group of [...this.#groups]) group.restart();
  }

  /** Sends a packet to the sinks. @param track told when the joining sinks can change to this layer */
  forward(
    slot: number,
    sequence: number,
    timestamp: number,
    newest: boolean,
    track: { changeOver(layer: Layer): void },
  ): void {
    const meta = slot * SlotMeta.Stride;
    const place = this.#slotMeta[meta + SlotMeta.OffsetAndMarker]!;
    const offset = slot * SLOT_SIZE + (place & 0xffff);
    const length = this.#slotMeta[meta + SlotMeta.PayloadLength]!;
    let canStart = true;
    let frameNumber = -1;
    let layers: PacketLayers | undefined;
    if (this.#isKeyFrame !== undefined) {
      const wanted = this.wantsKeyFrame;
      canStart =
        (wanted || this.keyFrames.pending) &&
        newest &&
        (this.#mark === undefined
          ? this.#isKeyFrame(this.#slab, offset, length)
          : isMarked(this.#slab, slot * SLOT_SIZE, place & 0xffff, this.#mark));
      if (canStart) {
        this.keyFrames.onKeyFrame();
        this.stream.nack?.onKeyFrame(sequence);
      }
      const start = slot * SLOT_SIZE;
      if (this.#layers?.parse(this.#slab, offset, length, timestamp, newest, start) === true) {
        layers = this.#layers;
        this.meter.add(this.stream.highestMs, layers, length);
        const { numbers } = layers;
        if (newest && numbers !== undefined) this.stream.notePicture(numbers.pictureId, numbers.tl0PicIdx);
        if (layers.switchingPoint && this.#switching.size > 0) this.#switch(layers, sequence);
      }
      frameNumber = this.#layers?.frameNumber ?? -1;
      if (newest) this.stream.frameNumber = frameNumber;
      if (canStart && this.joining.size > 0) track.changeOver(this);
    }
    const marker = (place & 0x10000) !== 0;
    for (let i = 0; i < this.#groups.length; i++) {
      this.#groups[i]!.forward(
        this.#forwarder,
        slot,
        sequence,
        timestamp,
        newest,
        canStart,
        layers,
        offset,
        marker,
        frameNumber,
      );
    }
  }

  /** A frame begins: sinks change to other layers where it allows that. */
  #switch(layers: PacketLayers, sequence: number): void {
    // What is missing right before belongs to the old layers, and would not be missed any more.
    if (sequence !== ((this.stream.highestBefore + 1) | 0)) return;
    for (const [sink, target] of this.#switching) {
      const from = this.targetOf(sink);
      const reached = layers.reach(from, target);
      if (reached === target) this.#switching.delete(sink);
      if (reached === from) continue;
      sink.continueElsewhere();
      this.#move(sink, reached);
    }
  }
}

function isMarked(slab: Uint8Array, packet: number, header: number, id: number): boolean {
  const found = findExtension(slab, packet, header, id);
  return found >= 0 && slab[packet + elementOffset(found)] === 1;
}

function layersOf(codec: string): PacketLayers | undefined {
  switch (codec.toLowerCase()) {
    case 'vp8':
      return new Vp8Layers();
    case 'vp9':
      return new Vp9Layers();
    case 'h264':
      return new H264Layers();
    default:
      return undefined;
  }
}
