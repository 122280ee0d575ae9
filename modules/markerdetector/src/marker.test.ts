import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Picture, Point } from '@rivero/vision';
import {
  addNoise,
  blur,
  colourAt,
  colourDistance,
  fillArea,
  fillDisc,
  plain,
  plainImage,
  seeded,
} from '@rivero/vision/testing';
import { CELLS, cellsOf, readCells } from './marker-code.js';
import { MarkerCounts } from './marker-counts.js';
import { MarkerDetector } from './marker-detector.js';
import { drawOverlay, makeOverlay } from './marker-overlay.js';
import { paintMarker, paintSquare, squareAt } from './test-support.js';

test('the cells of ALVAR marker 0, 1 and 255', () => {
  // Number 0 has no black cell but those of the middle row and column; every bit of number 255 is 1, parity too.
  const picture = (id: number) =>
    cellsOf(id).reduce((text, white, at) => text + (at % CELLS === 0 ? '/' : '') + (white ? '.' : '#'), '');
  assert.equal(picture(0), '/..#../..#../.#.#./...../.....');
  assert.equal(picture(1), '/..#../..#../.#.#./##..#/...#.');
  assert.equal(picture(255), '/#####/#####/.#.#./##.##/##.##');
});

test('every number is read again, however it is turned, also with a wrong cell; never as another one', () => {
  for (let id = 0; id < 256; id++) {
    let cells = cellsOf(id);
    for (let turns = 0; turns < 4; turns++) {
      assert.deepEqual(readCells(cells), { id, turns, errors: 0 });
      for (let at = 0; at < cells.length; at++) {
        const wrong = cells.map((white, other) => (other === at ? !white : white));
        const reading = readCells(wrong);
        assert.ok(reading?.id === id && reading.errors === 1, `${id} turned ${turns} with cell ${at} wrong`);
      }
      // A quarter clockwise: the first row becomes the last column.
      cells = cells.map((_, at) => cells[(CELLS - 1 - (at % CELLS)) * CELLS + Math.floor(at / CELLS)]!);
    }
  }
});

function table(random: () => number): Picture {
  const picture = plain(640, 480, [150, 140, 120]);
  for (let at = 0; at < 12; at++) {
    const shade = Math.floor(random() * 200) + 20;
    fillArea(
      picture,
      {
        x: Math.floor(random() * 600),
        y: Math.floor(random() * 440),
        width: 20 + random() * 60,
        height: 10 + random() * 50,
      },
      [shade, shade, shade],
    );
  }
  return picture;
}

test('markers are found with their numbers and corners', () => {
  const detector = new MarkerDetector();
  const picture = plain(640, 480, [150, 140, 120]);
  const corners = squareAt(200, 200, 100, 30, 0.2);
  paintMarker(picture, 7, corners);
  paintMarker(picture, 7, squareAt(450, 120, 60, -100));
  paintMarker(picture, 200, squareAt(450, 350, 80, 180));
  const markers = detector.detect(picture.y);
  assert.deepEqual(markers.map(({ id }) => id).sort(), [200, 7, 7]);
  const found = markers.find(
    ({ corners: [corner] }) => Math.hypot(corner!.x - corners[0]!.x, corner!.y - corners[0]!.y) < 3,
  );
  assert.ok(found !== undefined);
  for (const [at, { x, y }] of corners.entries()) {
    assert.ok(Math.hypot(found.corners[at]!.x - x, found.corners[at]!.y - y) < 1.2);
  }
});

test('labelled set: markers of all sizes and turns among other things, and pictures without any', () => {
  const random = seeded(1);
  let shown = 0;
  let missed = 0;
  let wrong = 0;
  for (let round = 0; round < 60; round++) {
    const picture = table(random);
    const id = Math.floor(random() * 256);
    const side = 36 + random() * 120;
    const corners = squareAt(
      140 + random() * 360,
      130 + random() * 220,
      side,
      random() * 360,
      random() * 0.25,
    );
    paintMarker(picture, id, corners);
    if (round % 3 === 0) blur(picture.y);
    addNoise(picture, 6, random);
    const ids = new MarkerDetector().detect(picture.y).map((marker) => marker.id);
    shown++;
    if (!ids.includes(id)) missed++;
    wrong += ids.filter((other) => other !== id).length;
  }
  for (let round = 0; round < 40; round++) {
    const picture = table(random);
    const corners = squareAt(320, 240, 60 + random() * 100, random() * 360);
    // Squares that are no markers: plain ones, frames, chessboards, and cells at random.
    if (round % 4 === 0) paintSquare(picture.y, corners, () => 25);
    if (round % 4 === 1)
      paintSquare(picture.y, corners, (row, column) =>
        row > 1 && row < 7 && column > 1 && column < 7 ? 225 : 25,
      );
    if (round % 4 === 2)
      paintSquare(picture.y, corners, (row, column) => ((row + column) % 2 === 0 ? 25 : 225));
    if (round % 4 === 3) fillDisc(picture, { x: 320, y: 240 }, 60, [10, 10, 10]);
    addNoise(picture, 6, random);
    wrong += new MarkerDetector().detect(picture.y).length;
  }
  assert.deepEqual({ missed, wrong }, { missed: 0, wrong: 0 }, `of ${shown} markers`);
});

test('a marker that is blurred for a picture is tracked, one that has gone is not', () => {
  const detector = new MarkerDetector();
  const corners = squareAt(320, 240, 70, 10);
  const picture = plain(640, 480, [150, 150, 150]);
  paintMarker(picture, 9, corners);
  assert.deepEqual(
    detector.detect(picture.y).map(({ id, tracked }) => [id, tracked]),
    [[9, false]],
  );
  blur(picture.y, 40);
  assert.deepEqual(new MarkerDetector().detect(picture.y), [], 'it cannot be read');
  assert.deepEqual(
    detector.detect(picture.y).map(({ id, tracked }) => [id, tracked]),
    [[9, true]],
  );
  assert.deepEqual(detector.detect(plain(640, 480, [150, 150, 150]).y), []);
});

test('counts change when markers come and go', () => {
  const counts = new MarkerCounts();
  assert.deepEqual(counts.add([]), []);
  assert.deepEqual(counts.add([7, 3, 7]), [
    { id: 7, count: 2, difference: 2 },
    { id: 3, count: 1, difference: 1 },
  ]);
  assert.deepEqual(counts.add([3, 7, 7]), []);
  assert.deepEqual(counts.add([7]), [
    { id: 7, count: 1, difference: -1 },
    { id: 3, count: 0, difference: -1 },
  ]);
});

test('an overlay lies on the marker in its perspective, at its scale, and nowhere else', () => {
  const overlay = makeOverlay(plainImage(40, 40, [200, 20, 20]), '')!;
  for (const scale of [0.5, 1, 1.6]) {
    const picture = plain(420, 380, [90, 90, 90]);
    const corners = squareAt(210, 190, 80, 25, 0.15);
    drawOverlay(picture, overlay, corners, scale);
    const middle = { x: 210, y: 190 };
    const along = (corner: Point, share: number): Point => ({
      x: Math.round(middle.x + (corner.x - middle.x) * share),
      y: Math.round(middle.y + (corner.y - middle.y) * share),
    });
    for (const corner of corners) {
      const inside = along(corner, scale * 0.8);
      const outside = along(corner, scale * 1.25);
      assert.ok(colourDistance(colourAt(picture, inside.x, inside.y), [200, 20, 20]) < 15);
      assert.ok(colourDistance(colourAt(picture, outside.x, outside.y), [90, 90, 90]) < 15);
    }
  }
});

test('images keep their shape in the square, text is written over them', () => {
  assert.equal(makeOverlay(undefined, ''), undefined);
  const wide = makeOverlay(plainImage(100, 50, [0, 0, 200]), '')!;
  assert.deepEqual([wide.width, wide.height], [100, 100]);
  assert.equal(wide.data[3], 0, 'nothing above the image');
  assert.deepEqual([...wide.data.subarray(4 * 5050, 4 * 5051)], [0, 0, 200, 255]);
  const text = makeOverlay(undefined, 'HI')!;
  let ink = 0;
  for (let at = 0; at < text.data.length; at += 4)
    if (text.data[at + 3] === 255 && text.data[at] === 0) ink++;
  // H has 17 dots, I has 11.
  assert.ok(Math.abs(ink - 28 * 36) < 30, `${ink}`);
});
