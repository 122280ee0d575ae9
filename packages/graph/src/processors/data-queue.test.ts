import assert from 'node:assert/strict';
import test from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { DataQueue } from './data-queue.js';

const message = (text: string) => ({ label: '', text });

test('messages are taken one at a time and in order, also when one fails', async () => {
  const taken: string[] = [];
  let working = 0;
  const queue = new DataQueue(async ({ text }) => {
    assert.equal(++working, 1);
    await turn();
    working--;
    taken.push(text!);
    if (text === 'b') throw new Error('bad');
  });
  for (const text of ['a', 'b', 'c']) queue.push(message(text));
  while (taken.length < 3) await turn();
  assert.deepEqual(taken, ['a', 'b', 'c']);
  assert.equal(queue.dropped, 0);
});

test('what finds it full is dropped and counted, by number and by size', async () => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let taken = 0;
  const queue = new DataQueue(async () => {
    taken++;
    await held;
  });
  for (let i = 0; i < 260; i++) queue.push(message(''));
  assert.deepEqual([taken, queue.dropped], [1, 3], 'one is worked on, 256 wait');
  release();
  while (taken < 257) await turn();
  await turn();
  queue.push(message('x'.repeat(4_000_001)));
  assert.equal(queue.dropped, 4);
  queue.push(message('small'));
  assert.deepEqual([taken, queue.dropped], [258, 4]);
});

test('a closed one takes nothing', async () => {
  let taken = 0;
  const queue = new DataQueue(async () => {
    taken++;
    await turn();
  });
  for (let i = 0; i < 3; i++) queue.push(message(''));
  queue.close();
  queue.push(message(''));
  await turn();
  await turn();
  assert.deepEqual([taken, queue.dropped], [1, 3]);
});
