import { createHash, timingSafeEqual } from 'node:crypto';
import type { Principal } from './principal.js';

/** Shorter ones can be guessed. */
const MIN_LENGTH = 16;

interface Entry {
  hash: Buffer;
  principal: Principal;
}

/** Tokens that are known beforehand, each perhaps with a name: `name:token`, or only `token`. */
export class StaticTokens {
  readonly #entries: Entry[];

  /** Throws an Error that names the first line that is none, without the line itself. */
  constructor(lines: readonly string[]) {
    this.#entries = lines.map((line, index) => {
      // The characters of a bearer token (RFC 6750 section 2.1); a colon is not among them.
      const [, name, token] = /^(?:([^:]+):)?([\w.~+/-]+=*)$/.exec(line) ?? [];
      if (token === undefined || token.length < MIN_LENGTH) {
        throw new Error(
          `token ${index + 1} should be TOKEN or NAME:TOKEN, with at least ${MIN_LENGTH} letters, digits or -._~+/ and perhaps = at its end`,
        );
      }
      const hash = sha256(token);
      const subject = name?.trim() || `token-${hash.toString('hex').slice(0, 12)}`;
      return { hash, principal: { subject, expires: undefined } };
    });
  }

  /** The lines of a file; empty ones and those that begin with # do not count. */
  static parse(text: string): StaticTokens {
    const lines = text.split('\n').map((line) => line.trim());
    return new StaticTokens(lines.filter((line) => line !== '' && !line.startsWith('#')));
  }

  find(token: string): Principal | undefined {
    const hash = sha256(token);
    let found: Principal | undefined;
    // Hashes, and all of them, so that the time tells nothing.
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) found ??= entry.principal;
    return found;
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
