import type { PictureNumbers } from '../codecs/picture-numbers.js';
import { Vp8Reader } from '../codecs/vp8.js';
import { EVERYTHING, type LayerTarget, layerTarget, type PacketLayers, temporalOf } from './packet-layers.js';

/** Temporal layers of VP8 (RFC 7741 section 4.2). */
export class Vp8Layers implements PacketLayers {
  readonly spatialId = 0;
  temporalId = 0;
  pictureStart = false;
  readonly skippable = false;
  readonly closesPictureIds = true;
  readonly frameNumber = -1;
  readonly needsKeyFrame = false;
  numbers: PictureNumbers | undefined;
  readonly #reader = new Vp8Reader();
  #timestamp = 0;
  #started = false;

  get switchingPoint(): boolean {
    return this.pictureStart;
  }

  parse(slab: Uint8Array, offset: number, length: number, timestamp: number, newest: boolean): boolean {
    const reader = this.#reader;
    const readable = reader.parse(slab, offset, length);
    this.numbers = readable && reader.pictureId >= 0 ? reader : undefined;
    this.temporalId = readable ? Math.max(0, reader.temporalId) : 0;
    this.pictureStart = false;
    if (!newest) return readable;
    const changed = !this.#started || timestamp !== this.#timestamp;
    this.pictureStart = readable && changed && reader.startOfPartition && reader.partition === 0;
    this.#timestamp = timestamp;
    this.#started = true;
    return readable;
  }

  decodeTargetsOf(): number {
    return 0;
  }

  belongs(target: LayerTarget): boolean {
    return this.temporalId <= temporalOf(target);
  }

  /** One frame is one picture: its own marker says it. */
  ends(_target: LayerTarget): boolean {
    return false;
  }

  reach(from: LayerTarget, to: LayerTarget): LayerTarget {
    const before = temporalOf(from);
    const wanted = temporalOf(to);
    if (wanted <= before || this.#reader.keyFrameStart) return to;
    // Y: the frame refers to the base layer only. Layers above it need not begin here: one at a time.
    const begins = this.temporalId === before + 1 && this.#reader.layerSync;
    if (!begins) return from;
    return to === EVERYTHING
      ? layerTarget(0, this.temporalId)
      : Math.min(to, layerTarget(0, this.temporalId));
  }
}
