import { readUint16, readUint24 } from './bytes.js';

/** Statuses told by one feedback packet at most; more than any datagram of 1500 bytes tells about received packets. */
const CAPACITY = 2048;

/**
 * Reads the control information of transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1) into
 * arrays of its own. One reader serves any number of packets.
 */
export class TransportFeedbackReader {
  /** transport-wide sequence number of the first status, 16 bit */
  baseSequence = 0;
  /** number of statuses, for baseSequence, baseSequence + 1 … */
  count = 0;
  /** feedback packet count, 8 bit: tells lost feedback */
  feedbackCount = 0;
  /** 1 = received, 0 = not (yet) received */
  readonly received = new Uint8Array(CAPACITY);
  /** arrival of each received packet on the receiver's clock in 250 µs; wraps as int32, only differences have a meaning */
  readonly arrivals = new Int32Array(CAPACITY);

  readonly #symbols = new Uint8Array(CAPACITY);

  /** @returns false when malformed or too large: the fields are meaningless then */
  parse(buffer: Uint8Array, offset: number, length: number): boolean {
    const end = offset + length;
    if (length < 8) return false;
    this.baseSequence = readUint16(buffer, offset);
    this.count = readUint16(buffer, offset + 2);
    this.feedbackCount = buffer[offset + 7]!;
    if (this.count > CAPACITY) return false;
    const deltas = this.#parseChunks(buffer, offset + 8, end);
    if (deltas < 0) return false;
    // reference time in 64 ms, signed 24 bit
    let arrival = readUint24(buffer, offset + 4) << 8;
    let at = deltas;
    for (let i = 0; i < this.count; i++) {
      const symbol = this.#symbols[i]!;
      if (symbol === 1) {
        if (at + 1 > end) return false;
        arrival = (arrival + buffer[at]!) | 0;
        at += 1;
      } else if (symbol === 2) {
        if (at + 2 > end) return false;
        arrival = (arrival + ((readUint16(buffer, at) << 16) >> 16)) | 0;
        at += 2;
      } else if (symbol === 3) {
        return false;
      }
      this.received[i] = symbol === 0 ? 0 : 1;
      this.arrivals[i] = arrival;
    }
    return true;
  }

  /** @returns where the chunks end, -1 when they are cut off */
  #parseChunks(buffer: Uint8Array, start: number, end: number): number {
    const symbols = this.#symbols;
    const count = this.count;
    let at = start;
    let known = 0;
    while (known < count) {
      if (at + 2 > end) return -1;
      const chunk = readUint16(buffer, at);
      at += 2;
      if ((chunk & 0x8000) === 0) {
        const until = Math.min(count, known + (chunk & 0x1fff));
        symbols.fill((chunk >>> 13) & 0x03, known, until);
        if (until === known) return -1;
        known = until;
      } else if ((chunk & 0x4000) === 0) {
        for (let bit = 13; bit >= 0 && known < count; bit--) symbols[known++] = (chunk >>> bit) & 0x01;
      } else {
        for (let bit = 12; bit >= 0 && known < count; bit -= 2) symbols[known++] = (chunk >>> bit) & 0x03;
      }
    }
    return at;
  }
}
