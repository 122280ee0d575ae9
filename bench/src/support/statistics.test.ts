import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, spread } from './statistics.js';

test('the spread of measurements in any order', () => {
  assert.deepEqual(spread([5, 1, 9]), { min: 1, median: 5, max: 9 });
  assert.deepEqual(spread([4, 1, 2, 3]), { min: 1, median: 2.5, max: 4 });
  assert.deepEqual(spread([7]), { min: 7, median: 7, max: 7 });
});

test('quantiles lie between the values', () => {
  assert.equal(quantile([0, 10], 0.95), 9.5);
  assert.equal(quantile([1, 2, 3], 1), 3);
});
