import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReceiveStatistics } from './receive-statistics.js';

function feed(statistics: ReceiveStatistics, sequences: number[], startMs = 0): void {
  sequences.forEach((sequence, i) => {
    const ms = startMs + i * 20;
    statistics.onPacket(sequence, sequence * 960, (ms * 1000) | 0, 100, ms);
  });
}

test('fraction and cumulative loss per interval, RFC 3550 A.3', () => {
  const statistics = new ReceiveStatistics(0x1234, 48000);
  feed(statistics, [0xfffe, 0xffff, 0x10000, 0x10002]);
  assert.equal(statistics.update(100), 4);
  assert.deepEqual(statistics.report, {
    ssrc: 0x1234,
    fractionLost: Math.floor(256 / 5),
    cumulativeLost: 1,
    extendedHighest: 0x10002,
    jitter: statistics.jitter,
    lastSenderReport: 0,
    delaySinceLastSenderReport: 0,
  });
  // the next interval counts for itself; a late packet makes its loss negative: fraction 0
  feed(statistics, [0x10001, 0x10003], 100);
  statistics.update(200);
  assert.equal(statistics.report.fractionLost, 0);
  assert.equal(statistics.report.cumulativeLost, 0);
  assert.equal(statistics.reordered, 1);
  assert.equal(statistics.update(300), 0);
  assert.equal(statistics.report.fractionLost, 0);
});

test('duplicates make the cumulative number negative, as the RFC says', () => {
  const statistics = new ReceiveStatistics(1, 48000);
  feed(statistics, [10, 10, 10, 11]);
  statistics.update(100);
  assert.equal(statistics.duplicates, 2);
  assert.equal(statistics.report.cumulativeLost, -2);
});

test('packets before the first one received move the base', () => {
  const statistics = new ReceiveStatistics(1, 48000);
  feed(statistics, [11, 10, 12]);
  assert.equal(statistics.expected, 3);
  assert.equal(statistics.lost, 0);
});

test('jitter by the integer algorithm of A.8', () => {
  const statistics = new ReceiveStatistics(1, 8000);
  // arrivals 20 ms apart by the timestamp; the second comes 10 ms (80 units) late, the third in time
  statistics.onPacket(1, 0, 0, 100, 0);
  statistics.onPacket(2, 160, 30000, 100, 30);
  assert.equal(statistics.jitter, 80 >> 4);
  statistics.onPacket(3, 320, 40000, 100, 40);
  assert.equal(statistics.jitter, (80 + 80 - ((80 + 8) >> 4)) >> 4);
  assert.equal(statistics.jitterMs, (statistics.jitter * 1000) / 8000);
});

test('arrival times that wrap and timestamps that wrap are no jitter', () => {
  const statistics = new ReceiveStatistics(1, 90000);
  let us = 0x7fffffff - 50000;
  let timestamp = 0x7fffffff - 4500;
  for (let i = 0; i < 20; i++) {
    statistics.onPacket(i, timestamp, us, 100, i * 10);
    us = (us + 10000) | 0;
    timestamp = (timestamp + 900) | 0;
  }
  assert.equal(statistics.jitter, 0);
});

test('LSR and DLSR of the last sender report', () => {
  const statistics = new ReceiveStatistics(1, 48000);
  feed(statistics, [1]);
  statistics.onSenderReport(0xb44db705 | 0, 0x20000000, 0, 10, 1000, 1000);
  statistics.update(6250);
  assert.equal(statistics.report.lastSenderReport >>> 0, 0xb7052000);
  assert.equal(statistics.report.delaySinceLastSenderReport, 0x00054000);
});

test('a restart is believed at the second packet; a stray is not', () => {
  const statistics = new ReceiveStatistics(1, 48000);
  feed(statistics, [1, 2, 3]);
  assert.equal(statistics.onPacket(40000, 0, 0, 100, 60), false);
  feed(statistics, [4]);
  assert.equal(statistics.expected, 4);
  assert.equal(statistics.onPacket(20000, 0, 0, 100, 80), false);
  assert.equal(statistics.onPacket(20001, 960, 20000, 100, 100), true);
  feed(statistics, [20002], 120);
  assert.equal(statistics.restarts, 1);
  assert.equal(statistics.expected, 2);
  assert.equal(statistics.lost, 0);
  statistics.update(200);
  assert.equal(statistics.report.fractionLost, 0);
});

test('loss is what was left out, whatever the order', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 200 }),
      fc.array(fc.nat({ max: 5 }), { minLength: 200, maxLength: 200 }),
      (start, kept, shuffle) => {
        const statistics = new ReceiveStatistics(1, 90000);
        const arrivals = kept
          .map((keep, i) => ({ keep: keep || i === 0 || i === kept.length - 1, i, key: i + shuffle[i]! }))
          .filter((entry) => entry.keep)
          .sort((a, b) => a.key - b.key);
        arrivals.forEach((entry, n) => {
          statistics.onPacket((start + entry.i) | 0, 0, 0, 10, n);
        });
        assert.equal(statistics.packets, arrivals.length);
        assert.equal(statistics.expected, kept.length);
        assert.equal(statistics.lost, kept.length - arrivals.length);
        assert.equal(statistics.octets, arrivals.length * 10);
      },
    ),
  );
});
