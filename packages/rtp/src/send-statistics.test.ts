import assert from 'node:assert/strict';
import { test } from 'node:test';
import { msToMiddle, ntpMiddle } from './ntp.js';
import { SendStatistics } from './send-statistics.js';

const EPOCH = 1_700_000_000_000;

test('round-trip time from report blocks, smoothed; implausible ones ignored', () => {
  const statistics = new SendStatistics();
  const report = (sentMs: number, heldMs: number, nowMs: number): void =>
    statistics.onReportBlock(
      10,
      20,
      30,
      40,
      ntpMiddle(EPOCH + sentMs),
      msToMiddle(heldMs),
      nowMs,
      EPOCH + nowMs,
    );
  statistics.onReportBlock(1, 0, 0, 0, 0, 0, 5, EPOCH);
  assert.equal(statistics.rttMs, -1);
  report(1000, 400, 1480);
  assert.ok(Math.abs(statistics.rttMs - 80) < 0.1);
  report(2000, 400, 2560);
  assert.ok(Math.abs(statistics.rttMs - 90) < 0.1);
  report(3000, 0, 3000 + 61000);
  assert.ok(Math.abs(statistics.rttMs - 90) < 0.1);
  assert.deepEqual(
    [statistics.fractionLost, statistics.cumulativeLost, statistics.extendedHighest, statistics.jitter],
    [10, 20, 30, 40],
  );
});
