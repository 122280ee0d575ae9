/** `a=crypto` lines: keys of SRTP in the description itself (SDES, RFC 4568). */

import { attributeValues } from './lines.js';
import type { CryptoDescription, CryptoSuite, MediaDescription } from './model.js';

/** Bytes of master key and salt together. */
const KEY_LENGTHS: Readonly<Record<CryptoSuite, number>> = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_CM_128_HMAC_SHA1_32: 30,
  AES_256_CM_HMAC_SHA1_80: 46,
  AES_256_CM_HMAC_SHA1_32: 46,
};

export const SdpCryptoSuites = Object.keys(KEY_LENGTHS) as readonly CryptoSuite[];

export function cryptoKeyLength(suite: CryptoSuite): number {
  return KEY_LENGTHS[suite];
}

/** Lines that a peer may write in vain before the usable one. */
const MAX_CRYPTOS = 16;

/** tag, suite, one inline key, lifetime, MKI, session parameters. */
const CRYPTO =
  /^(\d{1,9}) ([A-Z0-9_]{1,64}) inline:([A-Za-z0-9+/]{1,128}={0,2})(?:\|([^|: ]+))?(?:\|(\d+:\d+))?((?: +\S+)*)$/i;

/**
 * The lines that can be used: of a known suite with a key of its length. Left out, as RFC 4568 section 7.1.2 wants it, are
 * those with a master key identifier (packets would be longer) and with session parameters that change the packets. When
 * nothing is left, `cryptoProblem` says why.
 */
export function parseCryptos(lines: readonly string[]): Pick<MediaDescription, 'cryptos' | 'cryptoProblem'> {
  const cryptos: CryptoDescription[] = [];
  let cryptoProblem: string | undefined;
  for (const value of attributeValues(lines, 'crypto').slice(0, MAX_CRYPTOS)) {
    const crypto = parseCrypto(value);
    if (typeof crypto === 'string') cryptoProblem ??= crypto;
    else cryptos.push(crypto);
  }
  if (cryptos.length > 0) return { cryptos };
  return cryptoProblem === undefined ? {} : { cryptoProblem };
}

/** The line, or why it can't be used. */
function parseCrypto(value: string): CryptoDescription | string {
  const match = CRYPTO.exec(value);
  if (match === null) return 'its crypto line is malformed, or has several keys';
  const suite = suiteOf(match[2]!);
  if (suite === undefined) return `SRTP suite ${match[2]} is not known`;
  if (match[5] !== undefined) return 'SRTP with a master key identifier (MKI) is not supported';
  if (!harmless(match[6]!)) return 'SRTP session parameters that change the packets are not supported';
  const key = new Uint8Array(Buffer.from(match[3]!, 'base64'));
  if (key.length !== KEY_LENGTHS[suite])
    return `the SRTP key of ${suite} has not ${KEY_LENGTHS[suite]} bytes`;
  return { tag: Number(match[1]), suite, key };
}

/** RFC 6188 writes AES_256_CM, some phones AES_CM_256. */
function suiteOf(name: string): CryptoSuite | undefined {
  const upper = name.toUpperCase().replace('AES_CM_256', 'AES_256_CM');
  return SdpCryptoSuites.find((suite) => suite === upper);
}

/** Parameters that change nothing here: window sizes, the default key derivation, and what may be ignored ("-"). */
function harmless(parameters: string): boolean {
  return parameters
    .split(/ +/)
    .filter((parameter) => parameter !== '')
    .every((parameter) => /^(?:-.*|WSH=\d+|KDR=0)$/i.test(parameter));
}

export function formatCrypto({ tag, suite, key }: CryptoDescription): string {
  return `crypto:${tag} ${suite} inline:${Buffer.from(key).toString('base64')}`;
}

export interface NegotiatedCrypto {
  readonly suite: CryptoSuite;
  readonly localKey: Uint8Array;
  readonly remoteKey: Uint8Array;
}

/** The keys of both sides when the answer took one of the offered lines (RFC 4568 section 5.1.3). */
export function negotiatedCrypto(
  local: MediaDescription,
  remote: MediaDescription,
  localRole: 'offerer' | 'answerer',
): NegotiatedCrypto | undefined {
  const [offered, answered] = localRole === 'offerer' ? [local, remote] : [remote, local];
  const answer = answered.cryptos?.[0];
  const offer = offered.cryptos?.find(({ tag, suite }) => tag === answer?.tag && suite === answer.suite);
  if (answer === undefined || offer === undefined) return undefined;
  const [localKey, remoteKey] = localRole === 'offerer' ? [offer.key, answer.key] : [answer.key, offer.key];
  return { suite: answer.suite, localKey, remoteKey };
}
