import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes } from './random.js';

test('gives as many bytes as wanted, never the same ones', () => {
  const seen = new Set(Array.from({ length: 3000 }, () => randomBytes(12).toString('hex')));
  assert.equal(seen.size, 3000);
  for (const count of [0, 1, 18, 4096, 10_000]) assert.equal(randomBytes(count).length, count);
  const kept = randomBytes(8);
  const before = kept.toString('hex');
  for (let i = 0; i < 1000; i++) randomBytes(8);
  assert.equal(kept.toString('hex'), before);
});
