import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkEmulator, type NetworkProfile } from './network-emulator.js';

function arrivals(profile: NetworkProfile, count: number, everyMs = 1, bytes = 1000): (readonly number[])[] {
  const path = new NetworkEmulator(profile, 3);
  return Array.from({ length: count }, (_, i) => path.send(i * everyMs, bytes));
}

test('the same seed gives the same run', () => {
  const profile = { delayMs: 20, jitterMs: 10, loss: 0.2, duplicate: 0.1 };
  assert.deepEqual(arrivals(profile, 200), arrivals(profile, 200));
});

test('loss, bursts and duplicates come as often as they should', () => {
  const lost = (profile: NetworkProfile): number =>
    arrivals(profile, 20_000).filter(({ length }) => length === 0).length / 20_000;
  assert.ok(Math.abs(lost({ loss: 0.1 }) - 0.1) < 0.02);
  assert.ok(Math.abs(lost({ burstStart: 0.01, burstLength: 5 }) - 0.05) < 0.02);
  const twice = arrivals({ duplicate: 0.1 }, 20_000).filter(({ length }) => length === 2).length;
  assert.ok(Math.abs(twice / 20_000 - 0.1) < 0.02);
});

test('a cap delays what waits in its queue and drops what does not fit', () => {
  // 8 Mbit/s offered to 4 Mbit/s
  const times = arrivals({ delayMs: 10, rateBps: 4_000_000, queueMs: 100 }, 1000);
  assert.deepEqual(times[0], [12]);
  assert.deepEqual(times[1], [14]);
  const came = times.filter(({ length }) => length > 0).flat();
  assert.ok(Math.abs(came.length / 1000 - 0.55) < 0.02, `${came.length}`);
  const waits = times.flatMap(([at], i) => (at === undefined ? [] : [at - i - 10]));
  assert.ok(Math.max(...waits) <= 102 + 1e-6);
});

test('only with reorder packets overtake each other', () => {
  const inOrder = (reorder: boolean): boolean => {
    const times = arrivals({ jitterMs: 30, reorder }, 500).flat();
    return times.every((at, i) => i === 0 || at >= times[i - 1]!);
  };
  assert.equal(inOrder(false), true);
  assert.equal(inOrder(true), false);
});
