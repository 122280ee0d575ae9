import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reconnectDelay, withDefaults } from './options.js';

test('waits double up to the longest one, with at most half of it taken off', () => {
  const policy = { initialDelay: 100, maxDelay: 5000, giveUpAfter: 1 };
  assert.deepEqual(
    [0, 1, 2, 5, 6, 1000].map((attempt) => reconnectDelay(attempt, policy, 0)),
    [100, 200, 400, 3200, 5000, 5000],
  );
  fc.assert(
    fc.property(
      fc.nat(),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const full = reconnectDelay(attempt, policy, 0);
        const delay = reconnectDelay(attempt, policy, random);
        assert.ok(delay <= full && delay >= full / 2);
      },
    ),
  );
});

test('reconnecting can be switched off', () => {
  assert.equal(withDefaults({ reconnect: false }).reconnect, false);
  assert.deepEqual(withDefaults({ reconnect: { maxDelay: 7 } }).reconnect, {
    initialDelay: 100,
    maxDelay: 7,
    giveUpAfter: Number.POSITIVE_INFINITY,
  });
});
