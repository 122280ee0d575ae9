import { timingSafeEqual } from 'node:crypto';
import { formatIp } from '../ip.js';
import {
  isUnknownRequired,
  STUN_HEADER_SIZE,
  STUN_MAGIC_COOKIE,
  StunAttribute,
  type StunClass,
} from './attributes.js';
import { type StunKey, stunFingerprint, stunIntegrity } from './checksum.js';

export interface TransportAddress {
  address: string;
  port: number;
}

function u16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

function u32(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>>
    0
  );
}

/**
 * A received STUN message (RFC 8489), read in place: it holds the caller's bytes and copies nothing, so it must not be
 * kept longer than they are. Attributes after MESSAGE-INTEGRITY are not seen (RFC 8489 section 14.5), except FINGERPRINT.
 */
export class StunMessage {
  readonly bytes: Uint8Array;
  readonly method: number;
  readonly messageClass: StunClass;
  /** Offset of the MESSAGE-INTEGRITY attribute's header; 0 = not there. */
  readonly integrityOffset: number;
  /** Offset of the FINGERPRINT attribute's header; 0 = not there. */
  readonly fingerprintOffset: number;
  /** Comprehension-required attributes that are not understood. */
  readonly unknownRequired: readonly number[] | undefined;
  /** Where the attributes that count end. */
  readonly #end: number;

  constructor(
    bytes: Uint8Array,
    integrityOffset: number,
    fingerprintOffset: number,
    unknownRequired: readonly number[] | undefined,
  ) {
    const type = u16(bytes, 0);
    this.bytes = bytes;
    this.method = (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
    this.messageClass = (((type & 0x0010) >> 4) | ((type & 0x0100) >> 7)) as StunClass;
    this.integrityOffset = integrityOffset;
    this.fingerprintOffset = fingerprintOffset;
    this.unknownRequired = unknownRequired;
    this.#end = integrityOffset || fingerprintOffset || bytes.length;
  }

  /** The 12 bytes of the transaction id, not copied. */
  get transactionId(): Uint8Array {
    return this.bytes.subarray(8, STUN_HEADER_SIZE);
  }

  /** Offset of the header of the first attribute of this type; 0 when there is none. */
  find(type: number): number {
    let offset = STUN_HEADER_SIZE;
    while (offset < this.#end) {
      if (u16(this.bytes, offset) === type) return offset;
      offset += 4 + ((u16(this.bytes, offset + 2) + 3) & ~3);
    }
    return 0;
  }

  has(type: number): boolean {
    return this.find(type) !== 0;
  }

  /** Value of an attribute, not copied. */
  value(type: number): Uint8Array | undefined {
    const offset = this.find(type);
    return offset === 0
      ? undefined
      : this.bytes.subarray(offset + 4, offset + 4 + u16(this.bytes, offset + 2));
  }

  /** Text of an attribute (USERNAME, REALM, NONCE, SOFTWARE). */
  text(type: number): string | undefined {
    const value = this.value(type);
    return value && Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8');
  }

  /** A 32-bit attribute (PRIORITY, LIFETIME); undefined when missing or of another size. */
  uint32(type: number): number | undefined {
    const offset = this.find(type);
    return offset === 0 || u16(this.bytes, offset + 2) !== 4 ? undefined : u32(this.bytes, offset + 4);
  }

  /** A 64-bit attribute (ICE-CONTROLLING, ICE-CONTROLLED). */
  uint64(type: number): bigint | undefined {
    const offset = this.find(type);
    if (offset === 0 || u16(this.bytes, offset + 2) !== 8) return undefined;
    return (BigInt(u32(this.bytes, offset + 4)) << 32n) | BigInt(u32(this.bytes, offset + 8));
  }

  /** The code of ERROR-CODE, 300 to 699. */
  get errorCode(): number | undefined {
    const value = this.value(StunAttribute.ErrorCode);
    if (!value || value.length < 4) return undefined;
    const hundreds = value[2]! & 0x07;
    const rest = value[3]!;
    return hundreds < 3 || hundreds > 6 || rest > 99 ? undefined : hundreds * 100 + rest;
  }

  /** The reason phrase of ERROR-CODE. */
  get errorReason(): string {
    const value = this.value(StunAttribute.ErrorCode);
    if (!value || value.length < 4) return '';
    return Buffer.from(value.buffer, value.byteOffset + 4, value.length - 4).toString('utf8');
  }

  /** The types listed in UNKNOWN-ATTRIBUTES. */
  get unknownAttributes(): number[] {
    const value = this.value(StunAttribute.UnknownAttributes);
    const types: number[] = [];
    if (value) for (let i = 0; i + 1 < value.length; i += 2) types.push(u16(value, i));
    return types;
  }

  /** XOR-MAPPED-ADDRESS, or the other addresses written like it (XOR-PEER-ADDRESS, XOR-RELAYED-ADDRESS). */
  xorAddress(type: number = StunAttribute.XorMappedAddress): TransportAddress | undefined {
    const value = this.value(type);
    if (!value) return undefined;
    const length = addressLength(value);
    if (length === undefined) return undefined;
    const plain = new Uint8Array(length);
    // The mask is the magic cookie followed by the transaction id (RFC 8489 section 14.2).
    for (let i = 0; i < length; i++) plain[i] = value[4 + i]! ^ this.bytes[4 + i]!;
    return { address: formatIp(plain, 0, length), port: u16(value, 2) ^ (STUN_MAGIC_COOKIE >>> 16) };
  }

  /** MAPPED-ADDRESS, which only old servers send. */
  get mappedAddress(): TransportAddress | undefined {
    return this.plainAddress(StunAttribute.MappedAddress);
  }

  /** MAPPED-ADDRESS, or the other addresses written like it (ALTERNATE-SERVER). */
  plainAddress(type: number): TransportAddress | undefined {
    const value = this.value(type);
    if (!value) return undefined;
    const length = addressLength(value);
    return length && { address: formatIp(value, 4, length), port: u16(value, 2) };
  }

  /** Whether FINGERPRINT is there and right. */
  fingerprintValid(): boolean {
    const offset = this.fingerprintOffset;
    return offset !== 0 && u32(this.bytes, offset + 4) === stunFingerprint(this.bytes, offset);
  }

  /** Whether MESSAGE-INTEGRITY is there and made with this key. Takes the same time wherever the difference is. */
  integrityValid(key: StunKey): boolean {
    const offset = this.integrityOffset;
    if (offset === 0) return false;
    const expected = stunIntegrity(this.bytes, offset, key);
    return timingSafeEqual(expected, this.bytes.subarray(offset + 4, offset + 24));
  }
}

/** 4 or 16, if an address attribute's family and size agree. */
function addressLength(value: Uint8Array): 4 | 16 | undefined {
  if (value[1] === 1 && value.length === 8) return 4;
  if (value[1] === 2 && value.length === 20) return 16;
  return undefined;
}

/** Whether bytes look like STUN rather than DTLS, RTP … on the same port: the first byte is 0 to 3 (RFC 7983). */
export function isStun(data: Uint8Array): boolean {
  return data.length >= STUN_HEADER_SIZE && data[0]! < 4 && u32(data, 4) === STUN_MAGIC_COOKIE;
}

/**
 * Reads a datagram as a STUN message; undefined when it isn't exactly one well-formed message: every length is checked here,
 * so nothing read later can be out of bounds. Never throws. Checks neither fingerprint nor integrity.
 */
export function parseStun(data: Uint8Array): StunMessage | undefined {
  if (!isStun(data) || (data.length & 3) !== 0 || u16(data, 2) !== data.length - STUN_HEADER_SIZE)
    return undefined;
  let integrityOffset = 0;
  let fingerprintOffset = 0;
  let unknown: number[] | undefined;
  let offset = STUN_HEADER_SIZE;
  while (offset < data.length) {
    // Lengths are multiples of four throughout, so a header always fits here.
    const type = u16(data, offset);
    const length = u16(data, offset + 2);
    const next = offset + 4 + ((length + 3) & ~3);
    if (next > data.length) return undefined;
    if (type === StunAttribute.Fingerprint) {
      if (length !== 4 || next !== data.length) return undefined;
      fingerprintOffset = offset;
    } else if (integrityOffset === 0) {
      if (type === StunAttribute.MessageIntegrity) {
        if (length !== 20) return undefined;
        integrityOffset = offset;
      } else if (isUnknownRequired(type)) {
        unknown ??= [];
        unknown.push(type);
      }
    }
    offset = next;
  }
  return new StunMessage(data, integrityOffset, fingerprintOffset, unknown);
}

/**
 * The ufrags in the USERNAME of a connectivity check: the receiver's first, then the sender's (RFC 8445 section 7.2.2). This tells which
 * agent a first request is for; nothing is authenticated yet.
 */
export function stunUsername(data: Uint8Array): { localUfrag: string; remoteUfrag: string } | undefined {
  const username = parseStun(data)?.text(StunAttribute.Username);
  const colon = username?.indexOf(':') ?? -1;
  if (username === undefined || colon <= 0) return undefined;
  return { localUfrag: username.slice(0, colon), remoteUfrag: username.slice(colon + 1) };
}

/** The transaction id of a STUN message as text. */
export function stunTransactionKey(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset + 8, STUN_HEADER_SIZE - 8).toString('latin1');
}

/** The first 32 bits of the transaction id, where agents put their tag: it tells which agent a response is for. */
export function stunTransactionTag(data: Uint8Array): number | undefined {
  return isStun(data) ? u32(data, 8) : undefined;
}
