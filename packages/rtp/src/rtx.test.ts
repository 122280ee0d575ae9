import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originalExtended } from './rtx.js';

test('extends the original sequence number near the newest one', () => {
  const payload = Uint8Array.of(0xff, 0xfe, 1, 2, 3);
  assert.equal(originalExtended(payload, 0, 0x20003), 0x1fffe);
  assert.equal(originalExtended(payload, 0, 0x2fff0), 0x2fffe);
});
