import { createHmac, type KeyObject } from 'node:crypto';

/** What MESSAGE-INTEGRITY is keyed with: a password, or what was derived from one. */
export type StunKey = string | KeyObject;

/** Key of the short-term mechanism: the password itself (RFC 8489 section 9.1.1; ICE passwords are ASCII). */
export function shortTermKey(password: string): StunKey {
  // No KeyObject: it takes half a kilobyte for each of two passwords, and as a text the password is there anyway.
  return password;
}

const table = new Uint32Array(256);
for (let n = 0; n < 256; n++) {
  let crc = n;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  table[n] = crc;
}

/** CRC-32 of ITU V.42 (the one of zip and Ethernet) over the first `length` bytes, as an unsigned number. */
export function crc32(bytes: Uint8Array, length: number): number {
  let crc = 0xffffffff;
  for (let i = 0; i < length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/** FINGERPRINT value of a message whose first `length` bytes stand before that attribute (RFC 8489 section 14.7). */
export function stunFingerprint(bytes: Uint8Array, length: number): number {
  return (crc32(bytes, length) ^ 0x5354554e) >>> 0;
}

const typeAndLength = new Uint8Array(4);

/**
 * MESSAGE-INTEGRITY value of a message whose attribute header stands at `offset` (RFC 8489 section 14.5): HMAC-SHA1 over
 * everything before it, with a header length that ends just after it.
 */
export function stunIntegrity(bytes: Uint8Array, offset: number, key: StunKey): Buffer {
  const length = offset + 4;
  typeAndLength[0] = bytes[0]!;
  typeAndLength[1] = bytes[1]!;
  typeAndLength[2] = length >> 8;
  typeAndLength[3] = length & 0xff;
  return createHmac('sha1', key).update(typeAndLength).update(bytes.subarray(4, offset)).digest();
}
