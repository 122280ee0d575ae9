import { readUint16 } from './bytes.js';
import { extendSequence } from './sequence.js';

/** Bytes before the original payload in an RTX payload (RFC 4588 section 4). */
export const RTX_HEADER_LENGTH = 2;

/** Original sequence number (16 bit) of an RTX payload; -1 when it carries none, as padding for probing does. */
export function originalSequence(slab: Uint8Array, payloadOffset: number, payloadLength: number): number {
  return payloadLength < RTX_HEADER_LENGTH ? -1 : readUint16(slab, payloadOffset);
}

/** The original sequence number extended near the newest one of the original stream. Its payload has at least 2 bytes. */
export function originalExtended(slab: Uint8Array, payloadOffset: number, highest: number): number {
  return extendSequence(readUint16(slab, payloadOffset), highest);
}

/** Which payload type is repaired by which (a=fmtp:RTX apt=ORIGINAL; RFC 4588 section 8.1). */
export class RtxPayloadTypes {
  readonly #original = new Int8Array(128).fill(-1);
  readonly #rtx = new Int8Array(128).fill(-1);

  /** @param rtx payload type of the retransmissions @param original what they repair (apt); each 0 … 127 */
  set(rtx: number, original: number): void {
    if (!isPayloadType(rtx) || !isPayloadType(original)) {
      throw new RangeError(`RTX payload types ${rtx} for ${original}`);
    }
    this.#original[rtx] = original;
    this.#rtx[original] = rtx;
  }

  /** Payload type repaired by `rtx`, -1 when it is no RTX payload type. */
  originalOf(rtx: number): number {
    return this.#original[rtx & 0x7f]!;
  }

  /** RTX payload type of `original`, -1 when it has none. */
  rtxOf(original: number): number {
    return this.#rtx[original & 0x7f]!;
  }
}

function isPayloadType(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 127;
}
