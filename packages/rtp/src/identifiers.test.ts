import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomSequence, randomTimestamp } from './identifiers.js';

test('sequences leave room before their roll-over', () => {
  assert.equal(
    randomSequence(() => Uint8Array.of(0xff, 0xfe)),
    0x7ffe,
  );
  assert.equal(
    randomTimestamp(() => Uint8Array.of(0x80, 0, 0, 1)),
    0x80000001 | 0,
  );
});
