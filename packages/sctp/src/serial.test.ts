import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unwrap16, unwrap32 } from './serial.js';

test('numbers near a reference are found again from their low bits, across wraps', () => {
  const reference = fc.integer({ min: 0, max: 2 ** 40 });
  fc.assert(
    fc.property(reference, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (near, distance) => {
      const value = near + distance;
      const wire = ((value % 2 ** 32) + 2 ** 32) % 2 ** 32;
      assert.equal(unwrap32(near, wire), value);
    }),
  );
  fc.assert(
    fc.property(reference, fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }), (near, distance) => {
      const value = near + distance;
      assert.equal(unwrap16(near, ((value % 65_536) + 65_536) % 65_536), value);
    }),
  );
});
