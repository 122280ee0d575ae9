import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '@rivero/vision';
import {
  addNoise,
  colourAt,
  colourDistance,
  fillArea,
  fillDisc,
  plain,
  plainImage,
  seeded,
} from '@rivero/vision/testing';
import { PointerTracker } from './pointer-tracker.js';
import { PointerWindows } from './windows.js';

const ORANGE = [250, 130, 20] as const;
const WALL = [120, 120, 130] as const;
const region = { x: 5, y: 5, width: 40, height: 40 };

function scene(x: number, y: number, random: () => number, radius = 14): Picture {
  const picture = plain(320, 240, WALL);
  fillArea(picture, { x: 250, y: 0, width: 70, height: 60 }, [40, 60, 200]);
  fillDisc(picture, { x, y }, radius, ORANGE);
  addNoise(picture, 2, random);
  return picture;
}

function calibrated(random: () => number): PointerTracker {
  const tracker = new PointerTracker();
  const picture = scene(25, 25, random, 28);
  assert.ok(tracker.calibrate(picture, region));
  return tracker;
}

test('the pointer is followed to within two pixels; where it is not seen it is where it was', () => {
  const random = seeded(1);
  const tracker = calibrated(random);
  assert.equal(tracker.position, undefined);
  let missed = 0;
  for (let at = 0; at < 40; at++) {
    // Near an edge the gap to it is closed, too, as in OpenCV.
    const x = 35 + Math.floor(random() * 250);
    const y = 35 + Math.floor(random() * 170);
    tracker.track(scene(x, y, random));
    if (Math.hypot(tracker.position!.x - x, tracker.position!.y - y) > 2) missed++;
  }
  assert.equal(missed, 0);
  const last = tracker.position;
  tracker.track(plain(320, 240, WALL));
  assert.deepEqual(tracker.position, last);
});

test('of several things of its colour the largest is followed, and specks are nothing', () => {
  const random = seeded(2);
  const tracker = calibrated(random);
  const picture = scene(200, 150, random, 20);
  fillDisc(picture, { x: 60, y: 180 }, 12, ORANGE);
  tracker.track(picture);
  assert.ok(Math.hypot(tracker.position!.x - 200, tracker.position!.y - 150) < 2);
  const specks = plain(320, 240, WALL);
  for (let at = 0; at < 30; at++)
    fillDisc(specks, { x: 30 + random() * 260, y: 20 + random() * 200 }, 1, ORANGE);
  const fresh = calibrated(random);
  fresh.track(specks);
  assert.equal(fresh.position, undefined);
});

test('things of other colours are never taken for the pointer', () => {
  const random = seeded(3);
  const tracker = calibrated(random);
  let wrong = 0;
  for (const colour of [
    [40, 60, 200],
    [30, 180, 60],
    [200, 30, 120],
    [240, 240, 240],
    [20, 20, 20],
    [40, 200, 200],
  ] as const) {
    for (let at = 0; at < 5; at++) {
      const picture = plain(320, 240, WALL);
      fillDisc(picture, { x: 40 + random() * 240, y: 40 + random() * 160 }, 20, colour);
      addNoise(picture, 2, random);
      tracker.track(picture);
      if (tracker.position !== undefined) wrong++;
    }
  }
  assert.equal(wrong, 0);
});

test('a region beside the picture calibrates nothing', () => {
  const tracker = new PointerTracker();
  assert.equal(tracker.calibrate(plain(64, 64, ORANGE), { x: 100, y: 0, width: 9, height: 9 }), false);
  tracker.track(plain(64, 64, ORANGE));
  assert.equal(tracker.position, undefined);
});

test('windows tell once when the pointer enters and leaves them', () => {
  const windows = new PointerWindows();
  windows.add({ id: 'a', x: 10, y: 10, width: 20, height: 20, opacity: 1 });
  windows.add({ id: 'b', x: 40, y: 10, width: 20, height: 20, opacity: 1 });
  assert.equal(windows.move({ x: 10, y: 15 }), undefined, 'the edge does not belong to it');
  assert.deepEqual(windows.move({ x: 11, y: 15 }), { event: 'WindowIn', windowId: 'a' });
  assert.equal(windows.move({ x: 20, y: 15 }), undefined);
  assert.deepEqual(windows.move({ x: 45, y: 15 }), { event: 'WindowIn', windowId: 'b' });
  assert.deepEqual(windows.move({ x: 35, y: 15 }), { event: 'WindowOut', windowId: 'b' });
  windows.remove('a');
  assert.equal(windows.move({ x: 20, y: 15 }), undefined);
  assert.deepEqual(windows.move({ x: 45, y: 15 }), { event: 'WindowIn', windowId: 'b' });
  windows.clear();
  assert.deepEqual(windows.move({ x: 45, y: 15 }), { event: 'WindowOut', windowId: 'b' });
});

test('windows are drawn: outlines, images, and others with the pointer in them', () => {
  const windows = new PointerWindows();
  windows.add({ id: 'outline', x: 10, y: 10, width: 20, height: 20, opacity: 1 });
  windows.add({
    id: 'both',
    x: 40,
    y: 10,
    width: 20,
    height: 20,
    opacity: 1,
    image: plainImage(4, 4, [0, 0, 200]),
    activeImage: plainImage(4, 4, [200, 0, 0]),
  });
  windows.add({
    id: 'one',
    x: 70,
    y: 10,
    width: 20,
    height: 20,
    opacity: 0.5,
    image: plainImage(4, 4, [200, 0, 200]),
  });
  const draw = (pointer: { x: number; y: number } | undefined): Picture => {
    const picture = plain(120, 60, [0, 0, 0]);
    windows.draw(picture, pointer);
    return picture;
  };
  const near = (picture: Picture, x: number, y: number, colour: readonly [number, number, number]) =>
    assert.ok(
      colourDistance(colourAt(picture, x, y), colour) < 12,
      `${colourAt(picture, x, y)} at ${x}, ${y}`,
    );
  const idle = draw(undefined);
  near(idle, 20, 10, [255, 255, 255]);
  near(idle, 20, 20, [0, 0, 0]);
  near(idle, 50, 20, [0, 0, 200]);
  near(idle, 80, 20, [100, 0, 100]);
  near(draw({ x: 20, y: 20 }), 20, 10, [0, 255, 0]);
  near(draw({ x: 50, y: 20 }), 50, 20, [200, 0, 0]);
  near(draw({ x: 80, y: 20 }), 80, 20, [100, 128, 100]);
});
