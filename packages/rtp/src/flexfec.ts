// Flexible FEC as libwebrtc sends it: draft-ietf-payload-flexible-fec-scheme-03, section 4.2, with one protected stream. It
// comes in a stream of its own, so that it takes no numbers of the media.

import { readInt32, readUint16 } from './bytes.js';
import { elementLength, elementOffset, findExtension } from './header-extension.js';

const RTP_HEADER_LENGTH = 12;
/** Up to the first mask, for one stream. */
const FIXED_LENGTH = 20;
/** Packets that the three masks can name. */
const MAX_PROTECTED = 109;
const MAX_PACKET = 2048;
const PADDING_BIT = 0x20;

/**
 * Makes a lost packet again from the others that an FEC packet protects: `parse`, `add` each of the others,
 * `finish`. Never reads beyond what is given, never throws; one is used for all packets.
 */
export class FlexfecDecoder {
  /** Protected stream, int32. */
  ssrc = 0;
  /** Protected sequence numbers (16 bits), the first `count` ones. */
  readonly sequences = new Uint16Array(MAX_PROTECTED);
  count = 0;
  /** The packet that was made by `finish`, from its RTP header on. */
  readonly packet = new Uint8Array(MAX_PACKET);
  #first = 0;
  #second = 0;
  #length = 0;
  #timestamp = 0;
  /** Bytes that are protected, behind the fixed RTP header. */
  #protected = 0;
  #usable = false;

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
      if (last) return this.#take(slab, offset, at, length - (at - offset));
    }
    return false;
  }

  #take(slab: Uint8Array, offset: number, payload: number, length: number): boolean {
    if (this.count === 0 || length > MAX_PACKET - RTP_HEADER_LENGTH) {
      this.count = 0;
      return false;
    }
    this.#first = slab[offset]! & 0x3f;
    this.#second = slab[offset + 1]!;
    this.#length = readUint16(slab, offset + 2);
    this.#timestamp = readInt32(slab, offset + 4);
    this.#protected = length;
    this.packet.fill(0, 0, RTP_HEADER_LENGTH);
    for (let i = 0; i < length; i++) this.packet[RTP_HEADER_LENGTH + i] = slab[payload + i]!;
    this.#usable = true;
    return true;
  }

  /**
   * One of the other protected packets, from its RTP header on, as it was sent.
   * @param mutable ids of the header extensions that count as zeros: what is written after FEC was made
   */
  add(slab: Uint8Array, offset: number, length: number, mutable: readonly number[]): void {
    const body = length - RTP_HEADER_LENGTH;
    if (body < 0 || body > this.#protected || (slab[offset]! & PADDING_BIT) !== 0) {
      this.#usable = false;
      return;
    }
    this.#first ^= slab[offset]! & 0x3f;
    this.#second ^= slab[offset + 1]!;
    this.#length ^= body;
    this.#timestamp ^= readInt32(slab, offset + 4);
    const { packet } = this;
    for (let i = RTP_HEADER_LENGTH; i < length; i++) packet[i]! ^= slab[offset + i]!;
    for (const id of mutable) {
      const found = findExtension(slab, offset, length, id);
      if (found < 0) continue;
      const start = elementOffset(found);
      // Once more takes it out again.
      for (let i = start; i < start + elementLength(found); i++) packet[i]! ^= slab[offset + i]!;
    }
  }

  /**
   * All but one of the protected packets were added: completes that one in `packet`.
   * @param sequence its number @returns its length; -1 when what was added does not fit together
   */
  finish(sequence: number): number {
    if (!this.#usable || this.#length > this.#protected || (this.#first & PADDING_BIT) !== 0) return -1;
    this.#usable = false;
    const { packet } = this;
    packet[0] = 0x80 | this.#first;
    packet[1] = this.#second;
    packet[2] = (sequence >> 8) & 0xff;
    packet[3] = sequence & 0xff;
    writeInt32(packet, 4, this.#timestamp);
    writeInt32(packet, 8, this.ssrc);
    return RTP_HEADER_LENGTH + this.#length;
  }
}

function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >> 16) & 0xff;
  bytes[at + 2] = (value >> 8) & 0xff;
  bytes[at + 3] = value & 0xff;
}
