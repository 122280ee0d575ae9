/**
 * Reads VP8 payload descriptors (RFC 7741 section 4.2). One reader serves any number of packets; after a successful parse its
 * fields describe the packet. Offsets are absolute, so that picture id and TL0PICIDX can be rewritten in place.
 */
export class Vp8Reader {
  /** bytes of the descriptor before the VP8 payload header */
  descriptorLength = 0;
  nonReference = false;
  /** first packet of a partition, and its number */
  startOfPartition = false;
  partition = 0;
  /** 7 or 15 bits, -1 when absent; offset of its first byte; 1 or 2 bytes */
  pictureId = -1;
  pictureIdOffset = -1;
  pictureIdBytes = 0;
  /** -1 when absent */
  tl0PicIdx = -1;
  tl0PicIdxOffset = -1;
  /** -1 when absent */
  temporalId = -1;
  layerSync = false;
  /** -1 when absent */
  keyIndex = -1;
  /** the packet begins a key frame */
  keyFrameStart = false;

  /** @returns false when the bytes are no VP8 payload: the fields are meaningless then */
  parse(slab: Uint8Array, offset: number, length: number): boolean {
    const end = offset + length;
    if (length < 1) return false;
    let at = offset;
    const first = slab[at++]!;
    this.nonReference = (first & 0x20) !== 0;
    this.startOfPartition = (first & 0x10) !== 0;
    this.partition = first & 0x07;
    this.pictureId = -1;
    this.pictureIdOffset = -1;
    this.pictureIdBytes = 0;
    this.tl0PicIdx = -1;
    this.tl0PicIdxOffset = -1;
    this.temporalId = -1;
    this.layerSync = false;
    this.keyIndex = -1;
    if ((first & 0x80) !== 0) {
      if (at >= end) return false;
      const extended = slab[at++]!;
      if ((extended & 0x80) !== 0) {
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
      if ((extended & 0x40) !== 0) {
        if (at >= end) return false;
        this.tl0PicIdxOffset = at;
        this.tl0PicIdx = slab[at++]!;
      }
      if ((extended & 0x30) !== 0) {
        if (at >= end) return false;
        const layer = slab[at++]!;
        if ((extended & 0x20) !== 0) {
          this.temporalId = layer >>> 6;
          this.layerSync = (layer & 0x20) !== 0;
        }
        if ((extended & 0x10) !== 0) this.keyIndex = layer & 0x1f;
      }
    }
    if (at >= end) return false;
    this.descriptorLength = at - offset;
    // payload header: the inverse key frame flag is the lowest bit of its first byte (RFC 7741 section 4.3)
    this.keyFrameStart = this.startOfPartition && this.partition === 0 && (slab[at]! & 0x01) === 0;
    return true;
  }
}

/** Is this payload the first packet of a VP8 key frame? */
export function isVp8KeyFrameStart(slab: Uint8Array, offset: number, length: number): boolean {
  const end = offset + length;
  if (length < 2) return false;
  // S set and partition 0
  if ((slab[offset]! & 0x17) !== 0x10) return false;
  let at = offset + 1;
  if ((slab[offset]! & 0x80) !== 0) {
    const extended = slab[at++]!;
    if ((extended & 0x80) !== 0) {
      if (at >= end) return false;
      at += (slab[at]! & 0x80) !== 0 ? 2 : 1;
    }
    if ((extended & 0x40) !== 0) at++;
    if ((extended & 0x30) !== 0) at++;
  }
  return at < end && (slab[at]! & 0x01) === 0;
}
