import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shareBitrate } from './share-bitrate.js';

function share(total: number, ...wanted: number[]): number[] {
  const shares: number[] = [];
  shareBitrate(total, wanted, shares);
  return shares;
}

test('who wants little gets it, the others share the rest equally', () => {
  assert.deepEqual(share(1000, 100, 2000, 2000), [100, 450, 450]);
  assert.deepEqual(share(900, 2000, 2000, 2000), [300, 300, 300]);
  assert.deepEqual(share(1000, 400, 2000, 100), [400, 500, 100]);
  assert.deepEqual(share(1000, 2000), [1000]);
  assert.deepEqual(share(1000), []);
});

test('what nobody needs is open to everybody', () => {
  assert.deepEqual(share(1000, 100, 300), [700, 900]);
  assert.deepEqual(share(0, 100, 300), [0, 0]);
});

test('nothing is given twice while it is wanted, and nobody with less could have more', () => {
  const bitrates = fc.array(fc.nat(3_000_000), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.nat(10_000_000), bitrates, (total, wanted) => {
      const shares = share(total, ...wanted);
      const needed = wanted.reduce((sum, value) => sum + value, 0);
      if (needed <= total) {
        assert.ok(shares.every((value, i) => value >= wanted[i]!));
        return;
      }
      assert.ok(Math.abs(shares.reduce((sum, value) => sum + value, 0) - total) < 1);
      const most = Math.max(...shares);
      assert.ok(shares.every((value, i) => value >= Math.min(wanted[i]!, most) - 1));
    }),
  );
});
