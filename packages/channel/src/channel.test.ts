import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KurentoError } from '@rivero/api';
import fc from 'fast-check';
import { Channel, ChannelClosedError, memoryLinkPair, type Nothing, RemoteError } from './index.js';

interface Methods {
  echo: { params: unknown; result: unknown };
  slow: { params: number; result: number };
  fail: { params: string; result: null };
}
interface Events {
  tick: { n: number };
}

function pair(options?: { maxPending: number }) {
  const [a, b] = memoryLinkPair();
  const server = new Channel<Methods, Nothing, Events, Nothing>(a);
  const client = new Channel<Nothing, Methods, Nothing, Events>(b, options);
  return { server, client };
}

test('carries any JSON value there and back', async () => {
  const { server, client } = pair();
  server.handle('echo', (value) => value);
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      const expected: unknown = JSON.parse(JSON.stringify(value));
      assert.deepEqual(await client.request('echo', value), expected);
    }),
    { numRuns: 50 },
  );
});

test('answers and events arrive in the order in which they came about', async () => {
  const { server, client } = pair();
  const seen: string[] = [];
  server.handle('echo', (value) => {
    server.emit('tick', { n: Number(value) * 2 });
    queueMicrotask(() => server.emit('tick', { n: Number(value) * 2 + 1 }));
    return value;
  });
  client.on('tick', ({ n }) => seen.push(`event ${n}`));
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 3; i++) {
      client.call('echo', i, (_error, value) => {
        seen.push(`answer ${value}`);
        if (i === 2) client.on('tick', () => resolve());
      });
    }
  });
  const [first, second, third] = [0, 1, 2].map((i) => ({
    before: seen.indexOf(`event ${2 * i}`),
    answer: seen.indexOf(`answer ${i}`),
    after: seen.indexOf(`event ${2 * i + 1}`),
  }));
  for (const { before, answer, after } of [first!, second!, third!]) {
    assert.ok(before >= 0 && before < answer && answer < after, seen.join());
  }
});

test('a slow answer holds nothing back', async () => {
  const { server, client } = pair();
  let finish: (value: number) => void = () => {};
  server.handle('slow', () => new Promise<number>((resolve) => (finish = resolve)));
  server.handle('echo', (value) => value);
  const slow = client.request('slow', 1);
  assert.equal(await client.request('echo', 'x'), 'x');
  finish(7);
  assert.equal(await slow, 7);
});

test('errors of the Kurento Protocol come out as they went in', async () => {
  const { server, client } = pair();
  server.handle('fail', (text) => {
    throw new KurentoError('MEDIA_OBJECT_NOT_FOUND', text, { object: 'x' });
  });
  await assert.rejects(client.request('fail', 'no such thing'), (error) => {
    assert.ok(error instanceof KurentoError);
    assert.deepEqual(error.toBody(), {
      code: 40101,
      message: 'no such thing',
      data: { object: 'x', type: 'MEDIA_OBJECT_NOT_FOUND' },
    });
    return true;
  });
});

test('errors that are none of the protocol are marked as remote', async () => {
  const { server, client } = pair();
  server.handle('fail', (text) => {
    throw new TypeError(text);
  });
  await assert.rejects(client.request('fail', 'a mistake'), (error) => {
    assert.ok(error instanceof RemoteError);
    assert.equal(error.message, 'a mistake');
    assert.equal(error.remoteName, 'TypeError');
    return true;
  });
  await assert.rejects(client.request('slow', 1), /No handler for 'slow'/);
});

test('the end of the link fails what is pending and what comes later', async () => {
  const { server, client } = pair();
  server.handle('slow', () => new Promise<number>(() => {}));
  const pending = client.request('slow', 1);
  await new Promise((resolve) => setImmediate(resolve));
  server.close();
  await assert.rejects(pending, ChannelClosedError);
  await client.closed;
  await server.closed;
  await assert.rejects(client.request('slow', 1), ChannelClosedError);
  client.close();
});

test('the number of waiting requests is bounded', async () => {
  const { server, client } = pair({ maxPending: 2 });
  const finish: ((value: number) => void)[] = [];
  server.handle('slow', () => new Promise<number>((resolve) => finish.push(resolve)));
  const waiting = [client.request('slow', 1), client.request('slow', 2)];
  await assert.rejects(client.request('slow', 3), { code: 40009, type: 'NOT_ENOUGH_RESOURCES' });
  while (finish.length < 2) await new Promise((resolve) => setImmediate(resolve));
  for (const done of finish) done(5);
  assert.deepEqual(await Promise.all(waiting), [5, 5]);
});
