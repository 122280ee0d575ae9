import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAddon } from './addon.js';
import { profileNumber } from './srtp-profile.js';
import { SrtpSession } from './srtp-session.js';
import { fromHex, hex } from './test-support/packets.js';

const GCM_SALT = '517569642070726f2071756f';
const GCM_KEY_128 = '000102030405060708090a0b0c0d0e0f';
const GCM_KEY_256 = `${GCM_KEY_128}101112131415161718191a1b1c1d1e1f`;
const GALLIA = Buffer.from('Gallia est omnis divisa in partes tres').toString('hex');

function vectorSession(
  profile: 'AEAD_AES_128_GCM' | 'AEAD_AES_256_GCM' | 'AES128_CM_HMAC_SHA1_80',
  key: string,
) {
  return new SrtpSession(profile, fromHex(key), fromHex(key), { keysAreSessionKeys: true });
}

test('key derivation: RFC 3711 appendix B.3', () => {
  const master = fromHex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6');
  const keys = loadAddon().deriveSrtpKeys(profileNumber('AES128_CM_HMAC_SHA1_80'), master, false);
  assert.equal(hex(keys.cipherKey), 'c61e7a93744f39ee10734afe3ff7a087');
  assert.equal(hex(keys.salt), '30cbbc08863d8c85d49db34a9ae1');
  assert.equal(hex(keys.authKey), 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
});

test('key stream of AES in counter mode: RFC 3711 appendix B.2', () => {
  const session = vectorSession(
    'AES128_CM_HMAC_SHA1_80',
    '2b7e151628aed2a6abf7158809cf4f3c f0f1f2f3f4f5f6f7f8f9fafbfcfd',
  );
  const header = '80000000 00000000 00000000'; // SSRC 0 and index 0 leave the salt as it is
  const packet = session.protectRtp(fromHex(header + '00'.repeat(48)), 0);
  assert.equal(
    hex(packet.subarray(12, 60)),
    'e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0',
  );
});

for (const [profile, key, expected] of [
  [
    'AEAD_AES_128_GCM',
    GCM_KEY_128,
    'f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce',
  ],
  [
    'AEAD_AES_256_GCM',
    GCM_KEY_256,
    '32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13',
  ],
] as const) {
  test(`an RTP packet with ${profile}: RFC 7714 section 16`, () => {
    const packet = fromHex(`8040f17b8041f8d35501a0b2${GALLIA}`);
    const session = vectorSession(profile, key + GCM_SALT);
    const secured = session.protectRtp(packet, 0xf17b);
    assert.equal(hex(secured), `8040f17b8041f8d35501a0b2${expected}`);
    const back = session.unprotectRtp(secured);
    assert.ok(back.ok);
    assert.deepEqual(back.packet, packet);
  });
}

for (const [profile, key, expected] of [
  [
    'AEAD_AES_128_GCM',
    GCM_KEY_128,
    '63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275bc84aa45896cf4d2fc5abf87245d9eade800005d4',
  ],
  [
    'AEAD_AES_256_GCM',
    GCM_KEY_256,
    'd50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad1d1eb30c4446839f57ff6f6cb26ac3be800005d4',
  ],
] as const) {
  test(`an RTCP packet with ${profile}: RFC 7714 section 17`, () => {
    const packet = fromHex(
      '81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef',
    );
    const session = vectorSession(profile, key + GCM_SALT);
    for (let index = 1; index < 0x5d4; index++) session.protectRtcp(packet);
    const secured = session.protectRtcp(packet);
    assert.equal(hex(secured), `81c8000d4d617273${expected}`);
    const back = session.unprotectRtcp(secured);
    assert.ok(back.ok);
    assert.deepEqual(back.packet, packet);
  });
}
