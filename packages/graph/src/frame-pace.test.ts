import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FramePace } from './frame-pace.js';

test('half as many frames as the encoder reckons with may have twice the bits', () => {
  const pace = new FramePace(30);
  assert.equal(pace.factor, 1);
  assert.equal(pace.update(3, 1000), false);
  assert.equal(pace.update(10, 1500), false, 'too early');
  assert.equal(pace.update(18, 2000), true);
  assert.equal(pace.factor, 2);
  assert.equal(pace.update(78, 3000), true);
  assert.equal(pace.factor, 0.5);
});

test('a little more or less is the same, a silence too', () => {
  const pace = new FramePace(30);
  pace.update(0, 0);
  assert.equal(pace.update(28, 1000), false);
  assert.equal(pace.update(28, 2000), false);
  assert.equal(pace.update(60, 3000), false);
  assert.equal(pace.factor, 1);
});

test('very slow and very fast streams are bounded', () => {
  const pace = new FramePace(30);
  pace.update(0, 0);
  pace.update(1, 10_000);
  assert.equal(pace.factor, 6);
  pace.update(10_001, 11_000);
  assert.equal(pace.factor, 0.25);
});

test('more frames than expected are told before the interval is over', () => {
  const pace = new FramePace(30);
  pace.update(0, 0);
  assert.equal(pace.update(5, 1000), true);
  assert.equal(pace.factor, 6);
  assert.equal(pace.update(12, 1240), false);
  assert.equal(pace.update(15, 1334), true);
  assert.ok(Math.abs(pace.factor - 1) < 0.01, `${pace.factor}`);
});
