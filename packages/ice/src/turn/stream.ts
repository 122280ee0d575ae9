import { STUN_HEADER_SIZE, STUN_MAGIC_COOKIE } from '../stun/attributes.js';
import { isChannelData } from './channel-data.js';

const MIN_HEADER = 4;

/**
 * Finds the messages in the byte stream of a TURN server, over TCP or TLS (RFC 8656 sections 3.7 and 12.5): STUN says its
 * length, ChannelData is padded to a multiple of four. Never keeps more than one message.
 */
export class TurnStreamReader {
  readonly #maxLength: number;
  #pending: Uint8Array = new Uint8Array(0);
  #broken = false;

  /** `maxLength`: the longest message that is accepted, in bytes. */
  constructor(maxLength = 4096) {
    this.#maxLength = maxLength;
  }

  /** Something that is no message of TURN has come: the stream is of no use any more. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Messages that became complete; they lie in memory that is the reader's or the chunk's. */
  push(chunk: Uint8Array): Uint8Array[] {
    const messages: Uint8Array[] = [];
    if (this.#broken) return messages;
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let offset = 0;
    while (bytes.length - offset >= MIN_HEADER) {
      const length = this.#lengthOf(bytes.subarray(offset));
      if (length === undefined) {
        this.#broken = true;
        this.#pending = new Uint8Array(0);
        return messages;
      }
      if (offset + length > bytes.length) break;
      messages.push(bytes.subarray(offset, offset + length));
      offset += length;
    }
    this.#pending = bytes.slice(offset);
    return messages;
  }

  /** Bytes of the message that begins here, header and padding included. */
  #lengthOf(bytes: Uint8Array): number | undefined {
    const value = (bytes[2]! << 8) | bytes[3]!;
    const length = isChannelData(bytes) ? (MIN_HEADER + value + 3) & ~3 : STUN_HEADER_SIZE + value;
    if (length > this.#maxLength) return undefined;
    if (isChannelData(bytes)) return length;
    if (bytes[0]! > 3 || value % 4 !== 0) return undefined;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return bytes.length >= 8 && view.getUint32(4) !== STUN_MAGIC_COOKIE ? undefined : length;
  }
}
