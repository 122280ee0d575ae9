import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * SRTP once more, on node:crypto and independent of the packet engine: what proves in every run that receivers can
 * decrypt what was forwarded.
 */

export type BenchProfile = 'AEAD_AES_128_GCM' | 'AES128_CM_HMAC_SHA1_80';

export interface SessionKeys {
  profile: BenchProfile;
  /** 16 bytes */
  key: Buffer;
  /** 12 bytes for GCM, 14 else */
  salt: Buffer;
  /** 20 bytes */
  auth: Buffer;
}

/** Bytes of master key and salt. */
export function masterLength(profile: BenchProfile): number {
  return profile === 'AEAD_AES_128_GCM' ? 28 : 30;
}

/** Keys of RTP from master key and salt (RFC 3711 section 4.3, RFC 7714 section 11). */
export function deriveSessionKeys(profile: BenchProfile, master: Uint8Array): SessionKeys {
  const saltLength = masterLength(profile) - 16;
  return {
    profile,
    key: derive(master, 0, 16),
    auth: derive(master, 1, 20),
    salt: derive(master, 2, saltLength),
  };
}

function derive(master: Uint8Array, label: number, length: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.set(master.subarray(16));
  iv[7]! ^= label;
  return createCipheriv('aes-128-ctr', master.subarray(0, 16), iv).update(Buffer.alloc(length));
}

/** Key, salt padded to 14 bytes, authentication key: as the addon of the benchmarks takes them. */
export function packKeys({ key, salt, auth }: SessionKeys): Buffer {
  return Buffer.concat([key, salt, Buffer.alloc(14 - salt.length), auth]);
}

/** Length of the RTP header with CSRCs and extension. */
export function rtpHeaderLength(packet: Uint8Array): number {
  const fixed = 12 + 4 * (packet[0]! & 0x0f);
  return (packet[0]! & 0x10) === 0 ? fixed : fixed + 4 + 4 * ((packet[fixed + 2]! << 8) | packet[fixed + 3]!);
}

/**
 * The payload of an SRTP packet.
 * @param rollover the roll-over counter
 * @returns undefined when the tag is wrong
 */
export function openRtp(keys: SessionKeys, packet: Buffer, rollover = 0): Buffer | undefined {
  const header = rtpHeaderLength(packet);
  const counter = Buffer.alloc(10);
  counter.set(packet.subarray(8, 12), 0);
  counter.writeUInt32BE(rollover, 4);
  counter.set(packet.subarray(2, 4), 8);
  if (keys.profile === 'AEAD_AES_128_GCM') {
    const iv = Buffer.from(keys.salt);
    for (let i = 0; i < 10; i++) iv[2 + i]! ^= counter[i]!;
    const decipher = createDecipheriv('aes-128-gcm', keys.key, iv);
    decipher.setAAD(packet.subarray(0, header));
    decipher.setAuthTag(packet.subarray(-16));
    const payload = decipher.update(packet.subarray(header, -16));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return payload;
  }
  const authenticated = Buffer.concat([packet.subarray(0, -10), counter.subarray(4, 8)]);
  const tag = createHmac('sha1', keys.auth).update(authenticated).digest().subarray(0, 10);
  if (!timingSafeEqual(tag, packet.subarray(-10))) return undefined;
  const iv = Buffer.alloc(16);
  iv.set(keys.salt);
  for (let i = 0; i < 10; i++) iv[4 + i]! ^= counter[i]!;
  return createDecipheriv('aes-128-ctr', keys.key, iv).update(packet.subarray(header, -10));
}
