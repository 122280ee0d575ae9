import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SpeechChange, SpeechSpans } from './speech-spans.js';

/** Pieces of 100 ms, one for each digit: tenths of a probability. A space is a time in which nothing is heard. */
function told(pieces: string, settings: Partial<SpeechSpans> = {}): (SpeechChange & { at: number })[] {
  const spans = Object.assign(new SpeechSpans(), { minSpeechMs: 200, minSilenceMs: 300 }, settings);
  return [...pieces].flatMap((piece, i) => {
    const [from, to] = [100 * i, 100 * i + 100];
    const change = piece === ' ' ? spans.nothing(from, to) : spans.add(Number(piece) / 10, from, to);
    return change === undefined ? [] : [{ ...change, probability: +change.probability.toFixed(3), at: to }];
  });
}

const started = (startMs: number, at: number, probability: number) => ({
  type: 'started',
  probability,
  startMs,
  durationMs: at - startMs,
  at,
});
const stopped = (startMs: number, durationMs: number, at: number, probability: number) => ({
  type: 'stopped',
  probability,
  startMs,
  durationMs,
  at,
});

test('speech is told once it is long enough, and its end once silence is', () => {
  assert.deepEqual(told('00999900000'), [started(200, 400, 0.9), stopped(200, 400, 900, 0.9)]);
});

test('what is short is no speech, and pauses that are short belong to it', () => {
  assert.deepEqual(told('0090090090000'), []);
  assert.deepEqual(told('88008800'), [started(0, 200, 0.8)]);
  assert.deepEqual(told('880088000'), [started(0, 200, 0.8), stopped(0, 600, 900, 0.8)]);
});

test('between the thresholds things stay as they are', () => {
  assert.deepEqual(told('0044444'), []);
  assert.deepEqual(told('0884444444'), [started(100, 300, 0.8)]);
  // Silence that has begun goes on.
  assert.deepEqual(told('088244'), [started(100, 300, 0.8), stopped(100, 200, 600, 0.8)]);
});

test('the settings count', () => {
  assert.deepEqual(told('0077770000', { threshold: 0.8 }), []);
  assert.deepEqual(told('070', { minSpeechMs: 0, minSilenceMs: 0 }), [
    started(100, 200, 0.7),
    stopped(100, 100, 300, 0.7),
  ]);
});

test('where nothing is heard speech ends, too', () => {
  assert.deepEqual(told('099   '), [started(100, 300, 0.9), stopped(100, 200, 600, 0.9)]);
  assert.deepEqual(told('099  99'), [started(100, 300, 0.9)]);
  assert.deepEqual(told('09 9 '), []);
});

test('spans come in turns, do not overlap, and are as long as was asked for', () => {
  const pieces = fc.string({ unit: fc.constantFrom(...'0123456789 '), maxLength: 200 });
  const ms = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(
      pieces,
      fc.double({ min: 0.05, max: 0.95 }),
      ms,
      ms,
      (all, threshold, minSpeechMs, minSilenceMs) => {
        let end = 0;
        let start = 0;
        for (const [i, change] of told(all, { threshold, minSpeechMs, minSilenceMs }).entries()) {
          assert.equal(change.type, i % 2 === 0 ? 'started' : 'stopped');
          assert.ok(change.probability > 0 && change.probability <= 1);
          assert.ok(change.durationMs >= minSpeechMs || change.type === 'stopped');
          if (change.type === 'started') {
            start = change.startMs;
            assert.ok(start >= end);
          } else {
            assert.equal(change.startMs, start);
            end = start + change.durationMs;
            assert.ok(change.at - end >= minSilenceMs);
          }
        }
      },
    ),
  );
});
