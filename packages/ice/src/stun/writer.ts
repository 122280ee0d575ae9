import { parseIp } from '../ip.js';
import {
  STUN_HEADER_SIZE,
  STUN_MAGIC_COOKIE,
  StunAttribute,
  type StunClass,
  StunMethod,
  stunType,
} from './attributes.js';
import { type StunKey, stunFingerprint, stunIntegrity } from './checksum.js';

/** Larger than any message written here: a username has at most 513 bytes. */
const CAPACITY = 2048;

/**
 * Writes STUN messages (RFC 8489) one after another into one buffer of its own; `finish` gives a copy of the exact size.
 * Attributes stand in the order in which they are added; integrity and fingerprint come last.
 */
export class StunWriter {
  readonly #bytes = new Uint8Array(CAPACITY);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = STUN_HEADER_SIZE;

  /** Begins a message; what was begun before is dropped. */
  start(messageClass: StunClass, transactionId: Uint8Array, method: number = StunMethod.Binding): this {
    this.#view.setUint16(0, stunType(method, messageClass));
    this.#view.setUint32(4, STUN_MAGIC_COOKIE);
    this.#bytes.set(transactionId.subarray(0, 12), 8);
    this.#length = STUN_HEADER_SIZE;
    return this;
  }

  /** Header of an attribute; returns where its value begins. Throws RangeError when the message would be too long. */
  #attribute(type: number, length: number): number {
    const offset = this.#length;
    const next = offset + 4 + ((length + 3) & ~3);
    if (next > CAPACITY) throw new RangeError('STUN message too long');
    this.#view.setUint16(offset, type);
    this.#view.setUint16(offset + 2, length);
    this.#bytes.fill(0, offset + 4 + length, next);
    this.#length = next;
    return offset + 4;
  }

  /** An attribute of any kind; without a value it is a flag (USE-CANDIDATE). */
  attribute(type: number, value?: Uint8Array): this {
    const offset = this.#attribute(type, value?.length ?? 0);
    if (value) this.#bytes.set(value, offset);
    return this;
  }

  text(type: number, value: string): this {
    return this.attribute(type, Buffer.from(value, 'utf8'));
  }

  uint32(type: number, value: number): this {
    this.#view.setUint32(this.#attribute(type, 4), value >>> 0);
    return this;
  }

  uint64(type: number, value: bigint): this {
    this.#view.setBigUint64(this.#attribute(type, 8), value);
    return this;
  }

  /** XOR-MAPPED-ADDRESS and the like. `ip` is 4 or 16 bytes. */
  xorAddress(type: number, ip: Uint8Array, port: number): this {
    const offset = this.#attribute(type, 4 + ip.length);
    this.#view.setUint16(offset, ip.length === 4 ? 1 : 2);
    this.#view.setUint16(offset + 2, port ^ (STUN_MAGIC_COOKIE >>> 16));
    for (let i = 0; i < ip.length; i++) this.#bytes[offset + 4 + i] = ip[i]! ^ this.#bytes[4 + i]!;
    return this;
  }

  /** Like `xorAddress` for an address as text. Throws RangeError when it is none. */
  xorAddressText(type: number, address: string, port: number): this {
    const ip = parseIp(address);
    if (!ip) throw new RangeError(`not an IP address: ${address}`);
    return this.xorAddress(type, ip, port);
  }

  /** ERROR-CODE with a reason phrase. */
  errorCode(code: number, reason: string): this {
    const phrase = Buffer.from(reason, 'utf8');
    const offset = this.#attribute(StunAttribute.ErrorCode, 4 + phrase.length);
    this.#view.setUint32(offset, (Math.floor(code / 100) << 8) | (code % 100));
    this.#bytes.set(phrase, offset + 4);
    return this;
  }

  /** UNKNOWN-ATTRIBUTES; only the first 16 are named. */
  unknownAttributes(types: readonly number[]): this {
    const named = types.slice(0, 16);
    const offset = this.#attribute(StunAttribute.UnknownAttributes, 2 * named.length);
    named.forEach((type, i) => {
      this.#view.setUint16(offset + 2 * i, type);
    });
    return this;
  }

  /** MESSAGE-INTEGRITY over what has been written so far. */
  integrity(key: StunKey): this {
    const before = this.#length;
    const offset = this.#attribute(StunAttribute.MessageIntegrity, 20);
    this.#bytes.set(stunIntegrity(this.#bytes, before, key), offset);
    return this;
  }

  /** FINGERPRINT over what has been written so far; nothing may follow it. */
  fingerprint(): this {
    const before = this.#length;
    const offset = this.#attribute(StunAttribute.Fingerprint, 4);
    this.#view.setUint16(2, this.#length - STUN_HEADER_SIZE);
    this.#view.setUint32(offset, stunFingerprint(this.#bytes, before));
    return this;
  }

  /** The message, in memory of its own. */
  finish(): Uint8Array {
    this.#view.setUint16(2, this.#length - STUN_HEADER_SIZE);
    return this.#bytes.slice(0, this.#length);
  }
}
