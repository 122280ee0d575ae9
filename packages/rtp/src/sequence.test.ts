import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { extendSequence, isNewerExtended, sequenceDelta } from './sequence.js';

test('16-bit distances wrap', () => {
  assert.equal(sequenceDelta(1, 0), 1);
  assert.equal(sequenceDelta(0, 0xffff), 1);
  assert.equal(sequenceDelta(0xffff, 0), -1);
  assert.equal(sequenceDelta(0x8000, 0), -32768);
  assert.equal(sequenceDelta(3, 0xfff0), 19);
});

test('32-bit distances wrap through the sign', () => {
  assert.ok(isNewerExtended(-0x80000000, 0x7fffffff));
  assert.ok(!isNewerExtended(0x7fffffff, -0x80000000));
});

test('a 16-bit number is extended to the neighbour of the reference', () => {
  assert.equal(extendSequence(2, 0x1fffe), 0x20002);
  assert.equal(extendSequence(0xffff, 0x20001), 0x1ffff);
  assert.equal(extendSequence(5, 5), 5);
  assert.equal(extendSequence(0, 0x7fffffff), -0x80000000);
});

test('extending what was cut gives the number back when it lies within half a cycle', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: -32768, max: 32767 }), (reference, distance) => {
      const extended = (reference + distance) | 0;
      assert.equal(extendSequence(extended & 0xffff, reference), extended);
    }),
  );
});
