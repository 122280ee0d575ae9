// Generic FEC (RFC 5109, "ULPFEC") with one level of protection, as browsers send it in RED among the media.

import { readInt32, readUint16 } from './bytes.js';
import { FecDecoder } from './fec-decoder.js';

const HEADER_LENGTH = 10;
const EXTENSION_BIT = 0x80;
const LONG_MASK_BIT = 0x40;
/** Packets that the longer mask can name. */
const MAX_PROTECTED = 48;

/** The protected stream is that of the FEC packet itself: set `ssrc` before. */
export class UlpfecDecoder extends FecDecoder {
  constructor() {
    super(MAX_PROTECTED);
  }

  /** @param offset of the payload @returns whether it is FEC that can be used here */
  parse(slab: Uint8Array, offset: number, length: number): boolean {
    this.count = 0;
    if (length < HEADER_LENGTH || (slab[offset]! & EXTENSION_BIT) !== 0) return false;
    const maskBytes = (slab[offset]! & LONG_MASK_BIT) === 0 ? 2 : 6;
    const mask = offset + HEADER_LENGTH + 2;
    const payload = mask + maskBytes;
    if (payload > offset + length) return false;
    const base = readUint16(slab, offset + 2);
    for (let bit = 0; bit < maskBytes * 8; bit++) {
      if ((slab[mask + (bit >> 3)]! & (0x80 >> (bit & 7))) === 0) continue;
      this.sequences[this.count++] = (base + bit) & 0xffff;
    }
    // Further levels may follow: each protects less of more packets.
    const protectedLength = readUint16(slab, offset + HEADER_LENGTH);
    if (payload + protectedLength > offset + length) {
      this.count = 0;
      return false;
    }
    const [timestamp, lengths] = [readInt32(slab, offset + 4), readUint16(slab, offset + 8)];
    return this.take(slab, slab[offset]!, slab[offset + 1]!, lengths, timestamp, payload, protectedLength);
  }
}
