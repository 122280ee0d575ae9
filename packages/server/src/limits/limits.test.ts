import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AddressRate, networkOf } from './address-rate.js';
import { TokenBucket } from './token-bucket.js';

test('a burst, and then as many as the rate allows', () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  const taken = (now: number) => [1, 2, 3, 4].filter(() => bucket.take(now)).length;
  assert.equal(taken(0), 3);
  assert.equal(taken(99), 0);
  assert.equal(taken(250), 2);
  assert.equal(taken(10_000), 3);
});

test('over any time no more than rate and burst, and never stuck', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.integer({ min: -20, max: 400 }), { maxLength: 200 }),
      (perSecond, burst, steps) => {
        const bucket = new TokenBucket({ perSecond, burst }, 0);
        let [now, forward, taken] = [0, 0, 0];
        for (const step of steps) {
          now += step;
          forward += Math.max(0, step);
          if (bucket.take(now)) taken++;
        }
        assert.ok(taken <= burst + (forward * perSecond) / 1000 + 1e-6);
        assert.ok(bucket.take(now + 1001));
      },
    ),
  );
});

test('addresses count by themselves, networks of IPv6 as one, this machine not at all', () => {
  const rate = new AddressRate({ perSecond: 1, burst: 1 });
  assert.ok(rate.take('192.0.2.1', 0));
  assert.ok(!rate.take('192.0.2.1', 0));
  assert.ok(!rate.take('::ffff:192.0.2.1', 0));
  assert.ok(rate.take('192.0.2.2', 0));
  assert.ok(rate.take('2001:db8:0:1::1', 0));
  assert.ok(!rate.take('2001:db8::1:2:3:4:5', 0));
  assert.ok(rate.take('2001:db8:0:2::1', 0));
  for (let i = 0; i < 5; i++)
    for (const here of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) assert.ok(rate.take(here, 0));
  const off = new AddressRate({ perSecond: 0, burst: 1 });
  for (let i = 0; i < 5; i++) assert.ok(off.take('192.0.2.1', 0));
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
});

test('the table of addresses is bounded', () => {
  const rate = new AddressRate({ perSecond: 1, burst: 10 });
  for (let i = 0; i < 30_000; i++) rate.take(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, i / 100);
  assert.ok(rate.size <= 10_000);
});
