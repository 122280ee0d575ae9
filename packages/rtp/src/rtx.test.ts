import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originalExtended, originalSequence, RtxPayloadTypes } from './rtx.js';
import { guardView } from './testing/guard-view.js';

test('reads the original sequence number', () => {
  const payload = Uint8Array.of(0xff, 0xfe, 1, 2, 3);
  assert.equal(originalSequence(guardView(payload, 4), 4, 5), 0xfffe);
  assert.equal(originalSequence(guardView(payload.slice(0, 1), 4), 4, 1), -1);
  assert.equal(originalExtended(payload, 0, 0x20003), 0x1fffe);
});

test('maps payload types both ways', () => {
  const types = new RtxPayloadTypes();
  types.set(97, 96);
  assert.equal(types.originalOf(97), 96);
  assert.equal(types.rtxOf(96), 97);
  assert.equal(types.originalOf(96), -1);
  assert.equal(types.rtxOf(97), -1);
  assert.throws(() => types.set(128, 96), RangeError);
  assert.throws(() => types.set(97, Number.NaN), RangeError);
});
