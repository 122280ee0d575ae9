import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ArrivalClock } from './arrival-clock.js';
import { BatchLatency } from './batch-latency.js';
import { LatencyMeter } from './latency-meter.js';

describe('latency of packets', () => {
  test('every packet of a batch counts from its own arrival, over the wrap of the clock', () => {
    const meter = new LatencyMeter();
    const wrap = 0x7fffffff;
    assert.equal(meter.arrive(wrap - 10), true);
    assert.equal(meter.arrive((wrap + 20) | 0), false);
    meter.distributed((wrap + 90) | 0);
    meter.sent((wrap + 110) | 0);
    assert.equal(meter.packets, 2);
    assert.equal(meter.inputMicros, (100 + 70) / 2);
    assert.equal(meter.sentMicros, (120 + 90) / 2);
    assert.equal(meter.sentMicrosTotal, 210);
  });

  test('the mean is that of all packets at first, then follows the newer ones', () => {
    const meter = new LatencyMeter();
    const one = (micros: number): void => {
      meter.arrive(0);
      meter.distributed(micros);
      meter.sent(micros);
    };
    one(100);
    one(300);
    assert.equal(meter.inputMicros, 200);
    for (let i = 0; i < 3000; i++) one(50);
    assert.ok(Math.abs(meter.inputMicros - 50) < 0.1, `${meter.inputMicros}`);
    assert.equal(meter.inputMicrosTotal, 400 + 3000 * 50);
  });

  test('a batch with several meters leaves none behind', () => {
    let wall = 1000;
    const batch = new BatchLatency(
      new ArrivalClock(
        () => wall,
        () => 0,
        1000,
      ),
    );
    const [a, b] = [new LatencyMeter(), new LatencyMeter()];
    batch.arrive(a, 1_000_000);
    batch.arrive(b, 1_000_500);
    assert.equal(batch.measuring, true);
    wall = 1001;
    batch.distributed();
    wall = 1003;
    batch.sent();
    assert.equal(batch.measuring, false);
    assert.deepEqual([a.inputMicros, a.sentMicros], [1000, 3000]);
    assert.deepEqual([b.inputMicros, b.sentMicros], [500, 2500]);
  });

  test('a clock that steps back gives no negative latency', () => {
    const meter = new LatencyMeter();
    meter.arrive(5000);
    meter.distributed(4000);
    meter.sent(4100);
    assert.deepEqual([meter.inputMicros, meter.sentMicros], [0, 0]);
  });
});

describe('the clock of arrivals', () => {
  function clocks(distanceMs: number) {
    const state = { monotonic: 10, distanceMs };
    const clock = new ArrivalClock(
      () => Math.floor(state.monotonic + state.distanceMs),
      () => state.monotonic,
    );
    const error = (): number =>
      (clock.now() - (Math.floor((state.monotonic + state.distanceMs) * 1000) | 0)) | 0;
    const run = (ms: number): void => {
      for (let left = ms; left > 0; left -= 0.37) {
        state.monotonic += 0.37;
        clock.now();
      }
    };
    return { state, error, run };
  }

  test('is finer than the millisecond of the system clock', () => {
    const { error, run } = clocks(1_700_000_000_000.623);
    run(200);
    assert.ok(Math.abs(error()) < 50, `${error()} µs off`);
  });

  test('follows a clock that is set forward or back', () => {
    const { state, error, run } = clocks(1_700_000_000_000.25);
    run(100);
    state.distanceMs += 5000;
    run(100);
    assert.ok(Math.abs(error()) < 50, `${error()} µs off`);
    state.distanceMs -= 9000;
    run(100);
    assert.ok(Math.abs(error()) < 50, `${error()} µs off`);
  });
});
