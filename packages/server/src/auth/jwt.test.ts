import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type CryptoKey,
  exportJWK,
  exportPKCS8,
  exportSPKI,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { type JwtOptions, JwtVerifier } from './jwt.js';
import { isKeyUrl, parseKeys, remoteKeys } from './jwt-keys.js';
import type { Refused } from './refused.js';

const SECRET = 'a secret that is long enough to be one';
const bytes = (text: string) => new TextEncoder().encode(text);
const OPTIONS: JwtOptions = {
  secret: '',
  algorithms: ['HS256', 'RS256', 'ES256', 'EdDSA'],
  issuer: [],
  audience: [],
  clockToleranceSeconds: 5,
  needsSubject: false,
};

function sign(
  key: CryptoKey | Uint8Array,
  alg: string,
  claims: JWTPayload = { sub: 'alice' },
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ ...header, alg }).sign(key);
}

async function refused(verifier: JwtVerifier, token: string, reason: RegExp, status = 401): Promise<void> {
  await assert.rejects(verifier.verify(token), (error: Refused) => {
    assert.equal(error.name, 'Refused');
    assert.equal(error.status, status, error.message);
    assert.match(error.message, reason);
    const signature = token.split('.')[2];
    const line = JSON.stringify([error.message, error.fields]);
    assert.ok(!signature || !line.includes(signature), 'the token is not told');
    return true;
  });
}

describe('signatures', () => {
  test('HS256', async () => {
    const verifier = new JwtVerifier({ ...OPTIONS, secret: SECRET }, undefined);
    assert.deepEqual(await verifier.verify(await sign(bytes(SECRET), 'HS256')), {
      subject: 'alice',
      expires: undefined,
    });
    await refused(verifier, await sign(bytes('another secret of the same length'), 'HS256'), /signature/);
    assert.throws(() => new JwtVerifier({ ...OPTIONS, secret: 'short' }, undefined), /32 bytes/);
  });

  for (const alg of ['RS256', 'ES256', 'EdDSA', 'PS256', 'ES384']) {
    test(`${alg}, the key as PEM, JWK and JWK set`, async () => {
      const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
      const other = await generateKeyPair(alg);
      const jwk = await exportJWK(publicKey);
      const options = { ...OPTIONS, algorithms: [...OPTIONS.algorithms, 'PS256', 'ES384'] as const };
      const files = [
        await exportSPKI(publicKey),
        await exportPKCS8(privateKey),
        `${await exportSPKI(other.publicKey)}${await exportSPKI(publicKey)}`,
        JSON.stringify(jwk),
        JSON.stringify({ keys: [{ ...jwk, kid: 'one', use: 'sig' }] }),
      ];
      for (const file of files) {
        const verifier = new JwtVerifier(options, parseKeys(file));
        assert.equal((await verifier.verify(await sign(privateKey, alg))).subject, 'alice');
        if (file !== files[2]) await refused(verifier, await sign(other.privateKey, alg), /signature/);
      }
      const named = new JwtVerifier(options, parseKeys(files[4]!));
      await refused(named, await sign(privateKey, alg, {}, { kid: 'two' }), /no key fits/);
      const third = await generateKeyPair(alg);
      await refused(
        new JwtVerifier(options, parseKeys(files[2]!)),
        await sign(third.privateKey, alg),
        /signature/,
      );
    });
  }

  test('no algorithm, one that is not allowed, and a public key as secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const pem = await exportSPKI(publicKey);
    const verifier = new JwtVerifier(OPTIONS, parseKeys(pem));
    await refused(verifier, new UnsecuredJWT({ sub: 'alice' }).encode(), /no JSON Web Token|not allowed/);
    await refused(verifier, await sign(bytes(pem), 'HS256'), /not allowed/);
    const both = new JwtVerifier({ ...OPTIONS, secret: SECRET }, parseKeys(pem));
    await refused(both, await sign(bytes(pem), 'HS256'), /signature/);
    await refused(both, await sign(bytes(SECRET.padEnd(64, 'x')), 'HS512'), /not allowed/);
    const other = new JwtVerifier({ ...OPTIONS, algorithms: ['ES256'] }, parseKeys(pem));
    await refused(other, await sign(privateKey, 'RS256'), /not allowed/);
  });
});

describe('claims', () => {
  const now = 1_700_000_000_000;
  const seconds = now / 1000;
  const verifier = (changes: Partial<JwtOptions> = {}) =>
    new JwtVerifier({ ...OPTIONS, secret: SECRET, now: () => now, ...changes }, undefined);
  const token = (claims: JWTPayload) => sign(bytes(SECRET), 'HS256', claims);

  test('times, with tolerance', async () => {
    const { expires } = await verifier().verify(await token({ exp: seconds + 60 }));
    assert.equal(expires, now + 65_000);
    await verifier().verify(await token({ exp: seconds - 4, nbf: seconds + 4 }));
    await refused(verifier(), await token({ exp: seconds - 6 }), /expired/);
    await refused(verifier(), await token({ nbf: seconds + 6 }), /claim/);
    await refused(verifier({ clockToleranceSeconds: 0 }), await token({ exp: seconds }), /expired/);
  });

  test('issuer, audience, subject', async () => {
    const strict = verifier({ issuer: ['i', 'j'], audience: ['a'], needsSubject: true });
    const good = { iss: 'j', aud: ['b', 'a'], sub: 's' };
    assert.equal((await strict.verify(await token(good))).subject, 'j s');
    for (const wrong of [
      { iss: 'x' },
      { aud: 'b' },
      { sub: undefined },
      { iss: undefined },
      { aud: undefined },
    ]) {
      const claims = JSON.parse(JSON.stringify({ ...good, ...wrong })) as JWTPayload;
      await refused(strict, await token(claims), /claim/);
    }
    assert.equal((await verifier().verify(await token({}))).subject, '');
  });

  test('any text is refused, whatever it is', async () => {
    const valid = await token({ sub: 'alice' });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((parts) => parts.join('.')),
          fc.nat(valid.length - 2).map((at) => valid.slice(0, at)),
          fc.json().map((json) => `${Buffer.from(json).toString('base64url')}.e30.AAAA`),
        ),
        (text) => refused(verifier(), text, /^Refused a connection: /),
      ),
    );
  });
});

test('a key set on the web is loaded when needed; while it cannot be, nobody is let in', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'one' }];
  let broken = true;
  const server = createServer((_request, response) => {
    response.writeHead(broken ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const verifier = new JwtVerifier(OPTIONS, remoteKeys(`http://127.0.0.1:${port}/keys`));
    const token = await sign(privateKey, 'ES256', { sub: 'bob' }, { kid: 'one' });
    await refused(verifier, token, /could not be checked/, 503);
    broken = false;
    assert.equal((await verifier.verify(token)).subject, 'bob');
  } finally {
    server.closeAllConnections();
    server.close();
  }
  const gone = new JwtVerifier(OPTIONS, remoteKeys('http://127.0.0.1:1/keys'));
  await refused(gone, await sign(privateKey, 'ES256'), /could not be checked/, 503);
});

test('what cannot be a source of keys is refused', async () => {
  assert.ok(isKeyUrl('https://login.example/keys') && !isKeyUrl('/etc/keys.pem') && !isKeyUrl('keys.json'));
  assert.throws(() => remoteKeys('http://login.example/keys'), /https/);
  const secret = JSON.stringify({ kty: 'oct', k: 'AAAA' });
  for (const text of [
    '',
    'x',
    '{}',
    '{"keys":[]}',
    '{"keys":1}',
    '[]',
    'null',
    '-----BEGIN X-----',
    secret,
  ]) {
    assert.throws(() => parseKeys(text), Error, text);
  }
});
