import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateWindow } from './rate-window.js';

test('a steady stream reads as its bitrate, from the first second on', () => {
  const rate = new RateWindow(1000);
  assert.equal(rate.bitsPerSecond(0), 0);
  for (let ms = 0; ms < 5000; ms += 10) {
    rate.add(ms, 1250);
    if (ms >= 200) {
      const bits = rate.bitsPerSecond(ms);
      assert.ok(Math.abs(bits - 1e6) < 0.12e6, `${bits} at ${ms}`);
    }
  }
});

test('forgets after the window, also in one leap', () => {
  const rate = new RateWindow(1000);
  rate.add(0, 1000);
  rate.add(900, 1000);
  assert.ok(rate.bitsPerSecond(1500) > 7000 && rate.bitsPerSecond(1500) < 9000);
  assert.equal(rate.bitsPerSecond(2100), 0);
  rate.add(3000, 1000);
  assert.equal(rate.bitsPerSecond(100000), 0);
});

test('time that steps back a little is put into the newest bucket', () => {
  const rate = new RateWindow(1000);
  rate.add(1000, 100);
  rate.add(990, 100);
  assert.equal(Math.round(rate.bitsPerSecond(1500)), 3200);
});
