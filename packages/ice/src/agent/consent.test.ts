import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Consent } from './consent.js';
import { defaultTiming } from './settings.js';

/** As agents make it of two random bytes. */
const random = fc.nat(65535).map((n) => n / 65536);

test('asks every 4 to 6 seconds as long as answers come', () => {
  fc.assert(
    fc.property(fc.array(random, { minLength: 2 }), (randoms) => {
      let now = 0;
      const consent = new Consent(defaultTiming, now, randoms[0]!);
      for (const each of randoms.slice(1)) {
        const next = consent.nextTimeout();
        assert.ok(next - now >= 4000 - 1e-6 && next - now <= 6000 + 1e-6);
        now = next;
        assert.ok(consent.due(now) && !consent.due(now - 1));
        consent.sent(now, each, 20);
        consent.answered(now + 20);
        assert.ok(!consent.becomesDisconnected(now + 20) && !consent.expired(now + 20));
      }
    }),
  );
});

test('without answers: disconnected once, then expired, and time always moves on', () => {
  fc.assert(
    fc.property(random, fc.nat(3000), (part, roundTripTime) => {
      const consent = new Consent(defaultTiming, 0, part);
      let now = 0;
      let disconnectedAt = -1;
      for (let steps = 0; !consent.expired(now); steps++) {
        assert.ok(steps < 100);
        if (consent.becomesDisconnected(now)) {
          assert.equal(disconnectedAt, -1);
          disconnectedAt = now;
        }
        if (consent.due(now)) consent.sent(now, part, roundTripTime);
        now = Math.max(now, consent.nextTimeout());
      }
      assert.ok(disconnectedAt >= 7500);
      assert.ok(now >= 30_000);
      if (roundTripTime < 250) assert.ok(disconnectedAt <= 9000 && now === 30_000);
    }),
  );
});

test('hurries when the peer is heard, but not for each packet', () => {
  const consent = new Consent(defaultTiming, 0, 0.5);
  consent.hurry(1000);
  assert.ok(consent.due(1000));
  consent.sent(1000, 0.5, undefined);
  consent.hurry(1001);
  assert.equal(consent.nextTimeout(), 1100);
});
