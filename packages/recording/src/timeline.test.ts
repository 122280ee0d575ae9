import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from './timeline.js';

const SECOND = 1e9;

test('a recording begins at 0 with its first frame, and pauses are cut out', () => {
  const timeline = new Timeline();
  assert.equal(timeline.place({ pts: 5 * SECOND }), undefined);
  timeline.resume();
  assert.deepEqual(timeline.place({ pts: 7 * SECOND, duration: SECOND }), { pts: 0, dts: undefined });
  assert.equal(timeline.place({ pts: 8 * SECOND, duration: SECOND })?.pts, SECOND);
  timeline.pause();
  assert.equal(timeline.place({ pts: 9 * SECOND }), undefined);
  timeline.resume();
  assert.equal(timeline.place({ pts: 60 * SECOND, duration: SECOND })?.pts, 2 * SECOND);
  assert.equal(timeline.place({ pts: 62 * SECOND, duration: SECOND })?.pts, 4 * SECOND);
  assert.equal(timeline.end, 5 * SECOND);
});

test('a frame from shortly before the start begins with it, an older one is none of it', () => {
  const timeline = new Timeline();
  timeline.resume();
  timeline.place({ pts: 10 * SECOND });
  assert.equal(timeline.place({ pts: 9.7 * SECOND })?.pts, 0);
  assert.equal(timeline.place({ pts: 8 * SECOND }), undefined);
});

test('a picture that is shown later than decoded keeps its distance', () => {
  const timeline = new Timeline();
  timeline.resume();
  assert.deepEqual(timeline.place({ pts: 3.2 * SECOND, dts: 3 * SECOND }), { pts: 0.2 * SECOND, dts: 0 });
});
