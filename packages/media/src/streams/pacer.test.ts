import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LinkProfile, NetworkLink } from '@rivero/network-emulator';
import { Scheduler } from '../runtime/scheduler.js';
import { Held } from './held-packets.js';
import { type PacedPath, Priority } from './paced-path.js';
import { Pacer, type PacerOutput } from './pacer.js';

const MEDIA = 1;
const RTX = 2;
const BYTES = 1200;

/** A viewer behind a link, in time that the test makes. */
class Bench implements PacerOutput {
  now = 0;
  readonly scheduler = new Scheduler(() => this.now);
  readonly pacer = new Pacer(this.scheduler);
  readonly path: PacedPath = this.pacer.open();
  readonly link: NetworkLink<number>;
  /** Sequence numbers in the order in which they went out, and when. */
  readonly sent: number[] = [];
  readonly sentMs: number[] = [];
  readonly arrived: number[] = [];
  readonly givenUp: (number | undefined)[] = [];
  /** Timestamp of the frame that the stream began with. */
  begun = -1;
  #sequence = 0;

  constructor(profile: LinkProfile) {
    this.link = new NetworkLink(profile, 1);
    this.pacer.output = this;
  }

  offer(priority: Priority = Priority.Media, consumer = MEDIA): number {
    const sequence = ++this.#sequence;
    const command = Int32Array.of(7, consumer, sequence, 90 * this.now);
    if (!this.pacer.takes(this.path, command, 0, 1, 99, BYTES, priority)) this.#leave(sequence);
    return sequence;
  }

  keyFrame(packets: number): void {
    for (let i = 0; i < packets; i++) this.offer();
    this.send();
  }

  release(fields: Int32Array, at: number): void {
    assert.equal(fields[at + Held.ReceiveNumber], 99);
    assert.equal(fields[at + Held.Command], 7);
    this.#leave(fields[at + Held.Command + 2]!);
  }

  #leave(sequence: number): void {
    this.sent.push(sequence);
    this.sentMs.push(this.now);
    this.link.send(this.now, sequence, BYTES);
  }

  beganAt(_consumer: number, timestamp: number): boolean {
    return timestamp === this.begun;
  }

  giveUp(consumer: number): void {
    this.givenUp.push(this.path.discard(consumer, (command) => command));
  }

  send(): void {
    this.pacer.advance();
  }

  /** Lets time go by, a millisecond at a time. */
  pass(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.now++;
      this.scheduler.run();
      for (let got = this.link.receive(this.now); got !== undefined; got = this.link.receive(this.now)) {
        this.arrived.push(got);
      }
    }
  }

  close(): void {
    this.scheduler.close();
  }
}

/** A bottleneck of 500 kbit/s whose queue takes so many bytes. */
const bottleneck = (bytes: number): LinkProfile => ({ rate: 500_000, queue: (bytes * 8) / 500, delay: 20 });

describe('pacer', () => {
  test('tells how long packets wait on average, those among them that need not', (t) => {
    const bench = new Bench({ delay: 20 });
    t.after(() => bench.close());
    for (let i = 0; i < 100; i++) {
      bench.keyFrame(1);
      bench.pass(10);
    }
    assert.equal(bench.path.meanWaitMs, 0);
    // Twice as much as the rate carries: at the end of a frame the packets wait for half a second, on average half of that.
    bench.path.setRate(960_000, bench.now);
    for (let frame = 0; frame < 40; frame++) {
      bench.keyFrame(50);
      bench.pass(1000);
    }
    assert.ok(bench.path.meanWaitMs > 150 && bench.path.meanWaitMs < 300, `${bench.path.meanWaitMs} ms`);
    for (let i = 0; i < 1500; i++) {
      bench.keyFrame(1);
      bench.pass(20);
    }
    assert.ok(bench.path.meanWaitMs < 2, `${bench.path.meanWaitMs} ms`);
  });

  for (const [packets, queue, without] of [
    [40, 32_000, 12],
    [80, 64_000, 25],
  ] as const) {
    test(`a key frame of ${packets} packets is not lost in a queue of ${queue} bytes, as it is without`, (t) => {
      const plain = new Bench(bottleneck(queue));
      const paced = new Bench(bottleneck(queue));
      t.after(() => [plain.close(), paced.close()]);
      paced.path.setRate(2.5 * 500_000, 0);
      for (const bench of [plain, paced]) {
        bench.keyFrame(packets);
        bench.pass(2500);
      }
      assert.ok(plain.link.counters.dropped >= without, `${plain.link.counters.dropped} lost without`);
      assert.equal(paced.link.counters.dropped, 0);
      assert.equal(paced.arrived.length, packets);
      assert.deepEqual(
        paced.sent,
        paced.sent.toSorted((a, b) => a - b),
      );
      // Not the whole frame, or it would take longer than the path itself.
      const expectedMs = (packets * BYTES * 8) / 1250 - 40;
      assert.ok(Math.abs(paced.sentMs.at(-1)! - expectedMs) < 20, `${paced.sentMs.at(-1)} ms`);
    });
  }

  test('without a bound nothing waits, and no timer runs', (t) => {
    const bench = new Bench({});
    t.after(() => bench.close());
    bench.pass(10);
    bench.keyFrame(500);
    assert.equal(bench.sent.length, 500);
    assert.ok(bench.sentMs.every((ms) => ms === 10));
    assert.ok(!bench.path.holds);
  });

  test('frames within what the path carries go out at once', (t) => {
    const bench = new Bench({});
    t.after(() => bench.close());
    bench.path.setRate(2.5 * 500_000, 0);
    // 480 kbit/s: 2 packets every 40 ms.
    for (let frame = 0; frame < 100; frame++) {
      bench.keyFrame(2);
      assert.ok(!bench.path.holds, `frame ${frame}`);
      bench.pass(40);
    }
    assert.equal(bench.sent.length, 200);
  });

  test('retransmissions overtake the media that waits, and keep their own order', (t) => {
    const bench = new Bench({});
    t.after(() => bench.close());
    bench.path.setRate(1_000_000, 0);
    bench.keyFrame(20);
    const before = bench.sent.length;
    const first = bench.offer(Priority.First, RTX);
    const second = bench.offer(Priority.First, RTX);
    bench.send();
    bench.pass(400);
    assert.deepEqual(bench.sent.slice(before, before + 2), [first, second]);
    assert.equal(bench.sent.length, 22);
  });

  test('a probe takes what waits, at once', (t) => {
    const bench = new Bench({});
    t.after(() => bench.close());
    bench.path.setRate(1_000_000, 0);
    bench.keyFrame(20);
    const before = bench.sent.length;
    assert.equal(bench.path.releaseBytes(5000, bench.now, bench), 5 * BYTES);
    assert.equal(bench.sent.length, before + 5);
    assert.equal(bench.path.releaseBytes(1_000_000, bench.now, bench), (20 - before - 5) * BYTES);
    assert.ok(!bench.path.holds);
    bench.pass(100);
    assert.equal(bench.sent.length, 20);
  });

  test('what would wait for longer than a second is given up soon, from its first packet on', (t) => {
    const bench = new Bench({});
    t.after(() => bench.close());
    bench.path.setRate(100_000, 0);
    bench.keyFrame(40);
    bench.offer(Priority.First, RTX);
    bench.pass(400);
    assert.equal(bench.givenUp.length, 1);
    assert.equal(bench.givenUp[0], bench.sent.filter((sequence) => sequence !== 41).at(-1)! + 1);
    assert.ok(bench.sent.length < 6);
    bench.pass(100);
    assert.ok(!bench.path.holds);
    // The next ones wait no longer than they must.
    bench.pass(500);
    const next = bench.offer();
    bench.send();
    bench.pass(1);
    assert.equal(bench.sent.at(-1), next);
  });

  test('the frame that a stream begins with may take two seconds', (t) => {
    const bench = new Bench({});
    t.after(() => bench.close());
    bench.path.setRate(300_000, 0);
    bench.pass(1);
    bench.begun = 90 * bench.now;
    bench.keyFrame(60);
    bench.pass(1900);
    assert.deepEqual(bench.givenUp, []);
    assert.equal(bench.sent.length, 60);
    bench.path.setRate(100_000, bench.now);
    bench.begun = 90 * bench.now;
    bench.keyFrame(60);
    bench.pass(1990);
    assert.deepEqual(bench.givenUp, []);
    bench.pass(120);
    assert.equal(bench.givenUp.length, 1);
    assert.ok(!bench.path.holds);
  });

  test('a rate that falls or grows applies to what waits already', (t) => {
    const bench = new Bench({});
    t.after(() => bench.close());
    bench.path.setRate(1_000_000, 0);
    bench.keyFrame(50);
    bench.pass(50);
    const waiting = 50 - bench.sent.length;
    bench.path.setRate(Number.POSITIVE_INFINITY, bench.now);
    bench.pass(12);
    assert.ok(waiting > 20);
    assert.equal(bench.sent.length, 50);
    assert.equal(bench.path.heldBytes, 0);
  });

  test('the room for all viewers is bounded: what finds none is lost', (t) => {
    const bench = new Bench({});
    t.after(() => bench.close());
    bench.path.setRate(1000, 0);
    bench.keyFrame(70_000);
    assert.ok(bench.pacer.dropped > 4000 && bench.pacer.dropped <= 70_000 - 65_536, `${bench.pacer.dropped}`);
    bench.pass(1200);
    assert.ok(!bench.path.holds);
    // All of it can be used again.
    const { dropped } = bench.pacer;
    bench.keyFrame(60_000);
    assert.equal(bench.pacer.dropped, dropped);
  });
});
