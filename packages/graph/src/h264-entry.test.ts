import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isH264Entry } from './h264-entry.js';

/** NAL units of these types, each with a length of four bytes. */
function frame(...types: number[]): Uint8Array {
  return Uint8Array.from(types.flatMap((type) => [0, 0, 0, 3, 0x60 | type, 0x11, 0x22]));
}

test('IDR pictures and parameter sets are entries, other pictures are not', () => {
  assert.equal(isH264Entry(frame(9, 7, 8, 6, 5)), true);
  assert.equal(isH264Entry(frame(9, 5)), true);
  assert.equal(isH264Entry(frame(9, 7, 8, 1)), true);
  assert.equal(isH264Entry(frame(9, 1)), false);
  assert.equal(isH264Entry(frame(1, 1, 1)), false);
  assert.equal(isH264Entry(new Uint8Array(0)), false);
});

test('any bytes are read to an end', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void isH264Entry(bytes)));
});
