import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PacketNumbering } from './packet-numbering.js';

test('numbers close up where packets are left out, and make room for others', () => {
  const numbering = new PacketNumbering();
  assert.equal(numbering.insert(), -1);
  const send = (sequence: number): number => {
    assert.ok(numbering.take(sequence));
    return numbering.send();
  };
  assert.equal(send(65_534), 65_534);
  assert.ok(numbering.take(65_535));
  assert.equal(numbering.leaveOut(), -1);
  assert.equal(send(0), 65_535);
  assert.ok(numbering.take(1));
  assert.equal(numbering.insert(), 0);
  assert.equal(numbering.send(), 1);
  assert.equal(numbering.insert(), 2);
  assert.equal(send(2), 3);
});

test('what comes late gets the number that was kept free; what comes again is refused', () => {
  const numbering = new PacketNumbering();
  for (const sequence of [10, 13]) {
    assert.ok(numbering.take(sequence));
    assert.equal(numbering.send(), sequence);
  }
  assert.ok(numbering.take(14));
  assert.equal(numbering.leaveOut(), -1);
  assert.ok(numbering.take(15));
  assert.equal(numbering.send(), 14);
  assert.ok(numbering.take(11));
  assert.equal(numbering.send(), 11);
  assert.ok(numbering.take(12));
  assert.equal(numbering.leaveOut(), 12);
  for (const sequence of [9, 10, 11, 12, 14, 15]) assert.equal(numbering.take(sequence), false);
});

test('whatever is left out and put in, no number is used twice and none is missing', () => {
  const action = fc.record({ keep: fc.boolean(), inserts: fc.nat(2), late: fc.boolean() });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), fc.nat(65_535), (actions, first) => {
      const numbering = new PacketNumbering();
      const used: number[] = [];
      // Each pair of packets comes in its order, or the other way round; the first one has come.
      assert.ok(numbering.take(first));
      used.push(numbering.send());
      const order = actions.map((_, i) => first + 1 + i);
      for (let i = 0; i + 1 < order.length; i += 2) {
        if (actions[i]!.late) [order[i], order[i + 1]] = [order[i + 1]!, order[i]!];
      }
      for (const [i, { keep, inserts }] of actions.entries()) {
        assert.ok(numbering.take(order[i]! & 0xffff));
        for (let n = 0; n < inserts; n++) used.push(numbering.insert());
        const number = keep ? numbering.send() : numbering.leaveOut();
        if (number >= 0) used.push(number);
      }
      const offsets = used.map((number) => (number - first) & 0xffff).sort((a, b) => a - b);
      assert.deepEqual(offsets, [...used.keys()]);
    }),
  );
});
