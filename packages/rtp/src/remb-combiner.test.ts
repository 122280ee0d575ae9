import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RembCombiner } from './remb-combiner.js';

test('the weakest viewer counts, until it leaves or falls silent', () => {
  const combiner = new RembCombiner();
  assert.equal(combiner.minimum(0), Number.POSITIVE_INFINITY);
  combiner.setViewer(1);
  combiner.setViewer(2);
  assert.equal(combiner.minimum(0), Number.POSITIVE_INFINITY);
  combiner.onRemb(1, 2e6, 0);
  combiner.onRemb(2, 1e6, 0);
  combiner.onRemb(3, 1, 0);
  assert.equal(combiner.minimum(0), 1e6);
  combiner.onRemb(1, 2e6, 9000);
  assert.equal(combiner.minimum(10001), 2e6);
  combiner.removeViewer(1);
  assert.equal(combiner.minimum(10001), Number.POSITIVE_INFINITY);
  assert.equal(combiner.size, 1);
});

test('a viewer that starts up counts with rembOnConnect, and with its own value once it falls', () => {
  const combiner = new RembCombiner();
  combiner.setViewer(1, { rembOnConnect: 300_000 });
  combiner.onRemb(1, 60_000, 0);
  assert.equal(combiner.minimum(0), 300_000);
  combiner.onRemb(1, 120_000, 1000);
  assert.equal(combiner.minimum(1000), 300_000);
  combiner.onRemb(1, 100_000, 2000);
  assert.equal(combiner.minimum(2000), 100_000);
  combiner.onRemb(1, 110_000, 3000);
  assert.equal(combiner.minimum(3000), 110_000);
});

test('limits of a viewer, the upper one also before its first REMB', () => {
  const combiner = new RembCombiner();
  combiner.setViewer(1, { minKbps: 100, maxKbps: 500 });
  assert.equal(combiner.minimum(0), 500_000);
  combiner.onRemb(1, 2e6, 0);
  assert.equal(combiner.minimum(0), 500_000);
  combiner.onRemb(1, 20_000, 1);
  assert.equal(combiner.minimum(1), 100_000);
  combiner.setViewer(1, {});
  assert.equal(combiner.minimum(1), 20_000);
});
