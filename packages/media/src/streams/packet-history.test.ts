import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PacketHistory } from './packet-history.js';

test('a packet is found until another takes its place', () => {
  const history = new PacketHistory(4);
  assert.equal(history.find(0), -1);
  history.put(0, 7, 100, 9000);
  const entry = history.find(0);
  assert.deepEqual(
    [history.slot(entry), history.receiveNumber(entry), history.timestamp(entry)],
    [7, 100, 9000],
  );
  history.put(4, 8, 0xffffffff, -5);
  assert.equal(history.find(0), -1);
  assert.equal(history.receiveNumber(history.find(4)), 0xffffffff);
});

test('missing means: within the window and not there; older packets are not missing but unknown', () => {
  const history = new PacketHistory(4);
  history.put(10, 1, 1, 0);
  assert.equal(history.isMissing(9, 10), true);
  assert.equal(history.isMissing(10, 10), false);
  assert.equal(history.isMissing(7, 10), true);
  assert.equal(history.isMissing(6, 10), false);
  history.put(0x7fffffff, 1, 1, 0);
  assert.equal(history.isMissing(0x7ffffffe, 0x80000000 | 0), true);
});
