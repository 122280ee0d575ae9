import { EngineError } from './errors.js';

/** SRTP protection profiles (RFC 5764 section 4.1.2, RFC 7714 section 14.2). */
export type SrtpProfile = 'AEAD_AES_128_GCM' | 'AEAD_AES_256_GCM' | 'AES128_CM_HMAC_SHA1_80';

interface ProfileFacts {
  /** In the DTLS-SRTP registry. */
  readonly number: number;
  readonly openSslName: string;
  /** Bytes of master key and master salt together. */
  readonly keyLength: number;
}

const profiles: Readonly<Record<SrtpProfile, ProfileFacts>> = {
  AEAD_AES_128_GCM: { number: 7, openSslName: 'SRTP_AEAD_AES_128_GCM', keyLength: 28 },
  AEAD_AES_256_GCM: { number: 8, openSslName: 'SRTP_AEAD_AES_256_GCM', keyLength: 44 },
  AES128_CM_HMAC_SHA1_80: { number: 1, openSslName: 'SRTP_AES128_CM_SHA1_80', keyLength: 30 },
};

/** All profiles, in the order of preference. GCM costs a third of CM with HMAC. */
export const SRTP_PROFILES = Object.keys(profiles) as readonly SrtpProfile[];

/** Bytes of master key and master salt together. */
export function srtpKeyLength(profile: SrtpProfile): number {
  return facts(profile).keyLength;
}

export function profileNumber(profile: SrtpProfile): number {
  return facts(profile).number;
}

export function profileFromNumber(number: number): SrtpProfile | undefined {
  return SRTP_PROFILES.find((name) => profiles[name].number === number);
}

/** The list as OpenSSL wants it. */
export function openSslProfileList(names: readonly SrtpProfile[]): string {
  return names.map((name) => facts(name).openSslName).join(':');
}

function facts(profile: SrtpProfile): ProfileFacts {
  if (!Object.hasOwn(profiles, profile)) {
    throw new EngineError('INVALID_ARGUMENT', `${String(profile)} is no supported SRTP profile`);
  }
  return profiles[profile];
}
