import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EngineError } from './errors.js';
import { SDES_PROFILES, SRTP_PROFILES, type SrtpProfile, srtpKeyLength } from './srtp-profile.js';
import { SrtpSession } from './srtp-session.js';
import { rtcpPacket, rtpPacket, testKey } from './test-support/packets.js';

const WINDOW = 960; // ReplayWindow::kSize

function pair(profile: SrtpProfile = 'AEAD_AES_128_GCM', maxSsrcs = 64): [SrtpSession, SrtpSession] {
  const one = testKey(1, srtpKeyLength(profile));
  const other = testKey(2, srtpKeyLength(profile));
  return [new SrtpSession(profile, one, other), new SrtpSession(profile, other, one, { maxSsrcs })];
}

const send = (session: SrtpSession, ssrc: number, extended: number): Uint8Array =>
  session.protectRtp(rtpPacket({ ssrc, sequence: extended }), extended);

test('any order within the window is accepted, every packet once', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 0x7000 }),
      (offsets, start) => {
        const [sender, receiver] = pair();
        const seen = new Set<number>();
        let highest = -1;
        for (const offset of [...offsets, ...offsets]) {
          const packet = send(sender, 1, start + offset);
          const expected = !seen.has(offset) && offset > highest - WINDOW;
          assert.equal(receiver.unprotectRtp(packet).ok, expected, `offset ${offset} after ${highest}`);
          if (expected) seen.add(offset);
          highest = Math.max(highest, expected ? offset : -1);
        }
      },
    ),
    { numRuns: 50 },
  );
});

test('a jump ahead of more than the window forgets nothing that matters', () => {
  const [sender, receiver] = pair();
  for (const extended of [10, 11, 10 + 5000, 9 + 5000])
    assert.ok(receiver.unprotectRtp(send(sender, 1, extended)).ok);
  for (const extended of [10, 11, 10 + 5000, 9 + 5000]) {
    assert.deepEqual(receiver.unprotectRtp(send(sender, 1, extended)), { ok: false, reason: 'replayed' });
  }
});

test('the number of SSRCs is limited, and only authenticated packets count', () => {
  const [sender, receiver] = pair('AEAD_AES_128_GCM', 3);
  const [stranger] = pair('AEAD_AES_128_GCM');
  for (let ssrc = 100; ssrc < 110; ssrc++) {
    const forged = send(stranger, ssrc, 1);
    forged[20]! ^= 1;
    assert.deepEqual(receiver.unprotectRtp(forged), { ok: false, reason: 'authentication' });
  }
  for (let ssrc = 1; ssrc <= 3; ssrc++) {
    const received = receiver.unprotectRtp(send(sender, ssrc, 1));
    assert.ok(received.ok);
    assert.equal(received.stream, ssrc - 1);
  }
  assert.deepEqual(receiver.unprotectRtp(send(sender, 4, 1)), { ok: false, reason: 'ssrcLimit' });
  assert.ok(receiver.unprotectRtcp(sender.protectRtcp(rtcpPacket(4))).ok, 'RTCP senders are counted apart');
});

test('a released stream makes room, keeps its replay state until then and may come back', () => {
  const [sender, receiver] = pair('AEAD_AES_128_GCM', 2);
  const first = send(sender, 1, 1);
  assert.ok(receiver.unprotectRtp(first).ok);
  assert.ok(receiver.unprotectRtp(send(sender, 2, 1)).ok);
  receiver.releaseStream(1);
  assert.deepEqual(receiver.unprotectRtp(first), { ok: false, reason: 'replayed' });
  const again = receiver.unprotectRtp(send(sender, 1, 2));
  assert.ok(again.ok);
  assert.equal(again.stream, 0);
  assert.deepEqual(receiver.unprotectRtp(send(sender, 3, 1)), { ok: false, reason: 'ssrcLimit' });
  receiver.releaseStream(2);
  const third = receiver.unprotectRtp(send(sender, 3, 1));
  assert.ok(third.ok);
  assert.equal(third.stream, 1);
});

for (const profile of new Set([...SRTP_PROFILES, ...SDES_PROFILES])) {
  test(`random and damaged packets never pass and never throw: ${profile}`, () => {
    const [sender, receiver] = pair(profile);
    const genuine = send(sender, 1, 1);
    const report = sender.protectRtcp(rtcpPacket(1, 5));
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (noise, at, change) => {
          const rtpLike = Uint8Array.from(noise);
          if (rtpLike.length > 0) rtpLike[0] = 0x80 | (rtpLike[0]! & 0x3f);
          const damaged = Uint8Array.from(genuine);
          damaged[at % damaged.length]! ^= change;
          const cut = genuine.subarray(0, at % genuine.length);
          for (const packet of [noise, rtpLike, damaged, cut]) {
            assert.equal(receiver.unprotectRtp(packet).ok, false);
          }
          const damagedReport = Uint8Array.from(report);
          damagedReport[at % report.length]! ^= change;
          for (const packet of [noise, rtpLike, damagedReport, report.subarray(0, at % report.length)]) {
            assert.equal(receiver.unprotectRtcp(packet).ok, false);
          }
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(receiver.unprotectRtp(genuine).ok);
    assert.ok(receiver.unprotectRtcp(report).ok);
  });
}

test('what makes no sense is an INVALID_ARGUMENT', () => {
  const key = testKey(1, 28);
  const invalid = (call: () => unknown): void => {
    assert.throws(call, (error) => error instanceof EngineError && error.code === 'INVALID_ARGUMENT');
  };
  invalid(() => new SrtpSession('AEAD_AES_128_GCM', key.subarray(1), key));
  invalid(() => new SrtpSession('AEAD_AES_256_GCM', key, key));
  invalid(() => new SrtpSession('NULL' as SrtpProfile, key, key));
  invalid(() => new SrtpSession('AEAD_AES_128_GCM', 'key' as unknown as Uint8Array, key));
  const session = new SrtpSession('AEAD_AES_128_GCM', key, key);
  invalid(() => session.protectRtp(new Uint8Array(11), 0));
  invalid(() => session.protectRtp(new Uint8Array(3000).fill(0x80), 0));
  invalid(() => session.protectRtp(rtpPacket({ ssrc: 1, sequence: 1 }), -1));
  invalid(() => session.unprotectRtp(new Uint8Array(2049)));
  invalid(() => session.unprotectRtcp([] as unknown as Uint8Array));
});
