import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Canny } from './canny.js';

const [WIDTH, HEIGHT, STRIDE] = [13, 9, 16];

/** The edges in a picture: its columns and rows. */
function edges(
  at: (x: number, y: number) => number,
  weak: number,
  strong: number,
  canny = new Canny(),
): string[] {
  const data = new Uint8Array(STRIDE * HEIGHT).fill(77);
  for (let y = 0; y < HEIGHT; y++) for (let x = 0; x < WIDTH; x++) data[y * STRIDE + x] = at(x, y);
  canny.detect({ data, stride: STRIDE, width: WIDTH, height: HEIGHT }, weak, strong);
  const found: string[] = [];
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const value = data[y * STRIDE + x]!;
      assert.ok(value === 0 || value === 255);
      if (value === 255) found.push(`${x},${y}`);
    }
    // Beside the picture nothing is written.
    assert.deepEqual([...data.subarray(y * STRIDE + WIDTH, (y + 1) * STRIDE)], [77, 77, 77]);
  }
  return found;
}

const column = (x: number, from = 0, to = HEIGHT - 1): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${x},${from + i}`);

test('a step is a line of one pixel, in each direction', () => {
  assert.deepEqual(
    edges((x) => (x < 6 ? 50 : 100), 100, 150),
    column(5),
  );
  assert.deepEqual(
    edges((_x, y) => (y < 4 ? 50 : 100), 100, 150),
    Array.from({ length: WIDTH }, (_, x) => `${x},3`),
  );
  for (const direction of [1, -1]) {
    const diagonal = edges((x, y) => (x - 6 > direction * (y - 4) ? 200 : 20), 100, 150);
    assert.ok(diagonal.length >= HEIGHT && diagonal.length <= 2 * HEIGHT, `${diagonal}`);
  }
});

test('what is too weak is none, unless it hangs together with what is strong', () => {
  // Sobel gives four times the height of a step.
  assert.deepEqual(
    edges((x) => (x < 6 ? 50 : 60), 40, 80),
    [],
  );
  assert.deepEqual(
    edges((x) => (x < 6 ? 50 : 60), 39, 80),
    [],
  );
  const half = (x: number, y: number): number => (x < 6 ? 50 : y < 4 ? 60 : 90);
  assert.ok(edges(half, 39, 80).includes('5,0'));
  assert.ok(!edges(half, 41, 80).includes('5,0'));
  assert.ok(edges(half, 41, 80).includes('5,8'));
});

test('a picture after another one is not marked by it', () => {
  const canny = new Canny();
  edges((x) => (x < 6 ? 50 : 100), 100, 150, canny);
  assert.deepEqual(
    edges(() => 90, 100, 150, canny),
    [],
  );
});
