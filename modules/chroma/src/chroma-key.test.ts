import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture } from '@rivero/vision';
import {
  addNoise,
  colourAt,
  colourDistance,
  copyPicture,
  fillDisc,
  plain,
  plainImage,
  seeded,
} from '@rivero/vision/testing';
import { ChromaKey, LEARNING_PICTURES } from './chroma-key.js';

const GREEN = [20, 180, 60] as const;
const SKIN = [220, 170, 140] as const;
const BEACH = [240, 220, 40] as const;
const window = { x: 5, y: 5, width: 30, height: 30 };

/** A person (a disc) before a wall of one colour. */
function scene(wall: readonly [number, number, number], random: () => number): Picture {
  const picture = plain(160, 120, wall);
  fillDisc(picture, { x: 80, y: 60 }, 30, SKIN);
  addNoise(picture, 2, random);
  return picture;
}

function learnt(wall: readonly [number, number, number], random: () => number): ChromaKey {
  const key = new ChromaKey(window);
  for (let at = 0; at < LEARNING_PICTURES; at++) {
    assert.ok(key.learning);
    const picture = scene(wall, random);
    key.process(picture);
    assert.ok(colourDistance(colourAt(picture, 20, 5), [0, 0, 255]) < 30, 'the window is outlined in blue');
    assert.ok(colourDistance(colourAt(picture, 100, 100), wall) < 20);
  }
  assert.ok(!key.learning);
  return key;
}

test('the learnt colour is replaced by the background, and nothing else', () => {
  const random = seeded(1);
  for (const wall of [GREEN, [30, 60, 220], [230, 20, 40]] as const) {
    const key = learnt(wall, random);
    key.background = plainImage(16, 16, BEACH);
    const picture = scene(wall, random);
    key.process(picture);
    let wrong = 0;
    for (let y = 0; y < 120; y++) {
      for (let x = 0; x < 160; x++) {
        const distance = Math.hypot(x - 80, y - 60);
        if (distance > 27 && distance < 33) continue;
        if (colourDistance(colourAt(picture, x, y), distance < 30 ? SKIN : BEACH) > 25) wrong++;
      }
    }
    assert.equal(wrong, 0, `wall ${wall}`);
  }
});

test('without a background pictures pass as they are, also after it was taken away', () => {
  const random = seeded(2);
  const key = learnt(GREEN, random);
  const picture = scene(GREEN, random);
  const before = copyPicture(picture);
  key.process(picture);
  assert.deepEqual(picture, before);
  key.background = plainImage(4, 4, BEACH);
  key.background = undefined;
  key.process(picture);
  assert.deepEqual(picture, before);
});

test('a window beside the picture learns nothing, and nothing is replaced', () => {
  const key = new ChromaKey({ x: 500, y: 5, width: 30, height: 30 });
  key.background = plainImage(4, 4, BEACH);
  const random = seeded(3);
  for (let at = 0; at <= LEARNING_PICTURES; at++) {
    const picture = scene(GREEN, random);
    const before = copyPicture(picture);
    key.process(picture);
    assert.deepEqual(picture, before);
  }
  assert.equal(key.range, undefined);
});

test('pictures may change their size, also to odd ones', () => {
  const key = learnt(GREEN, seeded(4));
  key.background = plainImage(16, 16, BEACH);
  for (const [width, height] of [
    [321, 241],
    [64, 48],
    [161, 120],
  ] as const) {
    const picture = plain(width, height, GREEN);
    key.process(picture);
    for (const [x, y] of [
      [0, 0],
      [width - 1, height - 1],
      [width >> 1, height >> 1],
    ] as const) {
      assert.ok(colourDistance(colourAt(picture, x, y), BEACH) < 20, `${width}x${height} at ${x}, ${y}`);
    }
  }
});

test('labelled set: walls and shirts of many colours, false positives and misses counted', () => {
  const random = seeded(5);
  let missed = 0;
  let wrong = 0;
  let walls = 0;
  let shirts = 0;
  for (let round = 0; round < 24; round++) {
    // Hues apart from each other by 60 degrees or more: nearer ones are the same colour to a chroma key.
    const hue = (round * 15) % 360;
    const wall = hsvColour(hue, 0.75, 0.7);
    const shirt = hsvColour(hue + 60 + random() * 240, 0.5 + random() * 0.4, 0.5 + random() * 0.4);
    const frame = (): Picture => {
      const picture = plain(160, 120, wall);
      fillDisc(picture, { x: 80, y: 60 }, 30, shirt);
      addNoise(picture, 3, random);
      return picture;
    };
    const key = new ChromaKey(window);
    for (let at = 0; at < LEARNING_PICTURES; at++) key.process(frame());
    key.background = plainImage(4, 4, [0, 0, 0]);
    const picture = frame();
    key.process(picture);
    for (let y = 0; y < 120; y += 3) {
      for (let x = 0; x < 160; x += 3) {
        const distance = Math.hypot(x - 80, y - 60);
        const black = colourDistance(colourAt(picture, x, y), [0, 0, 0]) < 25;
        if (distance > 33) {
          walls++;
          if (!black) missed++;
        } else if (distance < 27) {
          shirts++;
          if (black) wrong++;
        }
      }
    }
  }
  assert.ok(missed / walls < 0.001, `${missed} of ${walls} pixels of walls missed`);
  assert.ok(wrong / shirts < 0.001, `${wrong} of ${shirts} pixels of shirts replaced`);
});

function hsvColour(hue: number, saturation: number, value: number): [number, number, number] {
  const channel = (offset: number): number => {
    const k = (offset + hue / 60) % 6;
    return Math.round(255 * (value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [channel(5), channel(3), channel(1)];
}
