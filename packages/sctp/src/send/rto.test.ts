import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultTiming } from '../settings.js';
import { RoundTrip } from './rto.js';

const timing = { ...defaultTiming, initialRto: 1000, minRto: 100, maxRto: 5000 };

test('follows RFC 9260 section 6.3.1', () => {
  const roundTrip = new RoundTrip(timing);
  assert.equal(roundTrip.rto, 1000);
  assert.equal(roundTrip.smoothed, undefined);
  roundTrip.measured(200);
  assert.equal(roundTrip.smoothed, 200);
  assert.equal(roundTrip.rto, 200 + 4 * 100);
  roundTrip.measured(280);
  // RTTVAR = 3/4 * 100 + 1/4 * 80 = 95; SRTT = 7/8 * 200 + 1/8 * 280 = 210.
  assert.equal(roundTrip.smoothed, 210);
  assert.equal(roundTrip.rto, 210 + 4 * 95);
});

test('stays within its bounds, doubles when a timer expires, and recovers', () => {
  const roundTrip = new RoundTrip(timing);
  for (let i = 0; i < 50; i++) roundTrip.measured(1);
  assert.equal(roundTrip.rto, 100);
  roundTrip.backOff();
  assert.equal(roundTrip.rto, 200);
  for (let i = 0; i < 10; i++) roundTrip.backOff();
  assert.equal(roundTrip.rto, 5000);
  roundTrip.progressed();
  assert.equal(roundTrip.rto, 100);
  roundTrip.backOff();
  roundTrip.measured(1);
  assert.equal(roundTrip.rto, 100);
});
