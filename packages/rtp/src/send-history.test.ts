import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Resend, SendHistory } from './send-history.js';

test('finds what was sent, by its 16-bit number, across the wrap', () => {
  const history = new SendHistory(8);
  history.record(0xffff, 3, 100, 9000, 0);
  history.record(0x10000, 4, 101, -5, 1);
  assert.equal(history.prepare(0, 100, 50), Resend.Ready);
  assert.deepEqual(
    [history.slot, history.receiveNumber, history.timestamp, history.extendedSequence],
    [4, 101, -5, 0x10000],
  );
  assert.equal(history.prepare(0xffff, 100, 50), Resend.Ready);
  assert.equal(history.slot, 3);
  assert.equal(history.prepare(5, 100, 50), Resend.Unknown);
});

test('a repetition waits for a round trip and their number is bounded', () => {
  const history = new SendHistory(8, 2, 10);
  history.record(1, 0, 1, 0, 0);
  assert.equal(history.prepare(1, 5, 50), Resend.TooSoon);
  assert.equal(history.prepare(1, 20, 50), Resend.Ready);
  history.resent(20);
  assert.equal(history.prepare(1, 60, 50), Resend.TooSoon);
  assert.equal(history.prepare(1, 65, 50), Resend.Ready);
  history.resent(65);
  assert.equal(history.prepare(1, 1000, 50), Resend.Exhausted);
});

test('a packet that was looked up but not sent does not count', () => {
  const history = new SendHistory(8, 1, 10);
  history.record(1, 0, 1, 0, 0);
  history.prepare(1, 20, 0);
  assert.equal(history.prepare(2, 20, 0), Resend.Unknown);
  history.resent(20);
  assert.equal(history.prepare(1, 20, 0), Resend.Ready);
});

test('agrees with a list of the last packets, with gaps in the numbering', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 100 }),
      (start, steps) => {
        const history = new SendHistory(32);
        const sent: number[] = [];
        let at = start;
        for (const step of steps) {
          at = (at + step) | 0;
          sent.push(at);
          history.record(at, sent.length, sent.length, at, 0);
        }
        sent.forEach((extended, i) => {
          const wanted = ((at - extended) | 0) < 32 ? Resend.Ready : Resend.Unknown;
          assert.equal(history.prepare(extended & 0xffff, 100, 0), wanted);
          if (wanted === Resend.Ready) assert.equal(history.slot, i + 1);
        });
      },
    ),
  );
});

test('refuses capacities that are no power of two; clear forgets', () => {
  assert.throws(() => new SendHistory(100), RangeError);
  const history = new SendHistory(8);
  history.record(1, 0, 1, 0, 0);
  history.clear();
  assert.equal(history.prepare(1, 100, 0), Resend.Unknown);
});
