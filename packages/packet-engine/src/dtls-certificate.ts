import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { loadAddon, type NativeDtlsIdentity } from './addon.js';
import { coded, EngineError } from './errors.js';

/** Hash functions of certificate fingerprints (RFC 8122 section 5). */
export type FingerprintAlgorithm = 'sha-1' | 'sha-224' | 'sha-256' | 'sha-384' | 'sha-512';

const generate = promisify(generateKeyPair);

/** A self-signed certificate, valid for a year, with its private key. Safe to share by many DTLS sessions. */
export class DtlsCertificate {
  /** @internal */
  readonly native: NativeDtlsIdentity;

  private constructor(native: NativeDtlsIdentity) {
    this.native = native;
  }

  /** ECDSA on P-256 or RSA with 2048 bits. The key is made on a thread of its own. */
  static async generate(type: 'ECDSA' | 'RSA'): Promise<DtlsCertificate> {
    const privateKeyEncoding = { type: 'pkcs8', format: 'der' } as const;
    const publicKeyEncoding = { type: 'spki', format: 'der' } as const;
    const pair =
      type === 'RSA'
        ? await generate('rsa', { modulusLength: 2048, privateKeyEncoding, publicKeyEncoding })
        : await generate('ec', { namedCurve: 'P-256', privateKeyEncoding, publicKeyEncoding });
    try {
      return DtlsCertificate.fromPrivateKey(pair.privateKey);
    } finally {
      pair.privateKey.fill(0);
    }
  }

  /**
   * Signs a new certificate with a private key (PKCS #8, DER).
   * @throws EngineError INVALID_KEY
   */
  static fromPrivateKey(privateKey: Uint8Array): DtlsCertificate {
    return new DtlsCertificate(coded(() => new (loadAddon().DtlsIdentity)(privateKey)));
  }

  /** Upper-case hexadecimal bytes with colons, as in SDP. */
  fingerprint(algorithm: FingerprintAlgorithm): string {
    const fingerprint = coded(() => this.native.fingerprint(algorithm));
    if (fingerprint === '') throw new EngineError('INVALID_ARGUMENT', `unknown hash function ${algorithm}`);
    return fingerprint;
  }
}
