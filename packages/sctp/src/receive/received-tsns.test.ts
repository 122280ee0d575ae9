import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReceivedTsns } from './received-tsns.js';

const BASE = 4_294_967_290;

test('cumulative TSN and ranges are those of a plain set', () => {
  const step = fc.record({ tsn: fc.integer({ min: 1, max: 40 }), forward: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const tsns = new ReceivedTsns(BASE, 1000);
      const model = new Set<number>();
      for (const { tsn, forward } of steps) {
        const value = BASE + tsn;
        assert.equal(tsns.has(value), model.has(value));
        if (forward && tsn % 7 === 0) {
          for (let i = 1; i <= tsn; i++) model.add(BASE + i);
          tsns.advance(value);
        } else if (!model.has(value)) {
          assert.ok(tsns.canAdd(value));
          model.add(value);
          tsns.add(value);
        }
      }
      let cumulative = BASE;
      while (model.has(cumulative + 1)) cumulative++;
      const ranges: [number, number][] = [];
      for (let tsn = cumulative + 1; tsn <= BASE + 41; tsn++) {
        if (!model.has(tsn)) continue;
        if (ranges.at(-1)?.[1] === tsn - 1) ranges.at(-1)![1] = tsn;
        else ranges.push([tsn, tsn]);
      }
      assert.equal(tsns.cumulative, cumulative);
      assert.deepEqual(tsns.ranges, ranges);
    }),
  );
});

test('no more gaps than allowed, but what closes or extends one is welcome', () => {
  const tsns = new ReceivedTsns(0, 2);
  tsns.add(3);
  tsns.add(7);
  assert.deepEqual(
    [1, 2, 4, 5, 6, 8, 9].map((tsn) => tsns.canAdd(tsn)),
    [true, true, true, false, true, true, false],
  );
});

test('remembers a bounded number of duplicates until they are reported', () => {
  const tsns = new ReceivedTsns(0, 2);
  for (let i = 0; i < 1000; i++) tsns.noteDuplicate(i);
  assert.equal(tsns.duplicates.length, 16);
  tsns.clearDuplicates();
  assert.equal(tsns.duplicates.length, 0);
});
