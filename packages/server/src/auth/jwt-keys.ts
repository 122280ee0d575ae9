import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet, createRemoteJWKSet, type JWK, type JWTVerifyGetKey } from 'jose';

/** Finds the public key for the header of a token. */
export type PublicKeys = JWTVerifyGetKey;

/** Whether the setting names a key set on the web rather than a file. */
export function isKeyUrl(source: string): boolean {
  return /^https?:\/\//i.test(source);
}

/**
 * The keys of a JWK set on the web (RFC 7517 section 5), loaded when a token comes and again when it names a
 * key that is not known, at most every 30 s. Only over TLS: whoever can change the keys can make tokens.
 */
export function remoteKeys(source: string): PublicKeys {
  const url = new URL(source);
  const here = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\./.test(url.hostname);
  if (url.protocol !== 'https:' && !here) throw new Error(`${source} should be an https URL`);
  return createRemoteJWKSet(url);
}

/**
 * The keys in the text of a file: PEM (public keys or certificates, one or more), a JWK or a JWK set. Private
 * keys give their public half. Throws an Error that says what is wrong.
 */
export function parseKeys(text: string): PublicKeys {
  const keys = text.includes('-----BEGIN') ? pemKeys(text) : jsonKeys(text);
  if (keys.length === 0) throw new Error('there is no key in it');
  return createLocalJWKSet({ keys });
}

function pemKeys(text: string): JWK[] {
  const blocks = text.match(/-----BEGIN ([^-]+)-----[\s\S]+?-----END \1-----/g) ?? [];
  return blocks.map((pem) => createPublicKey(pem).export({ format: 'jwk' }) as JWK);
}

function jsonKeys(text: string): JWK[] {
  const content = JSON.parse(text) as unknown;
  if (typeof content !== 'object' || content === null)
    throw new Error('it should be PEM, a JWK or a JWK set');
  const keys = 'keys' in content ? content.keys : [content];
  if (!Array.isArray(keys)) throw new Error("'keys' should be an array");
  return keys.map((key: JWK) => {
    if (key?.kty === 'oct') {
      throw new Error('a shared secret does not belong among public keys: use auth.jwtSecret');
    }
    const { kid, alg, use } = key;
    const jwk = createPublicKey({ key: key as Record<string, string>, format: 'jwk' }).export({
      format: 'jwk',
    });
    return { ...jwk, ...(kid && { kid }), ...(alg && { alg }), ...(use && { use }) } as JWK;
  });
}
