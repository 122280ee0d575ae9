import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResendGuard } from './resend-guard.js';

test('one packet is sent again at most once per round trip and only so often', () => {
  const guard = new ResendGuard(3);
  const resend = (sequence: number, nowMs: number, rttMs: number): boolean => {
    const due = guard.isDue(sequence, nowMs, rttMs);
    if (due) guard.note(sequence, nowMs);
    return due;
  };
  assert.equal(resend(0, 0, 50), true);
  assert.equal(resend(0, 10, 50), false);
  assert.equal(resend(0, 50, 50), true);
  assert.equal(resend(0, 100, 50), true);
  assert.equal(resend(0, 1000, 50), false);
  assert.equal(resend(1, 1000, 50), true);
  assert.equal(resend(256, 1000, 50), true);
});
