import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyFrameRequester } from './keyframe-requester.js';

test('at once, then once an interval while nobody answers', () => {
  const requester = new KeyFrameRequester({ intervalMs: 500 });
  assert.equal(requester.nextTimeout(), Number.POSITIVE_INFINITY);
  assert.equal(requester.ask(1000), true);
  assert.equal(requester.ask(1010), false);
  assert.equal(requester.nextTimeout(), 1500);
  assert.equal(requester.poll(1499), false);
  assert.equal(requester.poll(1500), true);
  assert.equal(requester.commandSequence, 1);
  requester.onKeyFrame();
  assert.equal(requester.poll(3000), false);
  assert.equal(requester.nextTimeout(), Number.POSITIVE_INFINITY);
  assert.deepEqual([requester.sent, requester.asked], [2, 2]);
});

test('asking right after a key frame waits for the interval, and is not forgotten', () => {
  const requester = new KeyFrameRequester({ intervalMs: 500 });
  requester.ask(0);
  requester.onKeyFrame();
  assert.equal(requester.ask(100), false);
  assert.equal(requester.pending, true);
  assert.equal(requester.commandSequence, 2);
  assert.equal(requester.nextTimeout(), 500);
  assert.equal(requester.poll(500), true);
});

test('gives up after a bounded number of requests, and starts anew when asked', () => {
  const requester = new KeyFrameRequester({ intervalMs: 100, maxAttempts: 3 });
  requester.ask(0);
  let sent = 1;
  for (let now = 0; now < 2000; now += 10) if (requester.poll(now)) sent++;
  assert.equal(sent, 3);
  assert.equal(requester.pending, false);
  assert.equal(requester.unanswered, 1);
  assert.equal(requester.ask(2000), true);
});
