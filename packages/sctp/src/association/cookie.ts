import { createHmac, timingSafeEqual } from 'node:crypto';
import { readUint16, readUint32, writeUint16, writeUint32 } from '../wire/bytes.js';
import type { Agreement } from './agreement.js';

/** A state cookie (RFC 9260 section 5.1.3). */
export interface Cookie {
  agreement: Agreement;
  /** Tags of the association that existed when the cookie was made, else 0 (section 5.2.2). */
  localTieTag: number;
  peerTieTag: number;
  /** Milliseconds. */
  createdAt: number;
}

const CONTENT = 41;
const MAC = 32;

/** Cookie with an HMAC-SHA-256 over its content. */
export function writeCookie(secret: Uint8Array, cookie: Cookie): Uint8Array {
  const bytes = new Uint8Array(CONTENT + MAC);
  const { agreement } = cookie;
  writeUint32(bytes, 0, agreement.localTag);
  writeUint32(bytes, 4, agreement.peerTag);
  writeUint32(bytes, 8, agreement.localTsn);
  writeUint32(bytes, 12, agreement.peerTsn);
  writeUint32(bytes, 16, agreement.peerWindow);
  writeUint16(bytes, 20, agreement.outboundStreams);
  writeUint16(bytes, 22, agreement.inboundStreams);
  const { partialReliability, reconfiguration, zeroChecksum } = agreement.features;
  bytes[24] = Number(partialReliability) | (Number(reconfiguration) << 1) | (Number(zeroChecksum) << 2);
  writeUint32(bytes, 25, cookie.localTieTag);
  writeUint32(bytes, 29, cookie.peerTieTag);
  new DataView(bytes.buffer).setFloat64(33, cookie.createdAt);
  bytes.set(mac(secret, bytes.subarray(0, CONTENT)), CONTENT);
  return bytes;
}

/** Undefined when it was not made with this secret. */
export function readCookie(secret: Uint8Array, bytes: Uint8Array): Cookie | undefined {
  if (bytes.length !== CONTENT + MAC) return undefined;
  if (!timingSafeEqual(mac(secret, bytes.subarray(0, CONTENT)), bytes.subarray(CONTENT))) return undefined;
  const flags = bytes[24]!;
  return {
    agreement: {
      localTag: readUint32(bytes, 0),
      peerTag: readUint32(bytes, 4),
      localTsn: readUint32(bytes, 8),
      peerTsn: readUint32(bytes, 12),
      peerWindow: readUint32(bytes, 16),
      outboundStreams: readUint16(bytes, 20),
      inboundStreams: readUint16(bytes, 22),
      features: {
        partialReliability: (flags & 1) !== 0,
        reconfiguration: (flags & 2) !== 0,
        zeroChecksum: (flags & 4) !== 0,
      },
    },
    localTieTag: readUint32(bytes, 25),
    peerTieTag: readUint32(bytes, 29),
    createdAt: new DataView(bytes.buffer, bytes.byteOffset).getFloat64(33),
  };
}

function mac(secret: Uint8Array, content: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(content).digest();
}
