import type { PacketEngine } from '@rivero/packet-engine';
import { SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import {
  type KeyFrameDetector,
  KeyFrameRequester,
  keyFrameDetector,
  type PictureNumbers,
  Vp8Reader,
  Vp9Reader,
} from '@rivero/rtp';
import type { NegotiatedCodec } from '@rivero/sdp';
import type { Forwarder } from './forwarder.js';
import type { ReceiveStream } from './receive-stream.js';
import type { TrackSink } from './receive-track.js';

/**
 * One encoding of a track: the stream it comes in and the sinks that get it. A track has one, or with simulcast several
 * (RFC 8853), of which each sink gets one at a time.
 */
export class Layer {
  readonly sinks: TrackSink[] = [];
  /** Sinks of another layer that change over at the next key frame of this one. */
  readonly joining = new Set<TrackSink>();
  readonly keyFrames = new KeyFrameRequester();
  /** Another stream has taken its place: late packets are of no use. */
  superseded = false;
  codec: NegotiatedCodec | undefined;
  payloadType = -1;
  readonly #slab: Uint8Array;
  readonly #slotMeta: Uint32Array;
  readonly #forwarder: Forwarder;
  #consumers = new Int32Array(4);
  #waiting = 0;
  #isKeyFrame: KeyFrameDetector | undefined;
  /** Reads the picture numbers of each packet, where the codec has some. */
  #reader: Vp8Reader | Vp9Reader | undefined;

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
  }

  setCodec(codec: NegotiatedCodec, payloadType: number, video: boolean): void {
    this.codec = codec;
    this.payloadType = payloadType;
    this.#isKeyFrame = video ? keyFrameDetector(codec.name) : undefined;
    this.#reader = video ? pictureReader(codec.name) : undefined;
  }

  add(sink: TrackSink): void {
    this.joining.delete(sink);
    const index = this.sinks.push(sink) - 1;
    if (index >= this.#consumers.length) {
      const larger = new Int32Array(this.#consumers.length * 2);
      larger.set(this.#consumers);
      this.#consumers = larger;
    }
    this.#consumers[index] = sink.consumer;
    this.#waiting++;
  }

  remove(sink: TrackSink): void {
    this.joining.delete(sink);
    const index = this.sinks.indexOf(sink);
    if (index < 0) return;
    const last = this.sinks.pop()!;
    if (last === sink) return;
    this.sinks[index] = last;
    this.#consumers[index] = last.consumer;
  }

  /** Whether somebody needs a key frame of this layer. */
  get wantsKeyFrame(): boolean {
    return this.#waiting > 0 || this.joining.size > 0;
  }

  /** All sinks begin anew. */
  restart(): void {
    for (const sink of [...this.sinks]) sink.originRestarted();
    this.#waiting = this.sinks.length;
  }

  /** Sends a packet to the sinks. @param changeOver called with the joining sinks when they can change to this layer */
  forward(
    slot: number,
    sequence: number,
    timestamp: number,
    newest: boolean,
    changeOver: (layer: Layer) => void,
  ): void {
    const meta = slot * SlotMeta.Stride;
    const offset = slot * SLOT_SIZE + (this.#slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff);
    const length = this.#slotMeta[meta + SlotMeta.PayloadLength]!;
    let canStart = true;
    let numbers: PictureNumbers | undefined;
    if (this.#isKeyFrame !== undefined) {
      const wanted = this.wantsKeyFrame;
      canStart = (wanted || this.keyFrames.pending) && newest && this.#isKeyFrame(this.#slab, offset, length);
      if (canStart) {
        this.keyFrames.onKeyFrame();
        this.stream.nack?.onKeyFrame(sequence);
      }
      if (this.#reader !== undefined && (this.sinks.length > 0 || this.joining.size > 0)) {
        if (this.#reader.parse(this.#slab, offset, length)) {
          numbers = this.#reader.pictureId >= 0 ? this.#reader : undefined;
          if (newest) this.stream.notePicture(this.#reader.pictureId, this.#reader.tl0PicIdx);
        }
      }
      if (canStart && this.joining.size > 0) changeOver(this);
    }
    this.#waiting = this.#forwarder.forward(
      this.#consumers,
      this.sinks.length,
      this.stream,
      slot,
      sequence,
      timestamp,
      newest,
      canStart,
      numbers,
      offset,
    );
  }
}

function pictureReader(codec: string): Vp8Reader | Vp9Reader | undefined {
  switch (codec.toLowerCase()) {
    case 'vp8':
      return new Vp8Reader();
    case 'vp9':
      return new Vp9Reader();
    default:
      return undefined;
  }
}
