import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { guardView } from './testing/guard-view.js';
import { TransportFeedbackReader } from './transport-feedback-reader.js';
import { TransportFeedbackRecorder } from './transport-feedback-recorder.js';

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

test('reads run-length, one-bit and two-bit chunks', () => {
  const reader = new TransportFeedbackReader();
  // base 0xfffe, 4 + 2 statuses: run of 4 small deltas, then a two-bit vector: large delta, lost
  const bytes = hex('fffe 0006 000001 05 2004 e000 01020304 fffe 0000');
  assert.ok(reader.parse(guardView(bytes, 4), 4, bytes.length));
  assert.deepEqual([reader.baseSequence, reader.count, reader.feedbackCount], [0xfffe, 6, 5]);
  assert.deepEqual([...reader.received.subarray(0, 6)], [1, 1, 1, 1, 1, 0]);
  assert.deepEqual([...reader.arrivals.subarray(0, 5)], [257, 259, 262, 266, 264]);
  const oneBit = hex('0000 0003 000000 00 a800 0101');
  assert.ok(reader.parse(oneBit, 0, oneBit.length));
  assert.deepEqual([...reader.received.subarray(0, 3)], [1, 0, 1]);
});

test('malformed feedback is refused', () => {
  const reader = new TransportFeedbackReader();
  for (const text of [
    '',
    '0000 0001 000000',
    '0000 0001 000000 00',
    '0000 0001 000000 00 2001',
    '0000 0001 000000 00 0000',
    '0000 0001 000000 00 6001 00',
    '0000 ffff 000000 00 3fff',
  ]) {
    const bytes = hex(text);
    assert.equal(reader.parse(guardView(bytes, 4), 4, bytes.length), false, text);
  }
});

test('random bytes are never read beyond their end', () => {
  const reader = new TransportFeedbackReader();
  fc.assert(
    fc.property(fc.nat({ max: 60 }), fc.uint8Array({ maxLength: 60 }), (count, rest) => {
      const bytes = Uint8Array.of(0, 0, 0, count, ...rest);
      reader.parse(guardView(bytes, 4), 4, bytes.length);
    }),
    { numRuns: 2000 },
  );
});

test('a packet told as lost is told again when it comes', () => {
  const recorder = new TransportFeedbackRecorder();
  const reader = new TransportFeedbackReader();
  const out = new Uint8Array(1000);
  const take = (): [number, number[]] => {
    assert.ok(reader.parse(out, 0, recorder.take(out)));
    return [reader.baseSequence, [...reader.received.subarray(0, reader.count)]];
  };
  recorder.onPacket(10, 0);
  recorder.onPacket(12, 500);
  assert.deepEqual(take(), [10, [1, 0, 1]]);
  assert.equal(recorder.pending, false);
  assert.equal(recorder.take(out), 0);
  recorder.onPacket(11, 900);
  assert.deepEqual(take(), [11, [1, 1]]);
});

test('feedback tells what was recorded, within its room', () => {
  const packet = fc.record({ lost: fc.integer({ min: 0, max: 4 }), us: fc.integer({ min: 0, max: 80000 }) });
  const burst = fc.array(packet, { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer(),
      fc.array(burst, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 32, max: 400 }),
      (firstSequence, firstUs, bursts, room) => {
        const recorder = new TransportFeedbackRecorder();
        const reader = new TransportFeedbackReader();
        const out = new Uint8Array(room);
        const came = new Map<number, number>();
        const told = new Map<number, number>();
        let next: number | undefined;
        let sequence = firstSequence;
        let elapsed = 0;
        for (const list of bursts) {
          for (const { lost, us } of list) {
            elapsed += us;
            // at most one loss in a row, in a quarter of the cases
            sequence = (sequence + (lost === 4 ? 2 : 1)) & 0xffff;
            recorder.onPacket(sequence, (firstUs + elapsed) | 0);
            came.set(sequence, elapsed);
          }
          for (;;) {
            const length = recorder.take(out);
            if (length === 0) break;
            assert.ok(length <= room && length % 4 === 0);
            assert.ok(reader.parse(guardView(out.slice(0, length), 4), 4, length));
            assert.equal(reader.baseSequence, next ?? reader.baseSequence, 'losses are told too');
            next = (reader.baseSequence + reader.count) & 0xffff;
            for (let i = 0; i < reader.count; i++) {
              const number = (reader.baseSequence + i) & 0xffff;
              assert.equal(reader.received[i] === 1, came.has(number), `${number}`);
              if (reader.received[i] === 1) told.set(number, reader.arrivals[i]!);
            }
          }
        }
        assert.equal(told.size, came.size);
        const [first] = came.keys();
        for (const [number, us] of came) {
          const since = (told.get(number)! - told.get(first!)!) * 250;
          assert.ok(Math.abs(since - (us - came.get(first!)!)) <= 250, `${since} ${us}`);
        }
      },
    ),
  );
});
