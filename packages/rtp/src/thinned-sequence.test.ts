import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ThinnedSequence, Thinning } from './thinned-sequence.js';

test('numbers close up where packets are left out, and lead back to where they come from', () => {
  const thinned = new ThinnedSequence(16);
  assert.equal(thinned.take(99, false, false), Thinning.Skip);
  assert.equal(thinned.take(100, true, false), Thinning.Send);
  assert.equal(thinned.sequence, 100);
  assert.equal(thinned.take(101, false, false), Thinning.Skip);
  assert.equal(thinned.take(102, true, true), Thinning.Send);
  assert.equal(thinned.sequence, 101);
  assert.ok(thinned.find(101));
  assert.deepEqual([thinned.original, thinned.marked], [102, true]);
  assert.equal(thinned.find(102), false);
});

test('a missing packet keeps its number; one that should be left out fills it when it comes', () => {
  const thinned = new ThinnedSequence(16);
  thinned.take(10, true, false);
  thinned.take(11, false, false);
  thinned.take(14, true, false);
  assert.equal(thinned.sequence, 13);
  assert.equal(thinned.take(12, true, false), Thinning.Send);
  assert.equal(thinned.sequence, 11);
  assert.equal(thinned.take(13, false, false), Thinning.Fill);
  assert.equal(thinned.sequence, 12);
  assert.equal(thinned.take(13, false, false), Thinning.Skip, 'once');
  assert.equal(thinned.take(9, true, false), Thinning.Skip, 'before the beginning');
  assert.ok(thinned.find(12));
  assert.ok(thinned.leftOut);
});

test('whatever is lost, late or left out: numbers are used once, in order, and only missing packets leave gaps', () => {
  const packet = fc.record({ keep: fc.boolean(), late: fc.integer({ min: 0, max: 6 }), lost: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(packet, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      (packets, first) => {
        const thinned = new ThinnedSequence(64);
        const arrivals = packets
          .map((value, index) => ({ ...value, index, at: index + value.late }))
          .filter(({ lost }) => !lost)
          .sort((a, b) => a.at - b.at);
        const used = new Map<number, number>();
        const filled = new Set<number>();
        let newest = -1;
        for (const { keep, index } of arrivals) {
          // A stream is begun with a packet that no newer one came before.
          if (!thinned.started && index < newest) continue;
          newest = Math.max(newest, index);
          const result = thinned.take((first + index) | 0, keep, false);
          if (result === Thinning.Skip) continue;
          assert.equal(result === Thinning.Send, keep);
          assert.equal(used.has(thinned.sequence), false, 'a number is used once');
          used.set(thinned.sequence, index);
          if (result === Thinning.Fill) filled.add(thinned.sequence);
        }
        if (!thinned.started) return;
        const ordered = [...used].sort(([a], [b]) => (a - b) | 0);
        for (const [i, [sequence, index]] of ordered.entries()) {
          if (i > 0) assert.ok(index > ordered[i - 1]![1], 'the order stays');
          if (((thinned.highest - sequence) | 0) >= 60) continue;
          assert.ok(thinned.find(sequence));
          assert.equal(thinned.original, (first + index) | 0);
          assert.equal(thinned.leftOut, filled.has(sequence));
        }
        const lost = packets.filter((value) => value.lost).length;
        const range = ordered.length === 0 ? 0 : ((thinned.highest - ordered[0]![0]) | 0) + 1;
        assert.ok(range - ordered.length <= lost, 'only what was lost leaves gaps');
      },
    ),
    { numRuns: 2000 },
  );
});
