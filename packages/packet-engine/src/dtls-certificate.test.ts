import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { DtlsCertificate, type FingerprintAlgorithm } from './dtls-certificate.js';
import { EngineError } from './errors.js';

test('fingerprints have the length of their hash function, in upper-case hexadecimal', async () => {
  const certificate = await DtlsCertificate.generate('ECDSA');
  const lengths = { 'sha-1': 20, 'sha-224': 28, 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };
  for (const [algorithm, length] of Object.entries(lengths)) {
    const fingerprint = certificate.fingerprint(algorithm as FingerprintAlgorithm);
    assert.match(fingerprint, /^[0-9A-F]{2}(:[0-9A-F]{2})*$/);
    assert.equal(fingerprint.split(':').length, length);
  }
  assert.throws(
    () => certificate.fingerprint('md5' as FingerprintAlgorithm),
    (error) => error instanceof EngineError && error.code === 'INVALID_ARGUMENT',
  );
});

test('every certificate is another, even with the same key', () => {
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
    publicKeyEncoding: { type: 'spki', format: 'der' },
  });
  const fingerprints = [1, 2, 3].map(() => DtlsCertificate.fromPrivateKey(privateKey).fingerprint('sha-256'));
  assert.equal(new Set(fingerprints).size, 3);
});

test('what is no private key is an INVALID_KEY', () => {
  for (const key of [
    new Uint8Array(),
    new Uint8Array(100).fill(0x30),
    new Uint8Array([0x30, 0x82, 0xff, 0xff]),
  ]) {
    assert.throws(
      () => DtlsCertificate.fromPrivateKey(key),
      (error) => error instanceof EngineError && error.code === 'INVALID_KEY',
    );
  }
});
