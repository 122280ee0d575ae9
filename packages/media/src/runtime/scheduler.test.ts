import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Scheduler, type TimerHandle } from './scheduler.js';

test('owners are called in the order of their times, once', () => {
  let now = 0;
  const scheduler = new Scheduler(() => now);
  const called: string[] = [];
  const a = scheduler.create({ onTime: () => called.push('a') });
  const b = scheduler.create({ onTime: () => called.push('b') });
  scheduler.schedule(a, 20);
  scheduler.schedule(b, 10);
  now = 30;
  scheduler.run();
  scheduler.run();
  assert.deepEqual(called, ['b', 'a']);
  scheduler.close();
});

test('an owner that asks for the past does not starve the others', () => {
  let now = 100;
  const scheduler = new Scheduler(() => now);
  let greedyCalls = 0;
  let otherCalls = 0;
  const greedy: TimerHandle = scheduler.create({
    onTime: () => {
      greedyCalls++;
      scheduler.schedule(greedy, 0);
    },
  });
  const other = scheduler.create({ onTime: () => otherCalls++ });
  scheduler.schedule(greedy, 0);
  scheduler.schedule(other, 50);
  scheduler.run();
  assert.deepEqual([greedyCalls, otherCalls], [1, 1]);
  now = 101;
  scheduler.run();
  assert.deepEqual([greedyCalls, otherCalls], [2, 1]);
  scheduler.close();
});

test('hundreds of timers are called in the order of their times', () => {
  let now = 0;
  const scheduler = new Scheduler(() => now);
  const called: number[] = [];
  const times = Array.from({ length: 300 }, (_, i) => 1 + ((i * 7919) % 1009));
  for (const at of times) scheduler.schedule(scheduler.create({ onTime: () => called.push(at) }), at);
  for (now = 0; now <= 1009; now += 100) scheduler.run();
  now = 1010;
  scheduler.run();
  assert.deepEqual(
    called,
    times.toSorted((a, b) => a - b),
  );
  scheduler.close();
});

test('any sequence of moves and cancels keeps the heap in order', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ timer: fc.nat(15), at: fc.oneof(fc.nat(1000), fc.constant(Number.POSITIVE_INFINITY)) }),
      ),
      (moves) => {
        let now = -1;
        const scheduler = new Scheduler(() => now);
        const fired: number[] = [];
        const wanted = new Map<number, number>();
        const handles = Array.from({ length: 16 }, (_, id) =>
          scheduler.create({ onTime: () => fired.push(id) }),
        );
        for (const { timer, at } of moves) {
          scheduler.schedule(handles[timer]!, at);
          if (at === Number.POSITIVE_INFINITY) wanted.delete(timer);
          else wanted.set(timer, at);
        }
        now = 1000;
        scheduler.run();
        assert.deepEqual([...fired].sort(), [...wanted.keys()].sort());
        for (let i = 1; i < fired.length; i++)
          assert.ok(wanted.get(fired[i - 1]!)! <= wanted.get(fired[i]!)!);
        scheduler.close();
      },
    ),
  );
});
