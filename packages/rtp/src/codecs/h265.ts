/** NAL unit types (ITU-T H.265 table 7-1) and packet types (RFC 7798 section 4.4). */
const FIRST_IRAP = 16;
const LAST_IRAP = 23;
const VPS = 32;
const SPS = 33;
const AGGREGATE = 48;
const FRAGMENT = 49;

/**
 * Can a decoder start with this packet? True for a video or sequence parameter set, and for the first slice segment of an
 * intra random access point, alone, in an aggregate or as the first fragment (RFC 7798; no DONL fields).
 */
export function isH265KeyFrameStart(slab: Uint8Array, offset: number, length: number): boolean {
  if (length < 3) return false;
  const end = offset + length;
  const type = (slab[offset]! >>> 1) & 0x3f;
  if (type === AGGREGATE) {
    let at = offset + 2;
    while (at + 2 < end) {
      const size = (slab[at]! << 8) | slab[at + 1]!;
      at += 2;
      if (size < 2 || at + size > end) return false;
      if (startsKeyFrame(slab, at + 2, size - 2, (slab[at]! >>> 1) & 0x3f)) return true;
      at += size;
    }
    return false;
  }
  if (type === FRAGMENT) {
    const header = slab[offset + 2]!;
    if ((header & 0x80) === 0) return false;
    return startsKeyFrame(slab, offset + 3, length - 3, header & 0x3f);
  }
  return startsKeyFrame(slab, offset + 2, length - 2, type);
}

/** @param at behind the NAL header */
function startsKeyFrame(slab: Uint8Array, at: number, length: number, type: number): boolean {
  if (type === VPS || type === SPS) return true;
  // first_slice_segment_in_pic_flag is the first bit
  return type >= FIRST_IRAP && type <= LAST_IRAP && length >= 1 && (slab[at]! & 0x80) !== 0;
}
