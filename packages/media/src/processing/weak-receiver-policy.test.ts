import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SMALL_ENCODINGS, SmallEncodingChoice } from './small-encodings.js';
import { WatchedReceiver, WeakReceiverPolicy } from './weak-receiver-policy.js';

/** A source that would send `wants`, bounded by its receivers when it heeds them; steps of half a second. */
class Scene {
  now = 0;
  readonly policy = new WeakReceiverPolicy();
  readonly receivers: WatchedReceiver[] = [];
  rate = 0;

  constructor(
    readonly wants: number,
    readonly heeds = true,
  ) {}

  add(capacity: number, probed = true): WatchedReceiver {
    const receiver = new WatchedReceiver(this.now);
    this.receivers.push(receiver);
    this.capacity(receiver, capacity, probed);
    return receiver;
  }

  capacity(receiver: WatchedReceiver, capacity: number, probed = true): void {
    receiver.path = { estimate: capacity, allowed: capacity, probed, received: 0 };
  }

  run(seconds: number, allowed = true): void {
    for (let i = 0; i < seconds * 2; i++) {
      this.now += 500;
      const bound = Math.min(
        ...this.receivers.filter(({ exempt }) => !exempt).map(({ path }) => path.allowed),
      );
      this.rate = this.heeds ? Math.min(this.wants, bound) : this.wants;
      this.policy.update(this.now, this.rate, this.receivers, allowed);
    }
  }
}

describe('who is too weak for a source', () => {
  test('one that would hold back another, until its path carries the source', () => {
    const scene = new Scene(2_000_000);
    const strong = scene.add(4_000_000);
    const weak = scene.add(300_000);
    scene.run(5);
    assert.deepEqual([strong.weak, weak.weak], [false, true]);
    assert.equal(scene.rate, 2_000_000);
    scene.capacity(weak, 2_500_000);
    scene.run(5);
    assert.equal(weak.weak, false);
    assert.equal(scene.rate, 2_000_000);
  });

  test('not the only one of a source that gives way; nor those who are left when the stronger one goes', () => {
    const scene = new Scene(2_000_000);
    const weak = scene.add(300_000);
    scene.run(60);
    assert.equal(weak.weak, false);
    scene.add(4_000_000);
    scene.run(5);
    assert.equal(weak.weak, true);
    scene.receivers.pop();
    scene.run(1);
    assert.equal(weak.weak, false);
  });

  test('the only one, too, of a source that does not give way', () => {
    const scene = new Scene(2_000_000, false);
    const weak = scene.add(300_000);
    scene.run(4);
    assert.equal(weak.weak, false, 'a dip may pass');
    scene.run(4);
    assert.equal(weak.weak, true);
    scene.run(60);
    assert.equal(weak.weak, true);
  });

  test('not one whose path carries nearly all of it: it bounds the source, but for short trials', () => {
    const scene = new Scene(1_000_000);
    scene.add(4_000_000);
    const nearly = scene.add(900_000);
    let exempt = 0;
    for (let i = 0; i < 300; i++) {
      scene.run(1);
      if (nearly.exempt) exempt++;
      assert.equal(nearly.weak, false);
    }
    assert.ok(exempt <= 40, `${exempt} s of 300`);
  });

  test('not for a dip of a second, nor where nothing may be encoded', () => {
    const scene = new Scene(2_000_000);
    scene.add(4_000_000);
    const other = scene.add(4_000_000);
    scene.run(10);
    scene.capacity(other, 300_000);
    scene.run(1);
    scene.capacity(other, 4_000_000);
    scene.run(10);
    assert.equal(other.weak, false);
    scene.capacity(other, 300_000);
    scene.run(20, false);
    assert.deepEqual([other.weak, other.exempt, scene.rate], [false, false, 300_000]);
  });

  test('without probes the source is tried again, less and less often', () => {
    const scene = new Scene(2_000_000, false);
    const weak = scene.add(300_000, false);
    const changes: number[] = [];
    let was = false;
    while (scene.now < 600_000) {
      // A receiver's own estimate goes no further than one and a half times of what it gets.
      const received = weak.weak ? 200_000 : 300_000;
      weak.path = { estimate: Math.min(300_000, received * 1.5), allowed: 300_000, probed: false, received };
      scene.run(0.5);
      if (weak.weak !== was) changes.push(scene.now);
      was = weak.weak;
    }
    assert.ok(changes.length >= 3 && changes.length < 16, `${changes.length} changes`);
  });

  test('whatever comes: who is weak is exempt, and all are strong when nothing may be encoded', () => {
    const bitrate = fc.integer({ min: 0, max: 5_000_000 });
    const step = fc.record({ rate: bitrate, first: bitrate, second: bitrate, allowed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const policy = new WeakReceiverPolicy();
        const receivers = [new WatchedReceiver(0), new WatchedReceiver(0)];
        for (const [index, { rate, first, second, allowed }] of steps.entries()) {
          for (const [i, estimate] of [first, second].entries())
            receivers[i]!.path = { estimate, allowed: estimate, probed: true, received: 0 };
          policy.update(index * 500, rate, receivers, allowed);
          for (const { weak, exempt } of receivers) {
            assert.ok(!weak || exempt);
            if (!allowed) assert.ok(!weak && !exempt);
          }
        }
      }),
    );
  });
});

/** Counts how often it is looked at. */
class CountedReceiver extends WatchedReceiver {
  static looks = 0;

  override limitAt(nowMs: number): number {
    CountedReceiver.looks++;
    return super.limitAt(nowMs);
  }
}

describe('a thousand receivers of one source', () => {
  const COUNT = 1000;
  const STEPS = 20;

  /** @returns how often a receiver was looked at in a step, on average */
  function looks(capacityOf: (index: number) => number, rate: number): [number, CountedReceiver[]] {
    const policy = new WeakReceiverPolicy();
    const receivers = Array.from({ length: COUNT }, (_, index) => {
      const receiver = new CountedReceiver(0);
      receiver.path = { ...receiver.path, estimate: capacityOf(index), allowed: capacityOf(index) };
      return receiver;
    });
    CountedReceiver.looks = 0;
    for (let step = 1; step <= STEPS; step++) policy.update(step * 500, rate, receivers, true);
    return [CountedReceiver.looks / COUNT / STEPS, receivers];
  }

  test('are not each compared with all others', () => {
    assert.ok(looks(() => 3_000_000, 1_000_000)[0] <= 3);
    assert.ok(looks((index) => 3_000_000 + index * 1000, 1_000_000)[0] <= 3);
  });

  test('all but the strongest may become weak at once; a single one that is strong is enough for that', () => {
    const [count, receivers] = looks((index) => (index === 500 ? 4_000_000 : 300_000), 2_000_000);
    assert.ok(count <= 3);
    assert.deepEqual(
      receivers.flatMap(({ weak }, index) => (weak ? [] : [index])),
      [500],
    );
  });
});

describe('the size for weak receivers', () => {
  test('down at once, up after a while, never nearly as much as the source', () => {
    const choice = new SmallEncodingChoice();
    const at = (now: number, estimate: number, source = 5_000_000) =>
      choice.choose(now, estimate, source).side;
    assert.equal(at(0, 600_000), 640);
    assert.equal(at(500, 100_000), 320);
    assert.equal(at(1000, 600_000), 320);
    assert.equal(at(5000, 600_000), 320);
    assert.equal(at(6500, 600_000), 640);
    assert.equal(at(7000, 600_000, 400_000), 480);
    assert.equal(at(7500, 600_000, 50_000), 320);
  });

  test('sizes ascend, and each encoder can follow from one to the next', () => {
    for (const [index, size] of SMALL_ENCODINGS.entries()) {
      assert.ok(size.minimum < size.initial && size.initial < size.maximum);
      const next = SMALL_ENCODINGS[index + 1];
      if (next !== undefined) assert.ok(size.side < next.side && size.maximum > next.minimum);
    }
  });
});
