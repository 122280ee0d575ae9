import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NackGenerator } from './nack-generator.js';

const out = new Uint16Array(1024);

function collect(generator: NackGenerator, nowMs: number, rttMs = 50): number[] {
  return Array.from(out.subarray(0, generator.collect(nowMs, rttMs, out)));
}

function feed(generator: NackGenerator, sequences: number[], nowMs = 0): void {
  for (const sequence of sequences) generator.onPacket(sequence, nowMs);
}

test('requests a gap at once, across the wrap, and again after a round trip only', () => {
  const generator = new NackGenerator();
  feed(generator, [0xfffd, 0x10001]);
  assert.deepEqual(collect(generator, 0), [0xfffe, 0xffff, 0]);
  assert.deepEqual(collect(generator, 54), []);
  generator.onPacket(0xffff, 54, true);
  assert.deepEqual(collect(generator, 55), [0xfffe, 0]);
  assert.equal(generator.recovered, 1);
  assert.equal(generator.requests, 5);
});

test('from the second time on a request is sent twice', () => {
  const generator = new NackGenerator();
  feed(generator, [1, 3]);
  const requests: number[] = [];
  for (let now = 0; now < 500; now += 5) if (collect(generator, now, 100).length > 0) requests.push(now);
  assert.deepEqual(requests, [0, 110, 130, 240, 260, 370, 390]);
});

test('packets reordered within a batch are not requested', () => {
  const generator = new NackGenerator();
  feed(generator, [1, 3, 2, 5, 4]);
  assert.deepEqual(collect(generator, 0), []);
});

test('learns how late packets are by reordering, and forgets it', () => {
  const generator = new NackGenerator();
  feed(generator, [1, 3], 1000);
  generator.onPacket(2, 1009);
  generator.onPacket(5, 1020);
  assert.deepEqual(collect(generator, 1025), []);
  assert.deepEqual(collect(generator, 1030), [4]);
  generator.onPacket(7, 60000);
  assert.deepEqual(collect(generator, 60000), [6]);
});

test('gives up after the last request had its round trip, and says so once', () => {
  const generator = new NackGenerator({ maxRequests: 3, maxAgeMs: 10000 });
  feed(generator, [1, 3]);
  let requests = 0;
  for (let now = 0; now < 1000; now += 10) requests += collect(generator, now).length;
  assert.equal(requests, 3);
  assert.equal(generator.missing, 0);
  assert.equal(generator.abandoned, 1);
  assert.equal(generator.takeGiveUp(), true);
  assert.equal(generator.takeGiveUp(), false);
});

test('gives up what is too old', () => {
  const generator = new NackGenerator({ maxAgeMs: 300 });
  feed(generator, [1, 3]);
  collect(generator, 0);
  assert.deepEqual(collect(generator, 301), []);
  assert.equal(generator.takeGiveUp(), true);
});

test('what needs long round trips is given up after three of them', () => {
  const generator = new NackGenerator();
  feed(generator, [1, 3]);
  for (let now = 0; now < 1800; now += 10) collect(generator, now, 600);
  assert.equal(generator.missing, 1);
  collect(generator, 1801, 600);
  assert.equal(generator.missing, 0);
});

test('giving up what lies before a key frame calls for no other one', () => {
  const generator = new NackGenerator({ maxAgeMs: 300 });
  feed(generator, [1, 3, 4]);
  generator.onKeyFrame(4);
  assert.deepEqual(collect(generator, 0), [2]);
  collect(generator, 301);
  assert.equal(generator.abandoned, 1);
  assert.equal(generator.takeGiveUp(), false);
  feed(generator, [6], 400);
  collect(generator, 701);
  assert.equal(generator.takeGiveUp(), true);
  // the key frame that was asked for comes before anybody looked
  feed(generator, [8], 800);
  collect(generator, 1101);
  generator.onKeyFrame(9);
  assert.equal(generator.takeGiveUp(), false);
});

test('a leap forward is a restart at once, a leap back at the second packet', () => {
  const generator = new NackGenerator({ maxGap: 100 });
  feed(generator, [1, 3, 1000]);
  assert.equal(generator.missing, 0);
  assert.ok(generator.takeGiveUp());
  generator.onPacket(10, 0);
  feed(generator, [1001, 1003]);
  assert.deepEqual(collect(generator, 0), [1002]);
  feed(generator, [20, 21, 23]);
  assert.ok(generator.takeGiveUp());
  assert.deepEqual(collect(generator, 0), [22]);
});

test('the table is bounded: the newest are kept', () => {
  const generator = new NackGenerator({ capacity: 10 });
  feed(generator, [0, 4, 30]);
  assert.equal(generator.missing, 10);
  assert.equal(generator.abandoned, 3 + 25 - 10);
  assert.ok(generator.takeGiveUp());
  assert.deepEqual(collect(generator, 0), [20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
});

test('what does not fit into the output is left for the next time', () => {
  const generator = new NackGenerator();
  feed(generator, [0, 6]);
  const small = new Int32Array(3);
  assert.equal(generator.collect(0, 50, small), 3);
  assert.deepEqual(collect(generator, 0), [4, 5]);
});

test('asks exactly for what is missing, in ascending order, each at most maxRequests times', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.record({ lost: fc.boolean(), delay: fc.nat({ max: 4 }) }), {
        minLength: 2,
        maxLength: 150,
      }),
      (start, packets) => {
        const generator = new NackGenerator({ maxRequests: 4, maxAgeMs: 100000 });
        const arrivals = packets
          .map((packet, i) => ({ ...packet, i, at: i + packet.delay }))
          .filter((packet) => !packet.lost)
          .sort((a, b) => a.at - b.at);
        const first = arrivals[0];
        if (first === undefined) return;
        const arrived = new Set<number>();
        let highest = first.i;
        const asked = new Map<number, number>();
        let now = 0;
        for (const packet of arrivals) {
          generator.onPacket((start + packet.i) | 0, now);
          arrived.add(packet.i);
          highest = Math.max(highest, packet.i);
          const count = generator.collect(now, 20, out);
          let previous = -1;
          for (let i = 0; i < count; i++) {
            const index = (out[i]! - start) & 0xffff;
            assert.ok(index > previous, 'ascending');
            previous = index;
            assert.ok(!arrived.has(index), 'is missing');
            assert.ok(index > first.i && index < highest, 'lies between received ones');
            asked.set(index, (asked.get(index) ?? 0) + 1);
          }
          now += 7;
        }
        for (let i = 0; i < 20; i++, now += 100) {
          const count = generator.collect(now, 20, out);
          for (let k = 0; k < count; k++) {
            const index = (out[k]! - start) & 0xffff;
            asked.set(index, (asked.get(index) ?? 0) + 1);
          }
        }
        for (let i = first.i + 1; i < highest; i++) {
          const requests = asked.get(i) ?? 0;
          assert.ok(arrived.has(i) ? requests <= 4 : requests === 4, `${i}: ${requests}`);
        }
        assert.equal(generator.missing, 0);
      },
    ),
  );
});
