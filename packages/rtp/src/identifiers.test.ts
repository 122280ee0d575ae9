import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomCname, randomSequence, randomTimestamp, SsrcAllocator } from './identifiers.js';

function scripted(...chunks: number[][]): (n: number) => Uint8Array {
  return (n) => {
    const chunk = chunks.shift();
    assert.equal(chunk?.length, n);
    return Uint8Array.from(chunk);
  };
}

test('SSRCs avoid 0 and what is in use', () => {
  const allocator = new SsrcAllocator(
    scripted([0, 0, 0, 0], [0, 0, 0, 9], [0xff, 0, 0, 1], [0xff, 0, 0, 1], [0, 0, 0, 2], [0xff, 0, 0, 1]),
  );
  assert.ok(allocator.reserve(9));
  assert.equal(allocator.reserve(9), false);
  assert.equal(allocator.allocate(), 0xff000001 | 0);
  assert.equal(allocator.allocate(), 2);
  allocator.release(0xff000001 | 0);
  assert.equal(allocator.allocate(), 0xff000001 | 0);
});

test('CNAMEs have 16 characters, sequences leave room before their roll-over', () => {
  assert.equal(
    randomCname(() => new Uint8Array(12).fill(0xff)),
    '////////////////',
  );
  assert.equal(
    randomSequence(() => Uint8Array.of(0xff, 0xfe)),
    0x7ffe,
  );
  assert.equal(
    randomTimestamp(() => Uint8Array.of(0x80, 0, 0, 1)),
    0x80000001 | 0,
  );
});
