import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RiveroError } from '../errors.js';
import { clientError } from '../errors.js';
import { ObjectEvents } from './object-events.js';

function recorded() {
  const log: string[] = [];
  const answers: { resolve: (id: string) => void; reject: (error: Error) => void }[] = [];
  const events = new ObjectEvents({
    subscribe: (type) => {
      log.push(`subscribe ${type}`);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
    unsubscribe: (id) => log.push(`unsubscribe ${id}`),
    failed: (type, error) => log.push(`failed ${type} ${error.type}`),
    active: (active) => log.push(`active ${active}`),
  });
  const sink = (name: string) => ({
    event: (value: unknown) => log.push(`${name} got ${value}`),
    end: (error: RiveroError | undefined) => log.push(`${name} ended ${error?.type ?? ''}`.trim()),
  });
  return { log, answers, events, sink };
}

test('any number of sinks share one subscription', async () => {
  const { log, answers, events, sink } = recorded();
  const first = events.add('Error', sink('a'));
  const second = events.add('Error', sink('b'));
  answers[0]?.resolve('s1');
  await Promise.all([first.ready, second.ready]);
  events.deliver('Error', 1);
  events.deliver('Other', 2);
  first.remove();
  first.remove();
  events.deliver('Error', 3);
  second.remove();
  events.deliver('Error', 4);
  await Promise.resolve();
  assert.deepEqual(log, [
    'subscribe Error',
    'active true',
    'a got 1',
    'b got 1',
    'b got 3',
    'active false',
    'unsubscribe s1',
  ]);
});

test('a subscription that nobody wants any more is ended when its id is known', async () => {
  const { log, answers, events, sink } = recorded();
  const { remove } = events.add('Error', sink('a'));
  remove();
  const again = events.add('Error', sink('b'));
  answers[1]?.resolve('s2');
  await again.ready;
  answers[0]?.resolve('s1');
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(log, [
    'subscribe Error',
    'active true',
    'active false',
    'subscribe Error',
    'active true',
    'unsubscribe s1',
  ]);
});

test('a refused subscription ends its sinks', async () => {
  const { log, answers, events, sink } = recorded();
  const { ready } = events.add('Error', sink('a'));
  answers[0]?.reject(clientError('CONNECTION_LOST', ''));
  await assert.rejects(ready, { type: 'CONNECTION_LOST' });
  assert.deepEqual(log.slice(2), ['active false', 'a ended CONNECTION_LOST', 'failed Error CONNECTION_LOST']);
  assert.equal(events.wants('Error'), false);
});

test('the end of the object ends all sinks without a word to the server', async () => {
  const { log, answers, events, sink } = recorded();
  const { ready, remove } = events.add('Error', sink('a'));
  answers[0]?.resolve('s1');
  await ready;
  events.end(undefined);
  remove();
  events.end(undefined);
  assert.deepEqual(log.slice(2), ['a ended', 'active false']);
});
