// Flexible FEC as libwebrtc sends it: draft-ietf-payload-flexible-fec-scheme-03, section 4.2, with one protected stream. It
// comes in a stream of its own, so that it takes no numbers of the media.

import { readInt32, readUint16 } from './bytes.js';
import { FecDecoder } from './fec-decoder.js';

/** Up to the first mask, for one stream. */
const FIXED_LENGTH = 20;
/** Packets that the three masks can name. */
const MAX_PROTECTED = 109;

export class FlexfecDecoder extends FecDecoder {
  constructor() {
    super(MAX_PROTECTED);
  }

  /** @param offset of the payload @returns whether it is FEC of one stream that can be used here */
  parse(slab: Uint8Array, offset: number, length: number): boolean {
    this.count = 0;
    // Retransmissions and fixed masks (bits R and F) are never sent.
    if (length < FIXED_LENGTH || (slab[offset]! & 0xc0) !== 0 || slab[offset + 8] !== 1) return false;
    this.ssrc = readInt32(slab, offset + 12);
    const base = readUint16(slab, offset + 16);
    let at = offset + 18;
    let number = 0;
    // Masks of 15, 31 and 63 bits; the bit before them says whether it is the last one.
    for (const bytes of [2, 4, 8]) {
      if (at + bytes > offset + length) return false;
      const last = (slab[at]! & 0x80) !== 0;
      for (let bit = 1; bit < bytes * 8; bit++, number++) {
        if ((slab[at + (bit >> 3)]! & (0x80 >> (bit & 7))) === 0) continue;
        this.sequences[this.count++] = (base + number) & 0xffff;
      }
      at += bytes;
      if (!last) continue;
      const [lengths, timestamp] = [readUint16(slab, offset + 2), readInt32(slab, offset + 4)];
      return this.take(
        slab,
        slab[offset]!,
        slab[offset + 1]!,
        lengths,
        timestamp,
        at,
        length - (at - offset),
      );
    }
    return false;
  }
}
