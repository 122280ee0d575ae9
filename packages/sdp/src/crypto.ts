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

/** tag, suite, key parameters, session parameters. */
const CRYPTO = /^(\d{1,9})\s+([A-Z0-9_]{1,64})\s+(\S{1,4096})((?: +\S+)*)$/i;
/** One inline key, lifetime, MKI and its length. */
const KEY = /^inline:([A-Za-z0-9+/]{1,128}={0,2})(?:\|(?:2\^\d{1,2}|\d{1,15}))?(?:\|(\d{1,40}):(\d{1,3}))?$/i;
/** RFC 4568 allows for 128. */
const MAX_MKI_BYTES = 16;
const MAX_KEYS = 16;

/**
 * The lines that can be used: of a known suite with keys of its length. Left out, as RFC 4568 section 7.1.2 wants it, are
 * those with session parameters that change the packets. When nothing is left, `cryptoProblem` says why.
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
  if (match === null) return 'its crypto line is malformed';
  const suite = suiteOf(match[2]!);
  if (suite === undefined) return `SRTP suite ${match[2]} is not known`;
  if (!harmless(match[4]!)) return 'SRTP session parameters that change the packets are not supported';
  const keys = match[3]!.split(';').map((parameter) => parseKey(parameter, suite));
  const problem = keys.find((key) => typeof key === 'string');
  if (problem !== undefined) return problem;
  const [first, ...others] = keys as MasterKey[];
  if (first === undefined || others.length >= MAX_KEYS) return 'its crypto line has too many keys';
  const line = { tag: Number(match[1]), suite, ...first };
  if (others.length === 0) return line;
  const furtherKeys = others.filter(({ mki }) => mki !== undefined) as Required<MasterKey>[];
  const mkis = new Set([first, ...others].map(({ mki }) => mki?.join()));
  const lengths = new Set([first, ...others].map(({ mki }) => mki?.length));
  if (mkis.has(undefined) || lengths.size > 1 || mkis.size < keys.length)
    return 'its SRTP keys are not told apart by MKIs of one length';
  return { ...line, furtherKeys };
}

interface MasterKey {
  readonly key: Uint8Array;
  readonly mki?: Uint8Array;
}

/** The key, or why it can't be used. */
function parseKey(parameter: string, suite: CryptoSuite): MasterKey | string {
  const match = KEY.exec(parameter);
  if (match === null) return 'its crypto line is malformed';
  const key = new Uint8Array(Buffer.from(match[1]!, 'base64'));
  if (key.length !== KEY_LENGTHS[suite])
    return `the SRTP key of ${suite} has not ${KEY_LENGTHS[suite]} bytes`;
  if (match[2] === undefined) return { key };
  const length = Number(match[3]);
  if (length < 1 || length > MAX_MKI_BYTES)
    return `SRTP master key identifiers (MKI) of ${length} bytes are not supported`;
  const digits = BigInt(match[2]).toString(16);
  if (digits.length > 2 * length) return 'its SRTP master key identifier (MKI) is longer than it says';
  return { key, mki: Uint8Array.from(Buffer.from(digits.padStart(2 * length, '0'), 'hex')) };
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

export function formatCrypto({ tag, suite, furtherKeys = [], ...first }: CryptoDescription): string {
  return `crypto:${tag} ${suite} ${[first, ...furtherKeys].map(formatKey).join(';')}`;
}

function formatKey({ key, mki }: MasterKey): string {
  const inline = `inline:${Buffer.from(key).toString('base64')}`;
  if (mki === undefined) return inline;
  return `${inline}|2^31|${BigInt(`0x${Buffer.from(mki).toString('hex')}`)}:${mki.length}`;
}

export interface NegotiatedCrypto {
  readonly suite: CryptoSuite;
  readonly localKey: Uint8Array;
  readonly localMki?: Uint8Array;
  /** With several keys each has its MKI. */
  readonly remoteKeys: readonly MasterKey[];
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
  const [ours, theirs] = localRole === 'offerer' ? [offer, answer] : [answer, offer];
  return {
    suite: answer.suite,
    localKey: ours.key,
    ...(ours.mki !== undefined && { localMki: ours.mki }),
    remoteKeys: [
      { key: theirs.key, ...(theirs.mki !== undefined && { mki: theirs.mki }) },
      ...(theirs.furtherKeys ?? []),
    ],
  };
}
