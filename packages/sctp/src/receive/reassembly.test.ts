import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pattern } from '../testing/random.js';
import { DataFlag } from '../wire/data.js';
import { type Fragment, type InboundMessage, Reassembly } from './reassembly.js';

function fragment(tsn: number, flags: number, rest: Partial<Fragment> = {}): Fragment {
  return { tsn, stream: 1, sequence: 0, protocol: 51, flags, payload: Uint8Array.of(tsn & 0xff), ...rest };
}

/** Messages of these lengths in fragments, with TSNs from 100. */
function fragments(lengths: number[]): { all: Fragment[]; whole: Uint8Array[] } {
  const all: Fragment[] = [];
  const whole = lengths.map((length, i) => pattern(length, i));
  whole.forEach((data, sequence) => {
    for (let offset = 0; offset < data.length; offset += 10) {
      const begins = offset === 0 ? DataFlag.Begin : 0;
      const ends = offset + 10 >= data.length ? DataFlag.End : 0;
      const payload = data.subarray(offset, offset + 10);
      all.push(fragment(100 + all.length, begins | ends, { sequence, payload }));
    }
  });
  return { all, whole };
}

test('messages come out whole in whatever order their fragments arrive', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 95 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(lengths, fc.infiniteStream(fc.nat(1_000_000)), (sizes, random) => {
      const { all, whole } = fragments(sizes);
      const order = all
        .map((one) => ({ one, key: random.next().value as number }))
        .sort((a, b) => a.key - b.key);
      const reassembly = new Reassembly(1000);
      const complete: InboundMessage[] = [];
      for (const { one } of order) {
        const result = reassembly.add(one);
        assert.ok(result === 'incomplete' || typeof result === 'object');
        if (typeof result === 'object') complete.push(result);
      }
      complete.sort((a, b) => a.sequence - b.sequence);
      assert.deepEqual(
        complete.map(({ data }) => data),
        whole,
      );
      assert.equal(reassembly.cost, 0);
    }),
  );
});

test('neighbours that cannot be are violations', () => {
  const { Begin, End, Unordered } = DataFlag;
  const pairs: [Fragment, Fragment][] = [
    [fragment(1, Begin), fragment(2, Begin | End)],
    [fragment(1, Begin | 0), fragment(2, End, { stream: 2 })],
    [fragment(1, Begin), fragment(2, End, { sequence: 1 })],
    [fragment(1, Begin), fragment(2, End, { protocol: 53 })],
    [fragment(1, Begin), fragment(2, End | Unordered)],
  ];
  for (const [left, right] of pairs) {
    for (const order of [
      [left, right],
      [right, left],
    ] as const) {
      const reassembly = new Reassembly(100);
      const results = order.map((one) => reassembly.add(one));
      // A whole message does not stay, so that a later neighbour of it cannot be compared.
      const kept = typeof results[0] === 'string';
      assert.equal(results[1], kept ? 'violation' : 'incomplete');
    }
  }
});

test('a message longer than allowed is noticed before it is complete', () => {
  const reassembly = new Reassembly(3);
  assert.equal(reassembly.add(fragment(1, DataFlag.Begin)), 'incomplete');
  assert.equal(reassembly.add(fragment(3, 0)), 'incomplete');
  assert.equal(reassembly.add(fragment(4, 0)), 'incomplete');
  assert.equal(reassembly.add(fragment(2, 0)), 'tooLarge');
});

test('fragments do not keep the packet they came in', () => {
  const packet = new Uint8Array(1000);
  const reassembly = new Reassembly(100);
  const flags = DataFlag.Begin | DataFlag.End;
  const message = reassembly.add(fragment(1, flags, { payload: packet.subarray(10, 20) }));
  packet.fill(9);
  assert.ok(typeof message === 'object');
  assert.deepEqual(message.data, new Uint8Array(10));
});

test('what is given up is forgotten', () => {
  const reassembly = new Reassembly(100);
  for (const tsn of [1, 2, 5, 9]) reassembly.add(fragment(tsn, tsn === 1 ? DataFlag.Begin : 0));
  const { cost } = reassembly;
  reassembly.discardUpTo(5);
  assert.ok(reassembly.cost > 0 && reassembly.cost < cost);
  reassembly.discardUpTo(9);
  assert.equal(reassembly.cost, 0);
});
