// Redundant audio data (RFC 2198): a payload of several blocks, earlier ones again and the newest, primary one at the end.

/** Blocks of one packet that are read; browsers send two or three. */
export const MAX_RED_BLOCKS = 8;

/** Bytes of a block header, but for the last block's, which has one. */
const BLOCK_HEADER_LENGTH = 4;

/** Reads the blocks of a RED payload. Never reads beyond it, never throws; one is used for all packets. */
export class RedReader {
  /** Blocks of the payload read last; the last one is the primary. */
  count = 0;
  readonly payloadTypes = new Uint8Array(MAX_RED_BLOCKS);
  /** By how much a block's RTP timestamp is earlier than the packet's. */
  readonly timestampOffsets = new Uint16Array(MAX_RED_BLOCKS);
  /** Where the data of a block is in the slab. */
  readonly offsets = new Int32Array(MAX_RED_BLOCKS);
  readonly lengths = new Int32Array(MAX_RED_BLOCKS);

  /**
   * @param offset of the payload in `slab` @param length of the payload
   * @returns false when it is malformed or has more than MAX_RED_BLOCKS blocks; then nothing of it is to be used
   */
  parse(slab: Uint8Array, offset: number, length: number): boolean {
    this.count = 0;
    const end = offset + length;
    let at = offset;
    let count = 0;
    while (at < end && (slab[at]! & 0x80) !== 0) {
      if (count === MAX_RED_BLOCKS - 1 || at + BLOCK_HEADER_LENGTH >= end) return false;
      this.payloadTypes[count] = slab[at]! & 0x7f;
      this.timestampOffsets[count] = (slab[at + 1]! << 6) | (slab[at + 2]! >> 2);
      this.lengths[count] = ((slab[at + 2]! & 0x03) << 8) | slab[at + 3]!;
      count++;
      at += BLOCK_HEADER_LENGTH;
    }
    if (at >= end) return false;
    this.payloadTypes[count] = slab[at]!;
    this.timestampOffsets[count] = 0;
    at++;
    for (let i = 0; i < count; i++) {
      this.offsets[i] = at;
      at += this.lengths[i]!;
    }
    // An empty primary block has nothing to decode.
    if (at >= end) return false;
    this.offsets[count] = at;
    this.lengths[count] = end - at;
    this.count = count + 1;
    return true;
  }
}
