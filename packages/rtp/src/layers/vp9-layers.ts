import type { PictureNumbers } from '../codecs/picture-numbers.js';
import { Vp9Reader } from '../codecs/vp9.js';
import { EVERYTHING, type LayerTarget, type PacketLayers, spatialOf, temporalOf } from './packet-layers.js';

/** Spatial and temporal layers of VP9 in flexible and non-flexible mode (RFC 9628 section 4.2). */
export class Vp9Layers implements PacketLayers {
  spatialId = 0;
  temporalId = 0;
  pictureStart = false;
  skippable = false;
  readonly closesPictureIds = false;
  readonly frameNumber = -1;
  readonly needsKeyFrame = false;
  numbers: PictureNumbers | undefined;
  readonly #reader = new Vp9Reader();
  #timestamp = 0;
  #started = false;
  /** The present picture is a key picture: its lowest layer refers to no other picture. */
  #keyPicture = false;
  /** Spatial layers that have come since the last key picture. */
  #highest = 0;
  /** Bit mask of spatial layers with frames since the last key picture that higher ones did not need. */
  #skipped = 0;

  get switchingPoint(): boolean {
    return this.pictureStart;
  }

  parse(slab: Uint8Array, offset: number, length: number, timestamp: number, newest: boolean): boolean {
    const reader = this.#reader;
    const readable = reader.parse(slab, offset, length);
    this.numbers = readable && reader.pictureId >= 0 ? reader : undefined;
    this.spatialId = readable ? Math.max(0, reader.spatialId) : 0;
    this.temporalId = readable ? Math.max(0, reader.temporalId) : 0;
    this.skippable = readable && reader.notReferenceForUpper;
    this.pictureStart = false;
    if (newest && readable) this.#advance(timestamp);
    return readable;
  }

  #advance(timestamp: number): void {
    const reader = this.#reader;
    if (!this.#started || timestamp !== this.#timestamp) {
      this.#started = true;
      this.#timestamp = timestamp;
      this.pictureStart = reader.startOfFrame;
      this.#keyPicture = reader.keyFrameStart;
      if (this.#keyPicture) {
        this.#highest = 0;
        this.#skipped = 0;
      }
    }
    if (this.spatialId > this.#highest) this.#highest = this.spatialId;
    if (this.skippable) this.#skipped |= 1 << this.spatialId;
  }

  decodeTargetsOf(): number {
    return 0;
  }

  belongs(target: LayerTarget): boolean {
    if (target === EVERYTHING) return true;
    const spatial = target >> 3;
    if (this.spatialId > spatial || this.temporalId > (target & 7)) return false;
    // A layer that the sender has stopped sending is not waited for: what it does send is the best there is.
    return !this.skippable || this.spatialId >= Math.min(spatial, this.#highest);
  }

  ends(target: LayerTarget): boolean {
    return target !== EVERYTHING && this.spatialId === target >> 3 && this.#reader.endOfFrame;
  }

  reach(from: LayerTarget, to: LayerTarget): LayerTarget {
    if (this.#keyPicture) return to;
    const spatial = spatialOf(to);
    const before = spatialOf(from);
    // Layers above were never received, and of those below not everything when it was not needed.
    if (spatial > before) return from;
    if (spatial < before && from !== EVERYTHING && (this.#skipped & (1 << spatial)) !== 0) return from;
    // U: higher temporal layers refer to no earlier picture of theirs from here on.
    const temporal = temporalOf(from);
    const upwards = temporalOf(to) > temporal;
    if (upwards && !(this.#reader.switchingUpPoint && this.temporalId <= temporal)) return from;
    return to;
  }
}
