import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  middleOf,
  msToMiddle,
  ntpFraction,
  ntpMiddle,
  ntpSeconds,
  ntpToEpochMs,
  roundTripMs,
} from './ntp.js';

test('the Unix epoch and half a second', () => {
  assert.equal(ntpSeconds(0) >>> 0, 2208988800);
  assert.equal(ntpFraction(0), 0);
  assert.equal(ntpFraction(500) >>> 0, 0x80000000);
  assert.equal(ntpMiddle(500) >>> 0, (((2208988800 & 0xffff) << 16) | 0x8000) >>> 0);
});

test('the round trip of RFC 3550 figure 2', () => {
  // n: SR sent b710:8000 (NTP b44db705:20000000), report arrives b710:8000, DLSR 5.250 s, LSR b705:2000
  assert.equal(middleOf(0xb44db705, 0x20000000) >>> 0, 0xb7052000);
  assert.equal(msToMiddle(5250), 0x00054000);
  assert.equal(roundTripMs(0xb7108000 | 0, 0xb7052000 | 0, 0x00054000), (0x00062000 / 65536) * 1000);
});

test('no sender report seen, and clocks that run backwards', () => {
  assert.equal(roundTripMs(1234, 0, 0), -1);
  assert.equal(roundTripMs(1000, 1001, 0), 0);
});

test('the delay saturates instead of wrapping', () => {
  assert.equal(msToMiddle(-1), 0);
  assert.equal(msToMiddle(65536000) >>> 0, 0xffffffff);
  assert.equal(msToMiddle(40000000) >>> 0, Math.round(40000000 * 65.536));
});

test('there and back within a nanosecond-sized error, also after 2036', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 4e12, noNaN: true }), (ms) => {
      assert.ok(Math.abs(ntpToEpochMs(ntpSeconds(ms), ntpFraction(ms)) - ms) < 0.001);
    }),
  );
});
