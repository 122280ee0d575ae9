import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BitMask } from './bit-mask.js';
import { Components } from './components.js';

const masks = fc
  .record({ width: fc.integer({ min: 1, max: 70 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) =>
    fc
      .tuple(fc.nat(100), fc.array(fc.nat(99), { minLength: width * height, maxLength: width * height }))
      .map(([share, numbers]) => {
        const mask = new BitMask(width, height);
        for (const [at, number] of numbers.entries())
          if (number < share) mask.set(at % width, Math.floor(at / width));
        return mask;
      }),
  );

const bitsOf = (mask: BitMask): number[] =>
  Array.from({ length: mask.width * mask.height }, (_, at) =>
    mask.get(at % mask.width, Math.floor(at / mask.width)),
  );

/** What the definition says, pixel by pixel. */
function slow(mask: BitMask, rx: number, ry: number, eroding: boolean): number[] {
  return bitsOf(mask).map((_, at) => {
    const x = at % mask.width;
    const y = Math.floor(at / mask.width);
    for (let row = Math.max(0, y - ry); row <= Math.min(mask.height - 1, y + ry); row++) {
      for (let column = Math.max(0, x - rx); column <= Math.min(mask.width - 1, x + rx); column++) {
        if (mask.get(column, row) === (eroding ? 0 : 1)) return eroding ? 0 : 1;
      }
    }
    return eroding ? 1 : 0;
  });
}

test('dilation and erosion are what their definitions say', () => {
  fc.assert(
    fc.property(masks, fc.nat(40), fc.nat(6), fc.boolean(), (mask, rx, ry, eroding) => {
      const expected = slow(mask, rx, ry, eroding);
      if (eroding) mask.erode(rx, ry);
      else mask.dilate(rx, ry);
      assert.deepEqual(bitsOf(mask), expected);
      assert.equal(
        mask.count(),
        expected.reduce<number>((sum, bit) => sum + bit, 0),
      );
    }),
  );
});

test('components are what flooding finds', () => {
  const components = new Components();
  fc.assert(
    fc.property(masks, (mask) => {
      const found = components.find(mask);
      const seen = bitsOf(mask);
      const areas: number[] = [];
      for (let at = 0; at < seen.length; at++) {
        if (seen[at] === 0) continue;
        const stack = [at];
        seen[at] = 0;
        let area = 0;
        for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
          area++;
          const x = next % mask.width;
          for (let dy = -1; dy <= 1; dy++) {
            for (let dx = -1; dx <= 1; dx++) {
              const to = next + dy * mask.width + dx;
              if (x + dx < 0 || x + dx >= mask.width || to < 0 || to >= seen.length || seen[to] === 0)
                continue;
              seen[to] = 0;
              stack.push(to);
            }
          }
        }
        areas.push(area);
      }
      assert.deepEqual(
        found.map(({ area }) => area),
        areas.sort((a, b) => b - a),
      );
      for (const { startX, top, left, right, bottom, x, y } of found) {
        assert.equal(mask.get(startX, top), 1);
        assert.ok(left <= x && x <= right && top <= y && y <= bottom);
      }
    }),
  );
});
