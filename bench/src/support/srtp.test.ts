import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { SrtpSession } from '@rivero/packet-engine';
import { type BenchProfile, deriveSessionKeys, masterLength, openRtp, packKeys } from './srtp.js';

const PROFILES: readonly BenchProfile[] = ['AEAD_AES_128_GCM', 'AES128_CM_HMAC_SHA1_80'];

test('keys are derived as in RFC 3711 appendix B.3', () => {
  const master = Buffer.from('e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6', 'hex');
  const keys = deriveSessionKeys('AES128_CM_HMAC_SHA1_80', master);
  assert.equal(keys.key.toString('hex'), 'c61e7a93744f39ee10734afe3ff7a087');
  assert.equal(keys.salt.toString('hex'), '30cbbc08863d8c85d49db34a9ae1');
  assert.equal(keys.auth.toString('hex'), 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  assert.equal(packKeys(keys).length, 50);
});

for (const profile of PROFILES) {
  test(`what the packet engine protects with ${profile} is opened, what was changed is not`, () => {
    const master = randomBytes(masterLength(profile));
    const session = new SrtpSession(profile, master, randomBytes(masterLength(profile)));
    const header = Buffer.from('90e0fffe0102030405060708bede000122aabbcc', 'hex');
    const payload = randomBytes(100);
    const packet = Buffer.from(session.protectRtp(Buffer.concat([header, payload]), 0x3fffe));
    const keys = deriveSessionKeys(profile, master);
    assert.deepEqual(openRtp(keys, packet, 3), payload);
    assert.equal(openRtp(keys, packet, 2), undefined);
    packet[50]! ^= 1;
    assert.equal(openRtp(keys, packet, 3), undefined);
  });
}
