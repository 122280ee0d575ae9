import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { arrange, type Cell, type CompositeLayout } from './composite-layout.js';

const canvas = { width: 800, height: 600 };

test('the grid is that of Kurento', () => {
  assert.deepEqual(arrange('GRID', 0, canvas), []);
  assert.deepEqual(arrange('GRID', 1, canvas), [{ x: 0, y: 0, width: 800, height: 600 }]);
  assert.deepEqual(arrange('GRID', 2, canvas), [
    { x: 0, y: 0, width: 400, height: 600 },
    { x: 400, y: 0, width: 400, height: 600 },
  ]);
  assert.deepEqual(arrange('GRID', 3, canvas)[2], { x: 0, y: 300, width: 400, height: 300 });
  assert.deepEqual(arrange('GRID', 5, canvas)[4], { x: 266, y: 300, width: 266, height: 300 });
});

test('one main picture', () => {
  assert.deepEqual(arrange('SINGLE', 3, canvas), [
    { x: 0, y: 0, width: 800, height: 600 },
    undefined,
    undefined,
  ]);
  assert.deepEqual(arrange('SPEAKER', 1, canvas), [{ x: 0, y: 0, width: 800, height: 600 }]);
  const [main, small] = arrange('SPEAKER', 2, canvas) as Cell[];
  assert.deepEqual(main, { x: 0, y: 0, width: 800, height: 450 });
  assert.equal(small!.y, 450);
});

test('cells lie on the canvas, and those side by side do not overlap', () => {
  const layouts: CompositeLayout[] = ['GRID', 'SPEAKER', 'PICTURE_IN_PICTURE', 'SINGLE'];
  fc.assert(
    fc.property(
      fc.constantFrom(...layouts),
      fc.integer({ min: 1, max: 25 }),
      fc.record({ width: fc.integer({ min: 64, max: 3840 }), height: fc.integer({ min: 64, max: 2160 }) }),
      (layout, count, size) => {
        const cells = arrange(layout, count, size);
        assert.equal(cells.length, count);
        const shown = cells.filter((cell) => cell !== undefined);
        for (const cell of shown) {
          assert.ok(cell.width > 0 && cell.height > 0);
          assert.ok(cell.x >= 0 && cell.x + cell.width <= size.width, `${JSON.stringify(cell)}`);
          assert.ok(cell.y >= 0 && cell.y + cell.height <= size.height, `${JSON.stringify(cell)}`);
        }
        if (layout === 'PICTURE_IN_PICTURE') return;
        for (const [index, a] of shown.entries()) {
          for (const b of shown.slice(index + 1)) {
            const apart =
              a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
            assert.ok(apart, `${JSON.stringify(a)} ${JSON.stringify(b)}`);
          }
        }
      },
    ),
  );
});
