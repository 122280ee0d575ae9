import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameStatistics } from './frame-statistics.js';
import { OverloadWatch } from './overload-watch.js';

test('an element that can not keep up is told of once, until it has recovered', () => {
  const figures = { in: 0, begun: 0, out: 0, timed: 0, totalMicros: 0, maxMicros: 0 };
  const watch = new OverloadWatch();
  const told: number[] = [];
  const end = watch.watch(
    () => frameStatistics(figures, 0, false),
    ({ framesDropped }) => told.push(framesDropped),
  );
  /** A second in which so many of thirty frames are dropped. */
  const second = (dropped: number): void => {
    figures.in += 30;
    figures.begun += 30 - dropped;
    watch.look();
  };
  second(0);
  second(20);
  second(2);
  assert.deepEqual(told, []);
  second(15);
  second(15);
  assert.deepEqual(told, [20 + 2 + 30]);
  for (let i = 0; i < 4; i++) second(0);
  second(15);
  second(15);
  assert.equal(told.length, 1);
  for (let i = 0; i < 5; i++) second(0);
  second(15);
  second(15);
  assert.equal(told.length, 2);
  end();
  second(30);
  assert.equal(told.length, 2);
});

test('what waits is not dropped, and what goes past an element has come out', () => {
  const figures = { in: 10, begun: 6, out: 5, timed: 5, totalMicros: 51, maxMicros: 20 };
  const common = { framesIn: 10, framesProcessed: 5, framesDropped: 3, meanMicros: 10, maxMicros: 20 };
  assert.deepEqual(frameStatistics(figures, 1, false), { ...common, framesOut: 5 });
  assert.deepEqual(frameStatistics(figures, 1, true), { ...common, framesOut: 10 });
});
