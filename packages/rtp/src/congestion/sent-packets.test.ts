import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SentPackets } from './sent-packets.js';

test('a packet is known until it is told as received, or its place is taken', () => {
  const words = new Uint32Array(4 + 2 * 8);
  const sent = new SentPackets(words, 4, 8);
  sent.put(0xffff, 0xffff_fff0, 1200);
  sent.put(0x10000, 5, 90);
  assert.equal(sent.bytes(0xffff), 1200);
  assert.equal(sent.timeUs(0xffff), 0xffff_fff0);
  assert.equal(sent.bytes(0), 90);
  assert.equal(sent.bytes(8), 0, 'another one with the same place');
  assert.equal(sent.markLost(0xffff), true);
  assert.equal(sent.markLost(0xffff), false);
  assert.ok(sent.isLost(0xffff));
  assert.equal(sent.bytes(0xffff), 1200);
  sent.remove(0xffff);
  assert.equal(sent.bytes(0xffff), 0);
  sent.put(8, 6, 100);
  assert.equal(sent.bytes(0), 0);
  assert.equal(sent.isLost(8), false);
  sent.clear();
  assert.equal(sent.bytes(8), 0);
  assert.deepEqual([...words.subarray(0, 4)], [0, 0, 0, 0]);
});
