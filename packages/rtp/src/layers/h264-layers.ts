import type { PictureNumbers } from '../codecs/picture-numbers.js';
import { type LayerTarget, type PacketLayers, temporalOf } from './packet-layers.js';

/** NAL unit and packet types (RFC 6184 table 1). */
const FIRST_SLICE = 1;
const LAST_SLICE = 5;
const STAP_A = 24;
const FU_A = 28;

const Reference = { None: 0, No: 1, Yes: 2 } as const;
type Reference = (typeof Reference)[keyof typeof Reference];

/**
 * H.264 without a description of its layers: pictures that no other one refers to (nal_ref_idc 0, ITU-T H.264 section
 * 7.4.1) are a temporal layer of their own, which can always be left out. Where such pictures come with packets that do not say so
 * (delimiters, SEI), nothing is left out: a receiver would take what remains for a picture.
 */
export class H264Layers implements PacketLayers {
  readonly spatialId = 0;
  temporalId = 0;
  pictureStart = false;
  readonly skippable = false;
  readonly numbers: PictureNumbers | undefined = undefined;
  readonly frameNumber = -1;
  readonly needsKeyFrame = false;
  readonly closesPictureIds = false;
  #timestamp = 0;
  #started = false;
  /** The present picture has packets that count as the base layer. */
  #base = false;
  /** Pictures that nobody refers to have packets that look as if. */
  #mixed = false;

  get switchingPoint(): boolean {
    return this.pictureStart;
  }

  parse(slab: Uint8Array, offset: number, length: number, timestamp: number, newest: boolean): boolean {
    if (length < 2) return false;
    const reference = referenceOf(slab, offset, length);
    const apart = reference === Reference.No;
    this.pictureStart = false;
    if (newest) {
      if (!this.#started || timestamp !== this.#timestamp) {
        this.#started = true;
        this.#timestamp = timestamp;
        this.#base = false;
        this.pictureStart = true;
      }
      if (apart && this.#base) this.#mixed = true;
      if (!apart) this.#base = true;
    }
    this.temporalId = apart && !this.#mixed ? 1 : 0;
    return true;
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

  /** What was left out was of no use to any other picture. */
  reach(_from: LayerTarget, to: LayerTarget): LayerTarget {
    return to;
  }
}

/** Whether the slices in a packet are of a picture that others refer to; None when it has no slices. */
function referenceOf(slab: Uint8Array, offset: number, length: number): Reference {
  const first = slab[offset]!;
  switch (first & 0x1f) {
    case STAP_A:
      return referenceOfAggregate(slab, offset + 1, offset + length);
    case FU_A:
      return referenceOfUnit(first, slab[offset + 1]! & 0x1f);
    default:
      return referenceOfUnit(first, first & 0x1f);
  }
}

function referenceOfUnit(header: number, type: number): Reference {
  if (type < FIRST_SLICE || type > LAST_SLICE) return Reference.None;
  return (header & 0x60) === 0 ? Reference.No : Reference.Yes;
}

function referenceOfAggregate(slab: Uint8Array, start: number, end: number): Reference {
  let found: Reference = Reference.None;
  for (let at = start; at + 2 < end; ) {
    const size = (slab[at]! << 8) | slab[at + 1]!;
    at += 2;
    if (size === 0 || at + size > end) return Reference.Yes;
    const reference = referenceOfUnit(slab[at]!, slab[at]! & 0x1f);
    if (reference === Reference.Yes) return reference;
    if (reference === Reference.No) found = reference;
    at += size;
  }
  return found;
}
