/**
 * Framing of datagrams on a TCP connection (RFC 4571, as RFC 6544 section 3 wants it): two bytes of length, big-endian,
 * before each.
 */

const HEADER = 2;

/** A frame that holds the datagram; a copy. Throws RangeError when it has more than 65535 bytes. */
export function frameDatagram(data: Uint8Array): Uint8Array {
  if (data.length > 0xffff) throw new RangeError('too long for a frame');
  const frame = new Uint8Array(HEADER + data.length);
  frame[0] = data.length >> 8;
  frame[1] = data.length & 0xff;
  frame.set(data, HEADER);
  return frame;
}

/** Takes a byte stream apart. Never keeps more than one frame. */
export class FrameReader {
  readonly #maxLength: number;
  readonly #partial: Uint8Array;
  #filled = 0;
  #broken = false;

  /** `maxLength`: the longest frame that is accepted, in bytes without the header. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
    this.#partial = new Uint8Array(HEADER + maxLength);
  }

  /** A longer frame was announced: the stream is of no use any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Datagrams that became complete, empty ones left out. They may lie in `chunk`. */
  push(chunk: Uint8Array): Uint8Array[] {
    const complete: Uint8Array[] = [];
    let offset = 0;
    while (offset < chunk.length && !this.#broken) {
      if (this.#filled === 0 && chunk.length - offset >= HEADER) {
        const length = (chunk[offset]! << 8) | chunk[offset + 1]!;
        if (this.#isTooLong(length)) break;
        const end = offset + HEADER + length;
        if (end <= chunk.length) {
          if (length > 0) complete.push(chunk.subarray(offset + HEADER, end));
          offset = end;
          continue;
        }
      }
      offset += this.#fill(chunk, offset, complete);
    }
    return complete;
  }

  #isTooLong(length: number): boolean {
    this.#broken ||= length > this.#maxLength;
    return this.#broken;
  }

  /** Adds to the frame that is not complete yet; returns how many bytes were taken. */
  #fill(chunk: Uint8Array, offset: number, complete: Uint8Array[]): number {
    const partial = this.#partial;
    let wanted = HEADER;
    if (this.#filled >= HEADER) wanted += (partial[0]! << 8) | partial[1]!;
    const count = Math.min(wanted - this.#filled, chunk.length - offset);
    partial.set(chunk.subarray(offset, offset + count), this.#filled);
    this.#filled += count;
    if (this.#filled < HEADER) return count;
    const length = (partial[0]! << 8) | partial[1]!;
    if (this.#isTooLong(length) || this.#filled < HEADER + length) return count;
    // Copied, because the rest of the chunk may begin the next frame here.
    if (length > 0) complete.push(partial.slice(HEADER, HEADER + length));
    this.#filled = 0;
    return count;
  }
}
