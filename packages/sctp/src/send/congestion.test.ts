import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CongestionControl } from './congestion.js';

const MTU = 1000;

test('slow start grows by a packet per acknowledgement, only while the window is used', () => {
  const control = new CongestionControl(MTU, 1e6);
  assert.equal(control.window, 4000);
  control.acknowledged(2000, 4000, 1, false);
  assert.equal(control.window, 5000);
  control.acknowledged(500, 5000, 2, false);
  assert.equal(control.window, 5500);
  control.acknowledged(2000, 2000, 3, false);
  assert.equal(control.window, 5500);
});

test('a loss halves the window once, until all that was sent is acknowledged', () => {
  const control = new CongestionControl(MTU, 1e6);
  for (let i = 0; i < 16; i++) control.acknowledged(MTU, control.window, i, false);
  assert.equal(control.window, 20_000);
  control.lost(100);
  control.lost(110);
  assert.equal(control.window, 10_000);
  control.acknowledged(5000, 10_000, 99, false);
  assert.ok(control.inRecovery);
  assert.equal(control.window, 10_000);
  control.acknowledged(5000, 10_000, 100, false);
  assert.ok(!control.inRecovery);
});

test('congestion avoidance grows by a packet per window', () => {
  const control = new CongestionControl(MTU, 1e6);
  for (let i = 0; i < 16; i++) control.acknowledged(MTU, control.window, i, false);
  control.lost(20);
  control.acknowledged(MTU, 10_000, 20, false);
  // At the threshold it is still slow start.
  control.acknowledged(MTU, 10_000, 21, false);
  assert.equal(control.window, 11_000);
  for (let i = 0; i < 10; i++) control.acknowledged(MTU, 11_000, 22 + i, false);
  assert.equal(control.window, 11_000);
  control.acknowledged(MTU, 11_000, 40, false);
  assert.equal(control.window, 12_000);
});

test('a timeout leaves one packet, and the window has bounds', () => {
  const control = new CongestionControl(MTU, 10_000);
  for (let i = 0; i < 100; i++) control.acknowledged(MTU, control.window, i, false);
  assert.equal(control.window, 10_000);
  control.timedOut();
  assert.equal(control.window, MTU);
  assert.equal(control.slowStartThreshold, 5000);
  control.timedOut();
  assert.equal(control.slowStartThreshold, 4 * MTU);
});

test('an idle window shrinks by half per timeout, not below the initial one', () => {
  const control = new CongestionControl(MTU, 1e6);
  for (let i = 0; i < 12; i++) control.acknowledged(MTU, control.window, i, false);
  control.sent(1000);
  control.restart(1499, 500);
  assert.equal(control.window, 16_000);
  control.restart(1500, 500);
  assert.equal(control.window, 8000);
  control.restart(1e9, 500);
  assert.equal(control.window, 4000);
});
