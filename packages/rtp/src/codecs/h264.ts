/** NAL unit and packet types (RFC 6184 table 1). */
const SLICE_IDR = 5;
const SPS = 7;
const STAP_A = 24;
const STAP_B = 25;
const FU_A = 28;
const FU_B = 29;

/**
 * Can a decoder start with this packet? True for a sequence parameter set, and for the first slice of an IDR picture, alone, in
 * an aggregate or as the first fragment (RFC 6184 section 5). A sender that repeats parameter sets puts them before the IDR.
 */
export function isH264KeyFrameStart(slab: Uint8Array, offset: number, length: number): boolean {
  if (length < 2) return false;
  const end = offset + length;
  const type = slab[offset]! & 0x1f;
  switch (type) {
    case STAP_A:
    case STAP_B: {
      let at = offset + (type === STAP_B ? 3 : 1);
      while (at + 2 < end) {
        const size = (slab[at]! << 8) | slab[at + 1]!;
        at += 2;
        if (size === 0 || at + size > end) return false;
        if (startsKeyFrame(slab, at, size, slab[at]! & 0x1f)) return true;
        at += size;
      }
      return false;
    }
    case FU_A:
    case FU_B: {
      const header = slab[offset + 1]!;
      // S: first fragment; the NAL header is split over indicator and FU header
      const skipped = type === FU_B ? 3 : 1;
      if ((header & 0x80) === 0 || length <= skipped) return false;
      return startsKeyFrame(slab, offset + skipped, length - skipped, header & 0x1f);
    }
    default:
      return startsKeyFrame(slab, offset, length, type);
  }
}

/** @param at of the byte before the NAL payload */
function startsKeyFrame(slab: Uint8Array, at: number, length: number, type: number): boolean {
  if (type === SPS) return true;
  // first_mb_in_slice is an Exp-Golomb 0, a single 1 bit, in the first slice only
  return type === SLICE_IDR && length >= 2 && (slab[at + 1]! & 0x80) !== 0;
}
