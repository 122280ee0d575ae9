import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { pooledRandomBytes } from './random.js';

test('gives every byte of its source once, in memory of its own', () => {
  let next = 0;
  let calls = 0;
  const source = (count: number) => {
    calls++;
    return Buffer.from(Array.from({ length: count }, () => next++ & 0xff));
  };
  const draw = pooledRandomBytes(source, 16);
  const drawn = [draw(6), draw(6), draw(6), draw(40)].map((bytes) => [...bytes]);
  assert.deepEqual(drawn[0], [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(drawn[1], [6, 7, 8, 9, 10, 11]);
  assert.deepEqual(drawn[2], [16, 17, 18, 19, 20, 21], 'the rest of a block is not mixed with the next');
  assert.equal(drawn[3]!.length, 40);
  assert.equal(calls, 3);
});

test('draws of the real source do not repeat', () => {
  const draw = pooledRandomBytes(randomBytes);
  const seen = new Set(Array.from({ length: 2000 }, () => Buffer.from(draw(14)).toString('hex')));
  assert.equal(seen.size, 2000);
});
