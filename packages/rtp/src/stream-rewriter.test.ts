import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StreamRewriter } from './stream-rewriter.js';

function send(
  rewriter: StreamRewriter,
  extended: number,
  timestamp: number,
  nowMs: number,
): [number, number] | undefined {
  return rewriter.prepare(extended, timestamp, nowMs)
    ? [rewriter.outSequence, rewriter.outTimestamp]
    : undefined;
}

test('the first packet gets the initial numbers, others follow the source', () => {
  const rewriter = new StreamRewriter(90000, 100, 5000);
  assert.deepEqual(send(rewriter, 70000, 1000, 0), [100, 5000]);
  assert.deepEqual(send(rewriter, 70002, 1000, 1), [102, 5000]);
  assert.deepEqual(send(rewriter, 70001, 1000, 2), [101, 5000]);
  assert.deepEqual(send(rewriter, 70003, 4000, 33), [103, 8000]);
});

test('a switch goes on without a gap, the timestamp by the time that passed', () => {
  const rewriter = new StreamRewriter(90000, 0xffff, -1000);
  send(rewriter, 10, 0, 0);
  send(rewriter, 12, 3000, 33);
  rewriter.switchSource();
  assert.equal(rewriter.flowing, false);
  assert.deepEqual(send(rewriter, 5_000_000, 123456, 133), [0x10002, -1000 + 3000 + 9000]);
  // late packets from before the key frame stay away, those behind it keep their place
  assert.equal(send(rewriter, 4_999_999, 120000, 134), undefined);
  assert.deepEqual(send(rewriter, 5_000_002, 123456, 135), [0x10004, 11000]);
  assert.deepEqual(send(rewriter, 5_000_001, 123456, 136), [0x10003, 11000]);
});

test('a timestamp never stands still over a switch', () => {
  const rewriter = new StreamRewriter(90000, 0, 0);
  send(rewriter, 1, 0, 50);
  rewriter.switchSource();
  assert.deepEqual(send(rewriter, 1, 77, 50), [1, 1]);
});

test('duplicates and packets too late to be told from them are refused', () => {
  const rewriter = new StreamRewriter(90000, 0, 0);
  send(rewriter, 1, 0, 0);
  send(rewriter, 3, 0, 0);
  assert.equal(send(rewriter, 3, 0, 0), undefined);
  assert.equal(send(rewriter, 1, 0, 0), undefined);
  for (let i = 4; i < 1500; i++) send(rewriter, i, 0, 0);
  assert.equal(send(rewriter, 2, 0, 0), undefined);
  assert.equal(rewriter.refused, 3);
});

test('packets left out on purpose close up; late ones keep the number they had', () => {
  const rewriter = new StreamRewriter(90000, 0, 0);
  assert.deepEqual(send(rewriter, 10, 0, 0)?.[0], 0);
  rewriter.drop(11);
  rewriter.drop(12);
  assert.deepEqual(send(rewriter, 13, 0, 0)?.[0], 1);
  // 14 is on its way when 15 is left out
  rewriter.drop(15);
  assert.deepEqual(send(rewriter, 16, 0, 0)?.[0], 3);
  assert.deepEqual(send(rewriter, 14, 0, 0)?.[0], 2);
  assert.equal(send(rewriter, 12, 0, 0), undefined);
  assert.equal(send(rewriter, 15, 0, 0), undefined);
});

test('a source that begins anew goes on without a gap', () => {
  const rewriter = new StreamRewriter(90000, 0, 0);
  send(rewriter, 100000, 0, 0);
  assert.deepEqual(send(rewriter, 150000, 999, 10), [1, 900]);
  assert.equal(send(rewriter, 10, 5, 20), undefined);
  assert.deepEqual(send(rewriter, 11, 5, 30), [2, 2700]);
});

test('timestamps for sender reports', () => {
  const rewriter = new StreamRewriter(48000, 0, 1000);
  send(rewriter, 1, 96000, 0);
  assert.equal(rewriter.mapTimestamp(96960), 1960);
  assert.equal(rewriter.timestampAt(20), 1960);
});

test('order is kept, no number is used twice, switches leave no gap: under loss, reordering, duplication', () => {
  const packet = fc.record({
    lost: fc.boolean(),
    delay: fc.nat({ max: 6 }),
    twice: fc.boolean(),
    leaveOut: fc.integer({ min: 0, max: 9 }).map((n) => n < 2),
  });
  const source = fc.record({
    start: fc.integer(),
    timestamp: fc.integer(),
    packets: fc.array(packet, { minLength: 1, maxLength: 80 }),
  });
  fc.assert(
    fc.property(fc.array(source, { minLength: 1, maxLength: 5 }), fc.integer(), (sources, initial) => {
      const rewriter = new StreamRewriter(90000, initial, 0);
      const used = new Set<number>();
      let now = 0;
      let highest: number | undefined;
      for (const { start, timestamp, packets } of sources) {
        rewriter.switchSource();
        const arrivals = packets
          .flatMap((p, i) => {
            const one = { i, at: i + p.delay, leaveOut: p.leaveOut };
            return p.lost ? [] : p.twice ? [one, { ...one, at: i + p.delay * 2 }] : [one];
          })
          .sort((a, b) => a.at - b.at);
        const mapped: [index: number, out: number][] = [];
        for (const arrival of arrivals) {
          now += 5;
          const extended = (start + arrival.i) | 0;
          if (arrival.leaveOut) {
            rewriter.drop(extended);
            continue;
          }
          if (!rewriter.prepare(extended, (timestamp + arrival.i * 450) | 0, now)) continue;
          const out = rewriter.outSequence;
          if (mapped.length === 0 && highest !== undefined) assert.equal(out, (highest + 1) | 0, 'no gap');
          assert.ok(!used.has(out), 'used once');
          used.add(out);
          mapped.push([arrival.i, out]);
          if (highest === undefined || ((out - highest) | 0) > 0) highest = out;
        }
        mapped.sort((a, b) => a[0] - b[0]);
        for (let k = 1; k < mapped.length; k++) {
          const [previousIndex, previousOut] = mapped[k - 1]!;
          const [index, out] = mapped[k]!;
          assert.ok(((out - previousOut) | 0) > 0, 'in the order of the source');
          assert.ok(out - previousOut <= index - previousIndex, 'no gap that the source did not have');
        }
      }
    }),
    { numRuns: 500 },
  );
});
