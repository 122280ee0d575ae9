/**
 * Where a payload descriptor has its picture id and TL0PICIDX, as the readers of VP8 (RFC 7741) and VP9 (RFC 9628) find
 * them. In both the picture id comes first and at most one other byte lies between the two.
 */
export interface PictureNumbers {
  /** 7 or 15 bits, -1 when absent; offset of its first byte in the slab; 1 or 2 bytes */
  readonly pictureId: number;
  readonly pictureIdOffset: number;
  readonly pictureIdBytes: number;
  /** 8 bits, -1 when absent */
  readonly tl0PicIdx: number;
  readonly tl0PicIdxOffset: number;
}

/** Bytes from the picture id to the end of TL0PICIDX, 1 to 4; 0 without a picture id. */
export function pictureNumbersLength(numbers: PictureNumbers): number {
  if (numbers.pictureId < 0) return 0;
  return numbers.tl0PicIdx < 0
    ? numbers.pictureIdBytes
    : numbers.tl0PicIdxOffset + 1 - numbers.pictureIdOffset;
}

/**
 * The bytes from the picture id to the end of TL0PICIDX with other numbers in them, the first byte in the low 8 bits. The
 * length of the picture id stays; numbers are taken modulo what fits.
 */
export function mappedPictureNumbers(
  slab: Uint8Array,
  numbers: PictureNumbers,
  pictureId: number,
  tl0PicIdx: number,
): number {
  const start = numbers.pictureIdOffset;
  let bytes = 0;
  for (let i = pictureNumbersLength(numbers) - 1; i >= 0; i--) bytes = (bytes << 8) | slab[start + i]!;
  if (numbers.pictureIdBytes === 2) {
    bytes = (bytes & ~0xffff) | 0x80 | ((pictureId >> 8) & 0x7f) | ((pictureId & 0xff) << 8);
  } else {
    bytes = (bytes & ~0xff) | (pictureId & 0x7f);
  }
  if (numbers.tl0PicIdx < 0) return bytes;
  const shift = (numbers.tl0PicIdxOffset - start) * 8;
  return (bytes & ~(0xff << shift)) | ((tl0PicIdx & 0xff) << shift);
}
