import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MediaObject } from '../objects/media-object.js';
import type { EventSink } from './session.js';
import { SessionStore } from './session-store.js';

const connection = (): EventSink => ({ sendEvent: () => {} });
const object = (): MediaObject => ({}) as MediaObject;

test('events go to the connection of the last request, or to another one when that is gone', () => {
  const store = new SessionStore(10);
  const session = store.obtain('s');
  const [a, b] = [connection(), connection()];
  store.bind(session, a, undefined);
  store.bind(session, b, undefined);
  assert.equal(session.current, b);
  store.bind(session, a, session);
  assert.equal(session.current, a);
  store.unbind(session, a);
  assert.equal(session.current, b);
  store.unbind(session, b);
  assert.equal(session.current, undefined);
});

test('a session without objects, connections and requests is forgotten at once', () => {
  const store = new SessionStore(10);
  const session = store.obtain('s');
  const a = connection();
  store.bind(session, a, undefined);
  session.pending++;
  store.unbind(session, a);
  assert.equal(store.find('s'), session);
  store.requestEnded(session);
  assert.equal(store.find('s'), undefined);
  assert.equal(store.adopt(session), session);
  assert.equal(store.find('s'), session);
});

test('a connection that goes to another session leaves the first', () => {
  const store = new SessionStore(10);
  const [first, second] = [store.obtain('1'), store.obtain('2')];
  const a = connection();
  store.bind(first, a, undefined);
  first.objects.add(object());
  store.bind(second, a, first);
  assert.deepEqual([first.connections.size, second.connections.size], [0, 1]);
  assert.deepEqual(
    Array.from(store.known(), ({ id }) => id),
    ['1'],
  );
});

test('dead is who has no connection and sent nothing for the period', () => {
  let now = 0;
  const store = new SessionStore(10, undefined, () => now);
  const [idle, connected] = [store.obtain('idle'), store.obtain('connected')];
  for (const session of [idle, connected]) session.objects.add(object());
  const a = connection();
  store.bind(connected, a, undefined);
  now = 999;
  assert.deepEqual(store.dead(1000), []);
  now = 1000;
  assert.deepEqual(store.dead(1000), [idle]);
  now = 5000;
  store.unbind(connected, a);
  now = 5999;
  assert.deepEqual(store.dead(1000), [idle]);
  now = 6000;
  assert.deepEqual(store.dead(1000), [idle, connected]);
});

test('number of sessions and length of ids are bounded', () => {
  const store = new SessionStore(2);
  store.obtain('1');
  store.obtain('2');
  assert.equal(store.obtain('1'), store.find('1'));
  assert.throws(() => store.obtain('3'), { type: 'NOT_ENOUGH_RESOURCES' });
  assert.throws(() => new SessionStore(2).obtain('x'.repeat(1000)), { code: -32000 });
});
