import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IceEvent } from './types.js';
import { ValidatedAddresses } from './validated.js';

function setUp(limit: number) {
  const events: string[] = [];
  const note = (event: IceEvent) => {
    if (event.type === 'validated' || event.type === 'invalidated')
      events.push(`${event.type} ${event.port}`);
  };
  const set = new ValidatedAddresses(limit, 30_000, { emit: note });
  const touch = (now: number, port: number, checked = false, generation = 0) =>
    set.touch(now, generation, checked, 0, '192.0.2.1', port);
  return { set, touch, take: () => events.splice(0) };
}

test('each address is told once when it comes and once when it goes', () => {
  const { set, touch, take } = setUp(8);
  for (let now = 0; now < 60_000; now += 5000) assert.ok(touch(now, 1));
  assert.ok(touch(0, 2));
  assert.deepEqual(take(), ['validated 1', 'validated 2']);
  assert.ok(set.has(0, '192.0.2.1', 1) && !set.has(1, '192.0.2.1', 1) && !set.has(0, '192.0.2.2', 1));
  assert.equal(set.nextTimeout(), 30_000);
  set.sweep(55_000, () => false);
  assert.deepEqual(take(), ['invalidated 2']);
  set.remove(0, '192.0.2.1', 1);
  set.remove(0, '192.0.2.1', 1);
  assert.deepEqual(take(), ['invalidated 1']);
  assert.equal(set.nextTimeout(), Number.POSITIVE_INFINITY);
});

test('full: unchecked addresses go first, the longest silent of them', () => {
  const { touch, take } = setUp(3);
  touch(0, 1, true);
  touch(3, 2);
  touch(2, 3);
  take();
  assert.ok(touch(4, 4));
  assert.deepEqual(take(), ['invalidated 3', 'validated 4']);
  assert.ok(touch(5, 5, true));
  assert.deepEqual(take(), ['invalidated 2', 'validated 5']);
  assert.ok(touch(6, 4, true), 'now it is checked too');
  assert.ok(!touch(7, 6), 'an unchecked one pushes out none that is checked');
  assert.deepEqual(take(), []);
  assert.ok(touch(8, 7, true), 'a checked one does');
  assert.deepEqual(take(), ['invalidated 1', 'validated 7']);
});

test('silent addresses that are in use are kept', () => {
  const { set, touch, take } = setUp(3);
  touch(0, 1);
  touch(0, 2);
  take();
  set.sweep(29_999, () => false);
  assert.deepEqual(take(), []);
  set.sweep(30_000, ({ port }) => port === 1);
  assert.deepEqual(take(), ['invalidated 2']);
  assert.equal(set.nextTimeout(), 60_000, 'and looked at later');
});

test('generations: what only an earlier one saw goes, and an address never becomes older', () => {
  const { set, touch, take } = setUp(8);
  touch(0, 1, true, 0);
  touch(0, 2, true, 1);
  touch(1, 2, true, 0);
  take();
  set.removeBefore(1);
  assert.deepEqual(take(), ['invalidated 1']);
  set.clear();
  assert.deepEqual(take(), ['invalidated 2']);
});
