import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillRectangle } from './draw.js';
import { makePicture } from './picture.js';

const COLOUR = { y: 200, u: 30, v: 220 };

/** Which pixels of a plane have a value, as rows of text. */
const drawn = ({ data, width, stride }: { data: Uint8Array; width: number; stride: number }, value: number) =>
  Array.from({ length: data.length / stride }, (_, row) =>
    Array.from({ length: width }, (_, x) => (data[row * stride + x] === value ? '#' : '.')).join(''),
  );

test('a rectangle is filled, with the squares of colour that it touches', () => {
  const picture = makePicture(7, 5);
  fillRectangle(picture, { x: 1, y: 2, width: 4, height: 2 }, COLOUR);
  assert.deepEqual(drawn(picture.y, 200), ['.......', '.......', '.####..', '.####..', '.......']);
  for (const [plane, value] of [
    [picture.u, 30],
    [picture.v, 220],
  ] as const)
    assert.deepEqual(drawn(plane, value), ['....', '###.', '....']);
});

test('what lies outside is left out', () => {
  const picture = makePicture(7, 5);
  fillRectangle(picture, { x: 5, y: -3, width: 1e9, height: 4 }, COLOUR);
  assert.deepEqual(drawn(picture.y, 200), ['.....##', '.......', '.......', '.......', '.......']);
  assert.deepEqual(drawn(picture.u, 30), ['..##', '....', '....']);
  const untouched = makePicture(7, 5);
  for (const area of [
    { x: 7, y: 0, width: 4, height: 4 },
    { x: 0, y: 0, width: 0, height: 4 },
    { x: -9, y: -9, width: 9, height: 9 },
  ])
    fillRectangle(untouched, area, COLOUR);
  assert.deepEqual(untouched, makePicture(7, 5));
});
