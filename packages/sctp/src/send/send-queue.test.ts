import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutboundMessage } from './message.js';
import { SendQueue } from './send-queue.js';

function message(stream: number, length: number, rest: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    stream,
    protocol: 53,
    data: new Uint8Array(length),
    unordered: false,
    control: false,
    maxRetransmissions: Number.POSITIVE_INFINITY,
    expiresAt: Number.POSITIVE_INFINITY,
    sequence: 0,
    taken: 0,
    abandoned: false,
    ...rest,
  };
}

/** Stream, sequence number, offset and length of everything, in pieces of at most 10 bytes. */
function takeAll(queue: SendQueue, now = 0): number[][] {
  const pieces: number[][] = [];
  while (queue.nextLength(now) > 0) {
    const { message, offset, length } = queue.take(10)!;
    pieces.push([message.stream, message.sequence, offset, length]);
  }
  return pieces;
}

test('streams take turns message by message', () => {
  const queue = new SendQueue();
  for (const [stream, length] of [
    [1, 15],
    [1, 5],
    [2, 5],
    [2, 5],
    [3, 20],
  ] as const) {
    queue.push(message(stream, length));
  }
  assert.equal(queue.bytesOf(1), 20);
  assert.deepEqual(takeAll(queue), [
    [1, 0, 0, 10],
    [1, 0, 10, 5],
    [2, 0, 0, 5],
    [3, 0, 0, 10],
    [3, 0, 10, 10],
    [1, 1, 0, 5],
    [2, 1, 0, 5],
  ]);
  assert.equal(queue.bytesOf(1), 0);
  assert.equal(queue.messages, 0);
  assert.ok(!queue.hasNext);
});

test('unordered messages take no sequence number', () => {
  const queue = new SendQueue();
  queue.push(message(1, 5));
  queue.push(message(1, 5, { unordered: true }));
  queue.push(message(1, 5));
  assert.deepEqual(
    takeAll(queue).map(([, sequence]) => sequence),
    [0, 0, 1],
  );
});

test('what expired before it was sent is dropped without a sequence number', () => {
  const queue = new SendQueue();
  queue.push(message(1, 5, { expiresAt: 10 }));
  queue.push(message(1, 6, { expiresAt: 11 }));
  queue.push(message(2, 7, { expiresAt: 10 }));
  assert.deepEqual(takeAll(queue, 10), [[1, 0, 0, 6]]);
  assert.equal(queue.takeExpired(), 12);
  assert.equal(queue.takeExpired(), 0);
  assert.equal(queue.bytesOf(1), 0);
});

test('the low-water mark is reported when it is crossed downwards', () => {
  const queue = new SendQueue();
  queue.setLowThreshold(1, 10);
  queue.push(message(1, 30));
  queue.nextLength(0);
  queue.take(19);
  assert.deepEqual(queue.takeLow(), []);
  queue.take(1);
  assert.deepEqual(queue.takeLow(), [1]);
  queue.take(1);
  assert.deepEqual(queue.takeLow(), []);
});

test('a paused stream is held back and begins anew when it is reset', () => {
  const queue = new SendQueue();
  queue.push(message(1, 5));
  takeAll(queue);
  queue.pause(1);
  queue.push(message(1, 5));
  assert.deepEqual(takeAll(queue), []);
  queue.resetStream(1);
  assert.deepEqual(takeAll(queue), [[1, 0, 0, 5]]);
});

test('messages are given up: the rest of one that is partly sent, or all that were not begun', () => {
  const queue = new SendQueue();
  const partly = message(1, 25);
  queue.push(partly);
  queue.push(message(1, 5));
  queue.push(message(2, 7));
  queue.nextLength(0);
  queue.take(10);
  assert.equal(queue.discard(1), 5);
  assert.equal(queue.discard(2), 7);
  assert.equal(queue.bytesOf(1), 15);
  assert.ok(queue.abandonRest(partly));
  assert.ok(!queue.abandonRest(partly));
  assert.equal(queue.bytesOf(1), 0);
  assert.equal(queue.messages, 0);
  assert.ok(queue.isDrained(1) && queue.isDrained(2) && !queue.hasNext);
});

test('control messages are no part of the buffered amount', () => {
  const queue = new SendQueue();
  queue.push(message(1, 5, { control: true }));
  assert.equal(queue.bytesOf(1), 0);
  takeAll(queue);
  queue.push(message(1, 5, { control: true }));
  assert.equal(queue.discard(1), 5);
  assert.deepEqual(queue.takeLow(), []);
});
