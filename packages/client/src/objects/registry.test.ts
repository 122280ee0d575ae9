import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PassThrough } from '../generated/index.js';
import { ObjectRegistry } from './registry.js';
import type { Scope } from './scope.js';

const object = (id: string) => new PassThrough({} as Scope, id);

test('releasing an object forgets it and what is below it, nothing else', () => {
  const registry = new ObjectRegistry();
  const objects = ['p', 'p/e', 'p/h/port', 'p2', 'p2/e'].map(object);
  for (const each of objects) {
    registry.add(each);
    registry.hold(each.id);
    registry.listening(each, true);
  }
  assert.equal(registry.find('p/e'), objects[1]);
  assert.deepEqual(
    registry.release('p').map(({ id }) => id),
    ['p', 'p/e', 'p/h/port'],
  );
  assert.equal(registry.held, 2);
  registry.release('p2');
  assert.equal(registry.holdsObjects, false);
});

test('only what has listeners is told of the end', () => {
  const registry = new ObjectRegistry();
  const [first, second] = [object('a'), object('b')];
  registry.listening(first, true);
  registry.listening(second, true);
  registry.listening(first, false);
  registry.hold('a');
  assert.deepEqual(registry.clear(), [second]);
  assert.equal(registry.holdsObjects, false);
});
