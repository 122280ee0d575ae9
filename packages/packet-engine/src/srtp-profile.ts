import { EngineError } from './errors.js';

/** SRTP protection profiles (RFC 5764 section 4.1.2, RFC 7714 section 14.2; the last three for SDES: RFC 4568, RFC 6188). */
export type SrtpProfile =
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM'
  | 'AES128_CM_HMAC_SHA1_80'
  | 'AES128_CM_HMAC_SHA1_32'
  | 'AES256_CM_HMAC_SHA1_80'
  | 'AES256_CM_HMAC_SHA1_32';

/**
 * What names the master keys in every packet (MKI, RFC 3711 section 3.1), with the profiles of SDES. Bytes, at most 16 for each
 * key; those to receive all of one length, one after the other, as their keys are (at most 16).
 */
export interface MasterKeyIdentifiers {
  send?: Uint8Array;
  receive?: Uint8Array;
}

export const NO_MKI = new Uint8Array();

interface ProfileFacts {
  /** In the DTLS-SRTP registry, if it is there. */
  readonly number: number;
  /** Of those that are offered in DTLS. */
  readonly openSslName?: string;
  /** Bytes of master key and master salt together. */
  readonly keyLength: number;
}

const profiles: Readonly<Record<SrtpProfile, ProfileFacts>> = {
  AEAD_AES_128_GCM: { number: 7, openSslName: 'SRTP_AEAD_AES_128_GCM', keyLength: 28 },
  AEAD_AES_256_GCM: { number: 8, openSslName: 'SRTP_AEAD_AES_256_GCM', keyLength: 44 },
  AES128_CM_HMAC_SHA1_80: { number: 1, openSslName: 'SRTP_AES128_CM_SHA1_80', keyLength: 30 },
  AES128_CM_HMAC_SHA1_32: { number: 2, keyLength: 30 },
  AES256_CM_HMAC_SHA1_80: { number: 3, keyLength: 46 },
  AES256_CM_HMAC_SHA1_32: { number: 4, keyLength: 46 },
};

const ALL = Object.keys(profiles) as readonly SrtpProfile[];

/** The profiles of DTLS-SRTP, in the order of preference. GCM costs a third of CM with HMAC. */
export const SRTP_PROFILES = ALL.filter((name) => profiles[name].openSslName !== undefined);

/** The profiles of SDES, in the order of preference. */
export const SDES_PROFILES = ALL.filter((name) => name.includes('_CM_'));

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
  return names
    .map((name) => {
      const { openSslName } = facts(name);
      if (openSslName === undefined) throw new EngineError('INVALID_ARGUMENT', `${name} is not for DTLS`);
      return openSslName;
    })
    .join(':');
}

function facts(profile: SrtpProfile): ProfileFacts {
  if (!Object.hasOwn(profiles, profile)) {
    throw new EngineError('INVALID_ARGUMENT', `${String(profile)} is no supported SRTP profile`);
  }
  return profiles[profile];
}
