import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Session } from '../sessions/session.js';
import { SessionStore } from '../sessions/session-store.js';
import type { WorkerHandle } from '../workers/worker-handle.js';
import { MANAGER_ID, ObjectDirectory } from './directory.js';
import type { MediaObject } from './media-object.js';

/** The directory needs no more of a worker than this. */
const worker = (): WorkerHandle => ({ pipelines: new Set() }) as unknown as WorkerHandle;

function setUp() {
  const directory = new ObjectDirectory();
  const store = new SessionStore(1000);
  const home = worker();
  let count = 0;
  const add = (parent?: MediaObject): MediaObject => {
    const object = directory.add(
      `${parent === undefined ? '' : `${parent.id}/`}o${count++}`,
      'PassThrough',
      parent,
      home,
    );
    directory.confirm(object);
    return object;
  };
  return { directory, store, home, add };
}

test('children go before their parent, and nobody finds them any more', () => {
  const { directory, add, home } = setUp();
  const pipeline = add();
  const hub = add(pipeline);
  const port = add(hub);
  const other = add(pipeline);
  const removed = directory.remove(pipeline);
  assert.deepEqual(new Set(removed), new Set([pipeline, hub, port, other]));
  assert.ok(removed.indexOf(port) < removed.indexOf(hub));
  assert.equal(removed.at(-1), pipeline);
  for (const { id } of removed) assert.equal(directory.find(id), undefined);
  assert.equal(directory.size, 0);
  assert.equal(home.pipelines.size, 0);
  assert.deepEqual(directory.remove(pipeline), []);
});

test('an object in creation is unknown, and goes with its parent', () => {
  const { directory, add, home } = setUp();
  const pipeline = add();
  const object = directory.add(`${pipeline.id}/x`, 'PassThrough', pipeline, home);
  assert.equal(directory.find(object.id), undefined);
  assert.deepEqual(directory.remove(pipeline), [pipeline]);
  assert.equal(directory.confirm(object), false);
  assert.equal(directory.find(object.id), undefined);
});

test('who holds an object holds what it hangs below', () => {
  const { directory, store, add } = setUp();
  const pipeline = add();
  const element = add(pipeline);
  const [a, b] = [store.obtain('a'), store.obtain('b')];
  directory.hold(a, pipeline);
  directory.hold(b, element);
  assert.deepEqual(directory.letGoAll(a), []);
  assert.ok(directory.find(pipeline.id));
  assert.deepEqual(directory.letGoAll(b), [pipeline]);
});

test('the last who gives an object up ends it', () => {
  const { directory, store, add } = setUp();
  const pipeline = add();
  const [a, b] = [store.obtain('a'), store.obtain('b')];
  directory.hold(a, pipeline);
  directory.hold(b, pipeline);
  assert.equal(directory.letGo(a, pipeline), false);
  assert.equal(directory.letGo(a, pipeline), false);
  assert.equal(directory.letGo(b, pipeline), true);
});

test('the manager stays', () => {
  const { directory, store } = setUp();
  const session = store.obtain('a');
  directory.hold(session, directory.manager);
  assert.equal(directory.letGo(session, directory.manager), false);
  assert.deepEqual(directory.remove(directory.manager), []);
  assert.equal(directory.find(MANAGER_ID), directory.manager);
});

test('ids cannot be used twice and parents must exist', () => {
  const { directory, add, home } = setUp();
  const pipeline = add();
  assert.throws(() => directory.add(pipeline.id, 'MediaPipeline', undefined, home));
  directory.remove(pipeline);
  assert.throws(() => directory.add('x', 'PassThrough', pipeline, home));
});

test('no sequence of changes makes tree, sessions and workers disagree', () => {
  const step = fc.record({
    kind: fc.constantFrom('pipeline', 'child', 'start', 'confirm', 'remove', 'hold', 'letGo', 'close'),
    object: fc.nat(30),
    session: fc.nat(4),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const { directory, store, home, add } = setUp();
      const all: MediaObject[] = [];
      const sessions = Array.from({ length: 5 }, (_, i) => store.obtain(`s${i}`));
      for (const { kind, object: index, session: number } of steps) {
        const object = all[index % Math.max(1, all.length)];
        const session = sessions[number]!;
        if (kind === 'pipeline') all.push(add());
        else if (object === undefined) continue;
        else if (kind === 'child' && directory.find(object.id)) all.push(add(object));
        else if (kind === 'start' && directory.find(object.id)) {
          all.push(directory.add(`${object.id}/new${all.length}`, 'PassThrough', object, home));
        } else if (kind === 'confirm') directory.confirm(object);
        else if (kind === 'remove') directory.remove(object);
        else if (kind === 'hold' && directory.find(object.id)) directory.hold(session, object);
        else if (kind === 'letGo' && directory.letGo(session, object)) directory.remove(object);
        else if (kind === 'close') for (const orphan of directory.letGoAll(session)) directory.remove(orphan);
        checkConsistent(directory, all, sessions, home);
      }
    }),
    { numRuns: 300 },
  );
});

function checkConsistent(
  directory: ObjectDirectory,
  all: readonly MediaObject[],
  sessions: readonly Session[],
  home: WorkerHandle,
): void {
  const present = all.filter(({ state }) => state !== 'gone');
  assert.equal(directory.size, present.length);
  assert.deepEqual(new Set(home.pipelines), new Set(present.filter(({ parent }) => parent === undefined)));
  for (const object of all) {
    assert.equal(directory.find(object.id), object.state === 'live' ? object : undefined);
    if (object.state === 'gone') {
      assert.equal(object.holders.size + object.children.size, 0);
      assert.ok(!object.parent?.children.has(object));
      continue;
    }
    if (object.parent !== undefined) {
      assert.ok(object.parent.state === 'live' && object.parent.children.has(object));
      assert.equal(object.pipeline, object.parent.pipeline);
    }
    for (const session of object.holders) assert.ok(session.objects.has(object));
  }
  for (const session of sessions)
    for (const object of session.objects) assert.ok(object.holders.has(session));
}
