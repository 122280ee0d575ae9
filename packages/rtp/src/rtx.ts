import { readUint16 } from './bytes.js';
import { extendSequence } from './sequence.js';

/** Bytes before the original payload in an RTX payload (RFC 4588 section 4). */
export const RTX_HEADER_LENGTH = 2;

/** The original sequence number extended near the newest one of the original stream. Its payload has at least 2 bytes. */
export function originalExtended(slab: Uint8Array, payloadOffset: number, highest: number): number {
  return extendSequence(readUint16(slab, payloadOffset), highest);
}
