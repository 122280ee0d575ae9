import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SmallMap, SmallSet } from './small-map.js';

const steps = fc.array(
  fc.record({
    call: fc.constantFrom('add', 'add', 'add', 'delete', 'clear'),
    key: fc.nat(12),
    value: fc.nat(),
  }),
  { maxLength: 60 },
);

test('a small map does what a Map does', () => {
  fc.assert(
    fc.property(steps, (calls) => {
      const small = new SmallMap<number, number>();
      const map = new Map<number, number>();
      for (const { call, key, value } of calls) {
        if (call === 'add') {
          small.set(key, value);
          map.set(key, value);
        } else if (call === 'delete') assert.equal(small.delete(key), map.delete(key));
        else if (value % 8 === 0) {
          small.clear();
          map.clear();
        }
        assert.equal(small.size, map.size);
        assert.equal(small.get(key), map.get(key));
        assert.equal(small.has(key), map.has(key));
        assert.deepEqual([...small], [...map]);
        assert.deepEqual(small.keys(), [...map.keys()]);
        assert.deepEqual(small.values(), [...map.values()]);
      }
    }),
  );
});

test('a small set does what a Set does', () => {
  fc.assert(
    fc.property(steps, (calls) => {
      const small = new SmallSet<number>();
      const set = new Set<number>();
      for (const { call, key, value } of calls) {
        if (call === 'delete') assert.equal(small.delete(key), set.delete(key));
        else if (call === 'clear' && value % 8 === 0) {
          small.clear();
          set.clear();
        } else {
          small.add(key);
          set.add(key);
        }
        assert.equal(small.size, set.size);
        assert.equal(small.has(key), set.has(key));
        assert.deepEqual([...small], [...set]);
      }
    }),
  );
});

test('what changes during an iteration does not change the iteration', () => {
  for (const count of [3, 20]) {
    const map = new SmallMap<number, number>();
    const set = new SmallSet<number>();
    for (let i = 0; i < count; i++) {
      map.set(i, i);
      set.add(i);
    }
    const seen: number[] = [];
    for (const [key] of map) {
      map.delete(key);
      map.set(key + 100, 0);
      seen.push(key);
    }
    for (const item of set) {
      set.delete(item);
      seen.push(item);
    }
    assert.equal(seen.length, 2 * count);
    assert.equal(set.size, 0);
  }
});
