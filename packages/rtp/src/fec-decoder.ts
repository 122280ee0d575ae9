// What FEC by exclusive or (RFC 5109, RFC 8627) has in common: one packet made again from the others.

import { readInt32, writeInt32 } from './bytes.js';
import { elementLength, elementOffset, findExtension } from './header-extension.js';

const RTP_HEADER_LENGTH = 12;
const MAX_PACKET = 2048;
const PADDING_BIT = 0x20;

/**
 * Makes a lost packet again from the others that an FEC packet protects: `parse`, `add` each of the others,
 * `finish`. Never reads beyond what is given, never throws; one is used for all packets.
 */
export abstract class FecDecoder {
  /** Protected stream, int32. */
  ssrc = 0;
  /** Protected sequence numbers (16 bits), the first `count` ones. */
  readonly sequences: Uint16Array;
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

  protected constructor(maxProtected: number) {
    this.sequences = new Uint16Array(maxProtected);
  }

  /** @param offset of the payload @returns whether it is FEC that can be used here */
  abstract parse(slab: Uint8Array, offset: number, length: number): boolean;

  /**
   * Takes what stands in an FEC packet whose `sequences` were read: exclusive or of the first two bytes, the lengths and the
   * timestamps of the protected packets, and of what comes behind their fixed headers.
   */
  protected take(
    slab: Uint8Array,
    first: number,
    second: number,
    packetLength: number,
    timestamp: number,
    payload: number,
    length: number,
  ): boolean {
    if (this.count === 0 || length > MAX_PACKET - RTP_HEADER_LENGTH) {
      this.count = 0;
      return false;
    }
    this.#first = first & 0x3f;
    this.#second = second;
    this.#length = packetLength;
    this.#timestamp = timestamp;
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
