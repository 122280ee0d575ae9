import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GapCloser } from './gap-closer.js';

const MS = 1e6;
const at = (ms: number, discontinuous = false) => ({ pts: ms * MS, discontinuous });

/** Where sound and pictures lie with the gaps closed, ms. */
function places(frames: [kind: 'audio' | 'video', ms: number, discontinuous?: boolean][]): number[] {
  const closer = new GapCloser();
  return frames.map(([kind, ms, lost]) => ms - closer.shift(kind, at(ms, lost)) / MS);
}

test("Kurento's example: one frame a second, those from 6 to 10 lost", () => {
  const frames = [1, 2, 3, 4, 5, 11, 12, 13, 14, 15];
  assert.deepEqual(
    places(frames.map((second) => ['audio', second * 1000, second === 11])),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((second) => second * 1000),
  );
});

test('silence that was not sent stays', () => {
  assert.deepEqual(
    places([
      ['audio', 0],
      ['audio', 20],
      ['audio', 420],
      ['audio', 440],
    ]),
    [0, 20, 420, 440],
  );
});

test('pictures go with the sound; lost pictures alone change nothing', () => {
  assert.deepEqual(
    places([
      ['audio', 0],
      ['video', 5],
      ['audio', 20],
      ['audio', 100, true],
      ['video', 105],
      ['audio', 120],
      ['video', 185, true],
    ]),
    [0, 5, 20, 40, 45, 60, 125],
  );
});

test('a picture that comes first after a long gap of both does not leave it open', () => {
  assert.deepEqual(
    places([
      ['audio', 0],
      ['video', 0],
      ['audio', 20],
      ['video', 40],
      ['video', 5040, true],
      ['video', 5080],
      ['audio', 5060, true],
      ['video', 5120],
    ]),
    [0, 0, 20, 40, 40, 80, 40, 100],
  );
});

test('a frame that tells how long it lasts is believed', () => {
  const closer = new GapCloser();
  closer.shift('audio', { pts: 0, duration: 60 * MS });
  assert.equal(closer.shift('audio', { pts: 100 * MS, duration: 20 * MS, discontinuous: true }), 40 * MS);
});

test('what begins again does not follow on what was', () => {
  const closer = new GapCloser();
  closer.shift('audio', at(0));
  closer.shift('audio', at(20));
  closer.forget('audio');
  assert.equal(closer.shift('audio', at(9000, true)), 0);
});
