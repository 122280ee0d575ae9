import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePicture, type Picture } from '@rivero/vision';
import fc from 'fast-check';
import { Caption, linesOf } from './caption.js';

const WHITE = 200;

/** Rows and columns that have something white. */
function extent({ width, height, y }: Picture): { rows: number[]; columns: number[] } {
  const rows = new Set<number>();
  const columns = new Set<number>();
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (y.data[row * y.stride + column]! < WHITE) continue;
      rows.add(row);
      columns.add(column);
    }
  }
  return { rows: [...rows], columns: [...columns].sort((a, b) => a - b) };
}

test('lines break at spaces, at the ends of lines, and within words that are too long', () => {
  assert.deepEqual(linesOf('to be or not to be', 6, 9), ['to be', 'or not', 'to be']);
  assert.deepEqual(linesOf('one\ntwo\r\n\nthree', 10, 9), ['one', 'two', 'three']);
  assert.deepEqual(linesOf('incomprehensible', 6, 9), ['incomp', 'rehens', 'ible']);
  assert.deepEqual(linesOf('a b c d', 1, 2), ['a', 'b']);
  assert.deepEqual(linesOf('', 5, 2), []);
});

test('no text makes lines that are too long, too many or empty, and none loses a letter that has room', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 12 }), (text, columns) => {
      const lines = linesOf(text, columns, 1000);
      for (const line of lines)
        assert.ok(line.length > 0 && [...line].length <= columns, JSON.stringify(line));
      const letters = (from: string): string => from.replaceAll(/\s/g, '');
      assert.equal(letters(lines.join('')), letters(text));
      assert.deepEqual(linesOf(text, columns, 2), lines.slice(0, 2));
    }),
  );
});

test('a caption is white, at the bottom, in the middle; it changes and goes', () => {
  const caption = new Caption();
  caption.text = 'HHH';
  const picture = makePicture(320, 240);
  caption.draw(picture);
  const { rows, columns } = extent(picture);
  assert.ok(rows[0]! >= 200 && rows.at(-1)! < 230, `${rows}`);
  assert.equal(rows.length, 14);
  assert.ok(Math.abs((columns[0]! + columns.at(-1)!) / 2 - 160) <= 2, `${columns}`);
  // Larger pictures have larger letters.
  const large = makePicture(640, 480);
  caption.draw(large);
  assert.equal(extent(large).rows.length, 28);
  caption.text = '';
  const empty = makePicture(640, 480);
  caption.draw(empty);
  assert.deepEqual(empty, makePicture(640, 480));
});

test('a caption that is longer than any picture, and a picture that is smaller than any caption', () => {
  const caption = new Caption();
  caption.text = 'ñandú 🙂 '.repeat(1000);
  for (const [width, height] of [
    [320, 240],
    [5, 3],
    [33, 17],
    [1, 1],
  ] as const)
    caption.draw(makePicture(width, height));
});
