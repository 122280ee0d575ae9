import { KurentoError } from '@rivero/api';
import { type CryptoSuite, cryptoKeyLength, type LocalSdes, SdpCryptoSuites } from '@rivero/sdp';
import { randomBytes } from '../runtime/random.js';

/** Kurento's SDES register. */
export interface SdesParams {
  key?: string;
  keyBase64?: string;
  crypto?: string;
}

/**
 * The keys that an endpoint sends with: the one of its constructor, else a random one for each m-line (RFC 4568 section
 * 6.1 wants them different), the same over renegotiations.
 */
export class SdesKeys implements LocalSdes {
  readonly suite?: CryptoSuite;
  readonly #given: Uint8Array | undefined;
  readonly #random = new Map<string, Uint8Array>();

  /** A key without a suite is not used, as in Kurento. @throws KurentoError when the key's length is not the suite's */
  constructor(params: SdesParams) {
    // Kurento's names differ from those of SDP in the order of their parts.
    const name = params.crypto?.replace('AES_128_CM', 'AES_CM_128');
    const suite = SdpCryptoSuites.find((known) => known === name);
    if (suite === undefined) return;
    this.suite = suite;
    this.#given = givenKey(params);
    if (this.#given !== undefined && this.#given.length !== cryptoKeyLength(suite)) {
      throw new KurentoError('MEDIA_OBJECT_ILLEGAL_PARAM_ERROR', 'Master key size is wrong');
    }
  }

  readonly key = (suite: CryptoSuite, mLine: number): Uint8Array => {
    if (this.#given !== undefined) return this.#given;
    const name = `${suite} ${mLine}`;
    let key = this.#random.get(name);
    if (key === undefined) {
      key = Uint8Array.from(randomBytes(cryptoKeyLength(suite)));
      this.#random.set(name, key);
    }
    return key;
  };
}

function givenKey({ key, keyBase64 }: SdesParams): Uint8Array | undefined {
  if (key !== undefined && key !== '') return Uint8Array.from(Buffer.from(key));
  if (keyBase64 === undefined || keyBase64 === '') return undefined;
  const valid = /^[A-Za-z0-9+/]+={0,2}$/.test(keyBase64);
  return Uint8Array.from(valid ? Buffer.from(keyBase64, 'base64') : []);
}
