import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResendGuard } from './resend-guard.js';

test('one packet is sent again at most once per round trip and only so often', () => {
  const guard = new ResendGuard(3);
  assert.equal(guard.allow(0, 0, 50), true);
  assert.equal(guard.allow(0, 10, 50), false);
  assert.equal(guard.allow(0, 50, 50), true);
  assert.equal(guard.allow(0, 100, 50), true);
  assert.equal(guard.allow(0, 1000, 50), false);
  assert.equal(guard.allow(1, 1000, 50), true);
  assert.equal(guard.allow(256, 1000, 50), true);
});
