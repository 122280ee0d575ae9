import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EventStream } from './event-stream.js';

test('events come in order, whether they or the reader are first', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean()), async (steps) => {
      const stream = new EventStream<number>({}, () => {});
      const reads: Promise<IteratorResult<number, undefined>>[] = [];
      let pushed = 0;
      for (const push of steps) {
        if (push) stream.push(pushed++);
        else reads.push(stream.next());
      }
      stream.end();
      const results = await Promise.all(reads);
      const got = results.filter(({ done }) => !done).map(({ value }) => value);
      for await (const rest of stream) got.push(rest);
      assert.deepEqual(
        got,
        Array.from({ length: pushed }, (_, i) => i),
      );
    }),
  );
});

test('leaving the loop releases the subscription once', async () => {
  let released = 0;
  const stream = new EventStream<number>({}, () => released++);
  stream.push(1);
  stream.push(2);
  for await (const event of stream) {
    assert.equal(event, 1);
    break;
  }
  await stream.return();
  stream.push(3);
  assert.equal(released, 1);
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test('a full queue ends the stream with an error after what is in it', async () => {
  let released = 0;
  const stream = new EventStream<number>({ queueSize: 2 }, () => released++);
  for (const event of [1, 2, 3, 4]) stream.push(event);
  assert.equal(released, 1);
  assert.equal((await stream.next()).value, 1);
  assert.equal((await stream.next()).value, 2);
  await assert.rejects(stream.next(), { type: 'EVENT_QUEUE_FULL' });
  assert.equal((await stream.next()).done, true);
});

test('or drops the oldest when told so', async () => {
  const stream = new EventStream<number>({ queueSize: 2, overflow: 'drop-oldest' }, () => {});
  for (const event of [1, 2, 3, 4]) stream.push(event);
  stream.end();
  const got: number[] = [];
  for await (const event of stream) got.push(event);
  assert.deepEqual(got, [3, 4]);
});

test('of several readers one gets the error, the others the end', async () => {
  const stream = new EventStream<number>({}, () => {});
  const reads = [stream.next(), stream.next()];
  stream.fail(new Error('lost'));
  await assert.rejects(reads[0]!, /lost/);
  assert.equal((await reads[1]!).done, true);
});

test('a queue must have a size', () => {
  for (const queueSize of [0, -1, 1.5, Number.NaN]) {
    assert.throws(() => new EventStream({ queueSize }, () => {}), RangeError);
  }
});
