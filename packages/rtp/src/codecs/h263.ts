/** Where pictures of H.263 begin that need no other: the payload formats of RFC 2190 and RFC 4629. */

/** RFC 2190 section 5.1: the shortest of its headers, mode A, goes with every start of a picture. */
const MODE_A_BYTES = 4;
/** RFC 4629 section 5.1. */
const HEADER_BYTES = 2;
/** Source format "extended PTYPE" (H.263 section 5.1.3). */
const EXTENDED = 7;

/** Encoding name H263 (RFC 2190). */
export function isH263KeyFrameStart(slab: Uint8Array, offset: number, length: number): boolean {
  if (length < MODE_A_BYTES + 5) return false;
  const header = slab[offset]!;
  // F: another mode; SBIT: what starts in the middle of a byte is no picture.
  if ((header & 0x80) !== 0 || (header & 0x38) !== 0) return false;
  const at = offset + MODE_A_BYTES;
  if (slab[at] !== 0 || slab[at + 1] !== 0) return false;
  return isIntraPicture(slab, at + 2, offset + length);
}

/** Encoding names H263-1998 and H263-2000 (RFC 4629). */
export function isH263PlusKeyFrameStart(slab: Uint8Array, offset: number, length: number): boolean {
  if (length < HEADER_BYTES) return false;
  const header = (slab[offset]! << 8) | slab[offset + 1]!;
  // P: a start code follows, without its 16 zeros.
  if ((header & 0x0400) === 0) return false;
  const redundancy = (header & 0x0200) !== 0 ? 1 : 0;
  const extraHeader = (header >> 3) & 0x3f;
  return isIntraPicture(slab, offset + HEADER_BYTES + redundancy + extraHeader, offset + length);
}

/** @param at after the first 16 bits of the picture start code (H.263 section 5.1) */
function isIntraPicture(slab: Uint8Array, at: number, end: number): boolean {
  if (at + 3 > end || (slab[at]! & 0xfc) !== 0x80) return false;
  // Temporal reference: 8 bits, then PTYPE, of which the first two bits are 1 and 0.
  const type = slab[at + 2]!;
  if ((slab[at + 1]! & 0x03) !== 0x02) return false;
  if (((type >> 2) & 7) !== EXTENDED) return (type & 0x02) === 0;
  // PLUSPTYPE: UFEP says whether 18 bits of options come before the type of the picture.
  if (at + 6 > end) return false;
  const bits = ((type & 3) << 24) | (slab[at + 3]! << 16) | (slab[at + 4]! << 8) | slab[at + 5]!;
  const full = bits >>> 23;
  if (full === 0) return ((bits >>> 20) & 7) === 0;
  return full === 1 && ((bits >>> 2) & 7) === 0;
}
