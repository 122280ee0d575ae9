import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warmUp } from './warm-up.js';

test('the warm-up goes through without an error', () => {
  assert.doesNotThrow(warmUp);
});
