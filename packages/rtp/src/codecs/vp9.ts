/** I, L and V: a descriptor without any of them comes from senders (ffmpeg) that never set P, so that it tells nothing. */
const BARE = 0xa2;

/** Tells from the first byte of a frame (VP9 bitstream specification section 6.2) whether it is a key frame. */
function isKeyFrameHeader(byte: number): boolean {
  if (byte >>> 6 !== 2) return false;
  // profile 3 has a reserved bit before show_existing_frame and frame_type
  return (byte & 0x30) === 0x30 ? (byte & 0x06) === 0 : (byte & 0x0c) === 0;
}

/**
 * Reads VP9 payload descriptors (RFC 9628 section 4.2). One reader serves any number of packets; after a successful parse its
 * fields describe the packet. Offsets are absolute, for later rewriting.
 */
export class Vp9Reader {
  descriptorLength = 0;
  /** P: the picture refers to other pictures */
  interPicturePredicted = false;
  flexibleMode = false;
  startOfFrame = false;
  endOfFrame = false;
  /** Z: no frame of a higher spatial layer refers to this one */
  notReferenceForUpper = false;
  pictureId = -1;
  pictureIdOffset = -1;
  pictureIdBytes = 0;
  /** -1 without layer indices */
  temporalId = -1;
  spatialId = -1;
  /** U: temporal layers may be switched up at this frame */
  switchingUpPoint = false;
  /** D: depends on the next lower spatial layer of this picture */
  interLayerPredicted = false;
  tl0PicIdx = -1;
  tl0PicIdxOffset = -1;
  /** number of spatial layers told by a scalability structure, 0 when the packet carries none */
  spatialLayers = 0;
  /** size of the highest layer told by a scalability structure, 0 when not told */
  width = 0;
  height = 0;
  /** the packet begins the lowest spatial layer of a picture that needs no other one */
  keyFrameStart = false;

  /** @returns false when the bytes are no VP9 payload: the fields are meaningless then */
  parse(slab: Uint8Array, offset: number, length: number): boolean {
    const end = offset + length;
    if (length < 1) return false;
    let at = offset;
    const first = slab[at++]!;
    this.interPicturePredicted = (first & 0x40) !== 0;
    this.flexibleMode = (first & 0x10) !== 0;
    this.startOfFrame = (first & 0x08) !== 0;
    this.endOfFrame = (first & 0x04) !== 0;
    this.notReferenceForUpper = (first & 0x01) !== 0;
    this.pictureId = -1;
    this.pictureIdOffset = -1;
    this.pictureIdBytes = 0;
    this.temporalId = -1;
    this.spatialId = -1;
    this.switchingUpPoint = false;
    this.interLayerPredicted = false;
    this.tl0PicIdx = -1;
    this.tl0PicIdxOffset = -1;
    this.spatialLayers = 0;
    this.width = 0;
    this.height = 0;
    if ((first & 0x80) !== 0) {
      if (at >= end) return false;
      this.pictureIdOffset = at;
      const id = slab[at++]!;
      if ((id & 0x80) !== 0) {
        if (at >= end) return false;
        this.pictureId = ((id & 0x7f) << 8) | slab[at++]!;
        this.pictureIdBytes = 2;
      } else {
        this.pictureId = id;
        this.pictureIdBytes = 1;
      }
    }
    if ((first & 0x20) !== 0) {
      if (at >= end) return false;
      const layer = slab[at++]!;
      this.temporalId = layer >>> 5;
      this.switchingUpPoint = (layer & 0x10) !== 0;
      this.spatialId = (layer >>> 1) & 0x07;
      this.interLayerPredicted = (layer & 0x01) !== 0;
      if (!this.flexibleMode) {
        if (at >= end) return false;
        this.tl0PicIdxOffset = at;
        this.tl0PicIdx = slab[at++]!;
      }
    }
    if (this.flexibleMode && this.interPicturePredicted) {
      // up to three reference indices, each telling whether another follows
      for (let references = 0; ; references++) {
        if (at >= end || references === 3) return false;
        if ((slab[at++]! & 0x01) === 0) break;
      }
    }
    if ((first & 0x02) !== 0) {
      at = this.#parseStructure(slab, at, end);
      if (at < 0) return false;
    }
    if (at >= end) return false;
    this.descriptorLength = at - offset;
    this.keyFrameStart =
      this.startOfFrame &&
      !this.interPicturePredicted &&
      this.spatialId <= 0 &&
      !this.interLayerPredicted &&
      ((first & BARE) !== 0 || isKeyFrameHeader(slab[at]!));
    return true;
  }

  /** @returns where the structure ends, -1 when it is cut off */
  #parseStructure(slab: Uint8Array, start: number, end: number): number {
    let at = start;
    if (at >= end) return -1;
    const header = slab[at++]!;
    this.spatialLayers = (header >>> 5) + 1;
    if ((header & 0x10) !== 0) {
      if (at + this.spatialLayers * 4 > end) return -1;
      at += (this.spatialLayers - 1) * 4;
      this.width = (slab[at]! << 8) | slab[at + 1]!;
      this.height = (slab[at + 2]! << 8) | slab[at + 3]!;
      at += 4;
    }
    if ((header & 0x08) !== 0) {
      if (at >= end) return -1;
      for (let pictures = slab[at++]!; pictures > 0; pictures--) {
        if (at >= end) return -1;
        at += 1 + ((slab[at]! >>> 2) & 0x03);
        if (at > end) return -1;
      }
    }
    return at;
  }
}

/** Is this payload the first packet of a VP9 key picture (B=1, P=0, lowest spatial layer)? */
export function isVp9KeyFrameStart(slab: Uint8Array, offset: number, length: number): boolean {
  if (length < 2) return false;
  const first = slab[offset]!;
  if ((first & 0x48) !== 0x08) return false;
  let at = offset + 1;
  if ((first & BARE) === 0) return isKeyFrameHeader(slab[at]!);
  if ((first & 0x80) !== 0) at += (slab[at]! & 0x80) !== 0 ? 2 : 1;
  if ((first & 0x20) === 0) return at < offset + length;
  // spatial id 0 and not predicted from a lower layer
  return at < offset + length && (slab[at]! & 0x0f) === 0;
}
