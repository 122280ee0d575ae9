import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { PublicKeys } from './jwt-keys.js';
import type { Principal } from './principal.js';
import { Refused } from './refused.js';

export const JWT_ALGORITHMS = [
  ...(['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const),
] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

export interface JwtOptions {
  /** Shared secret for the HS algorithms; empty: none. */
  secret: string;
  algorithms: readonly JwtAlgorithm[];
  /** Empty: any. */
  issuer: readonly string[];
  audience: readonly string[];
  clockToleranceSeconds: number;
  /** Whether a token must have a subject. */
  needsSubject: boolean;
  now?: () => number;
}

/** RFC 7518 section 3.2: a key at least as long as the hash, here for the shortest. */
const MIN_SECRET_BYTES = 32;

/** Checks JSON Web Tokens (RFC 7519): signature, algorithm, time, issuer, audience. */
export class JwtVerifier {
  readonly #options: JwtOptions;
  readonly #secret: Uint8Array | undefined;
  readonly #checks: JWTVerifyOptions;
  /** May be replaced when the file changes. */
  keys: PublicKeys | undefined;

  constructor(options: JwtOptions, keys: PublicKeys | undefined) {
    const { secret, issuer, audience, clockToleranceSeconds, needsSubject } = options;
    this.#options = options;
    this.keys = keys;
    if (secret !== '') {
      this.#secret = new TextEncoder().encode(secret);
      if (this.#secret.length < MIN_SECRET_BYTES) {
        throw new Error(`auth.jwtSecret: should have at least ${MIN_SECRET_BYTES} bytes (RFC 7518)`);
      }
    }
    this.#checks = {
      clockTolerance: clockToleranceSeconds,
      ...(issuer.length > 0 && { issuer: [...issuer] }),
      ...(audience.length > 0 && { audience: [...audience] }),
      ...(needsSubject && { requiredClaims: ['sub'] }),
    };
  }

  /** Throws {@link Refused}: 401, or 503 when the keys cannot be loaded. */
  async verify(token: string): Promise<Principal> {
    const now = (this.#options.now ?? Date.now)();
    let payload: JWTPayload;
    try {
      payload = await this.#payload(token, new Date(now));
    } catch (error) {
      throw refusal(error);
    }
    const { iss, sub, exp } = payload;
    return {
      // Two issuers may use the same names.
      subject: sub === undefined ? '' : iss === undefined ? sub : `${iss} ${sub}`,
      expires: exp === undefined ? undefined : (exp + this.#options.clockToleranceSeconds) * 1000,
    };
  }

  async #payload(token: string, currentDate: Date): Promise<JWTPayload> {
    const { alg = '' } = decodeProtectedHeader(token);
    // A secret is used only with the algorithms for secrets, a public key only with the others: otherwise a public
    // key, which everybody has, could serve as a secret.
    const shared = alg.startsWith('HS');
    const algorithms = this.#options.algorithms.filter((name) => name.startsWith('HS') === shared);
    const checks = { ...this.#checks, algorithms, currentDate };
    if (shared) {
      if (this.#secret === undefined) throw new errors.JOSEAlgNotAllowed('no secret');
      return (await jwtVerify(token, this.#secret, checks)).payload;
    }
    if (this.keys === undefined) throw new errors.JOSEAlgNotAllowed('no public key');
    try {
      return (await jwtVerify(token, this.keys, checks)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token does not say which: one of them must fit.
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, checks)).payload;
        } catch (inner) {
          if (!(inner instanceof errors.JWSSignatureVerificationFailed)) throw inner;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }
}

/** Why a token was refused, in one of a few texts. */
function refusal(error: unknown): Refused {
  const refused = (reason: string) => new Refused(401, `Refused a connection: ${reason}`);
  if (error instanceof errors.JWTExpired) return refused('its token has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new Refused(401, 'Refused a connection: a claim of its token is not accepted', {
      claim: error.claim,
      why: error.reason,
    });
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return refused('the signature of its token is wrong');
  }
  if (error instanceof errors.JWKSNoMatchingKey) return refused('no key fits its token');
  if (error instanceof errors.JOSEAlgNotAllowed) return refused('the algorithm of its token is not allowed');
  const invalid =
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JOSENotSupported ||
    // What decodeProtectedHeader throws.
    (error instanceof TypeError && error.message.startsWith('Invalid Token'));
  if (invalid) return refused('its token is unknown, and no JSON Web Token');
  return new Refused(503, 'Refused a connection: its token could not be checked', {
    why: error instanceof Error ? error.message : String(error),
  });
}
