import { type PacketLayers, ThinnedSequence, Thinning } from '@rivero/rtp';
import type { PacketSource } from './packet-source.js';
import type { ReceiveStream } from './receive-stream.js';

/** A received stream of which some layers are left out. Everybody who gets the same layers shares one. */
export class ThinnedStream implements PacketSource {
  pictureId = -1;
  tl0PicIdx = -1;
  readonly closesPictureIds: boolean;
  readonly #sequence = new ThinnedSequence();
  /** Picture id of the picture that was left out last. */
  #leftOutPicture = -1;

  constructor(
    readonly stream: ReceiveStream,
    layers: PacketLayers,
  ) {
    this.closesPictureIds = layers.closesPictureIds;
  }

  get highest(): number {
    return this.#sequence.highest;
  }

  /** A receiver changes to other layers before the present packet is taken here. */
  get highestBefore(): number {
    return this.#sequence.highest;
  }

  get pictureIdBefore(): number {
    return this.pictureId;
  }

  /** Number of the packet that was taken last. */
  get sequence(): number {
    return this.#sequence.sequence;
  }

  /** Takes a packet that `layers` has just read; undefined when it could not. */
  take(
    sequence: number,
    newest: boolean,
    keep: boolean,
    marked: boolean,
    layers: PacketLayers | undefined,
  ): Thinning {
    if (!newest && !this.#sequence.started) return Thinning.Skip;
    const id = layers?.numbers === undefined ? -1 : layers.numbers.pictureId;
    if (newest && !keep && this.closesPictureIds && id !== this.#leftOutPicture) {
      this.#leftOutPicture = id;
      this.#sequence.leaveOutPicture();
    }
    const result = this.#sequence.take(sequence, keep, marked);
    if (result === Thinning.Send && newest && layers !== undefined) {
      this.pictureId = id < 0 ? -1 : (id - this.picturesLeftOut) & 0x7fff;
      this.tl0PicIdx = layers.numbers === undefined ? -1 : layers.numbers.tl0PicIdx;
    }
    return result;
  }

  find(sequence: number): boolean {
    return this.#sequence.find(sequence);
  }

  get original(): number {
    return this.#sequence.original;
  }

  get marked(): boolean {
    return this.#sequence.marked;
  }

  get leftOut(): boolean {
    return this.#sequence.leftOut;
  }

  /** Of the packet taken or found last. */
  get picturesLeftOut(): number {
    return this.closesPictureIds ? this.#sequence.picturesLeftOut : 0;
  }
}
