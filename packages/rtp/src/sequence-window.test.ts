import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Arrival, SequenceWindow } from './sequence-window.js';

test('tells newest, late, duplicate and too old', () => {
  const window = new SequenceWindow(32);
  assert.equal(window.add(0x7fffffff), Arrival.Newest);
  assert.equal(window.add(-0x80000000 + 1), Arrival.Newest);
  assert.equal(window.add(-0x80000000), Arrival.Late);
  assert.equal(window.add(-0x80000000), Arrival.Duplicate);
  assert.equal(window.add(0x7fffffff), Arrival.Duplicate);
  assert.equal(window.add(0x7fffffff - 40), Arrival.TooOld);
  assert.equal(window.highest, -0x80000000 + 1);
});

test('a jump over the whole window forgets all of it', () => {
  const window = new SequenceWindow(32);
  for (let i = 0; i < 32; i++) window.add(i);
  assert.equal(window.add(1000), Arrival.Newest);
  for (let i = 969; i < 1000; i++) assert.equal(window.add(i), Arrival.Late, `${i}`);
});

test('agrees with a set', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.integer({ min: -80, max: 80 })), (start, steps) => {
      const window = new SequenceWindow(64);
      const seen = new Set<number>();
      let highest = start;
      let at = start;
      for (const step of steps) {
        at = (at + step) | 0;
        const first = seen.size === 0;
        const distance = (at - highest) | 0;
        const wanted =
          first || distance > 0
            ? Arrival.Newest
            : distance <= -64
              ? Arrival.TooOld
              : seen.has(at)
                ? Arrival.Duplicate
                : Arrival.Late;
        assert.equal(window.add(at), wanted);
        if (first || distance > 0) highest = at;
        seen.add(at);
      }
    }),
  );
});

test('refuses sizes that are no power of two', () => {
  assert.throws(() => new SequenceWindow(48), RangeError);
});
