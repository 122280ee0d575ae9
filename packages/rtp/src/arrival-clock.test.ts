import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ArrivalClock } from './arrival-clock.js';

/** Twenty milliseconds at 48 kHz. */
const STEP = 960;

test('packets that were held back do not move it', () => {
  const clock = new ArrivalClock(48_000);
  for (let i = 0; i < 50; i++) clock.onPacket(0x7fff_ff00 + i * STEP, 1000 + i * 20);
  const expected = (ms: number): number => (0x7fff_ff00 + (ms - 1000) * 48) | 0;
  assert.equal(clock.timestampAt(5000), expected(5000));
  // A second of silence, then all that was held back at once.
  for (let i = 50; i < 100; i++) {
    clock.onPacket(0x7fff_ff00 + i * STEP, 3000);
    assert.equal(clock.timestampAt(3000), expected(3000));
  }
});

test('follows a clock that runs slow, and a path that became longer', () => {
  const clock = new ArrivalClock(48_000);
  let now = 0;
  for (let i = 0; i < 3000; i++) {
    now = i * 20 * 1.0005 + (i > 1500 ? 70 : 0);
    clock.onPacket(i * STEP, now);
  }
  const late = (2999 * STEP - clock.timestampAt(now)) / 48;
  assert.ok(Math.abs(late) < 10, `${late} ms`);
});

test('follows a shorter path at once, and leaps of the timestamp', () => {
  const clock = new ArrivalClock(48_000);
  clock.onPacket(0, 1000);
  clock.onPacket(STEP, 990);
  assert.equal(clock.timestampAt(990), STEP);
  clock.onPacket(100 * 48_000, 1040);
  assert.equal(clock.timestampAt(1040), 100 * 48_000);
  clock.onPacket(0, 1060);
  assert.equal(clock.timestampAt(1060), 0);
});
