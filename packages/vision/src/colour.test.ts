import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BitMask } from './bit-mask.js';
import { rgbToHsv, rgbToYuv, yuvToRgb } from './colour.js';
import { ColourHistogram, ColourMask, inRange } from './colour-range.js';
import { fillArea, plain } from './testing/index.js';

test('colours are those of BT.601 with limited range, and hues those of OpenCV', () => {
  assert.deepEqual(rgbToYuv(255, 255, 255), { y: 235, u: 128, v: 128 });
  assert.deepEqual(rgbToYuv(255, 0, 0), { y: 81, u: 90, v: 240 });
  const hsv = (r: number, g: number, b: number) => rgbToHsv((r << 16) | (g << 8) | b);
  assert.equal(hsv(255, 0, 0), (0 << 16) | (255 << 8) | 255);
  assert.equal(hsv(0, 255, 0), (60 << 16) | (255 << 8) | 255);
  assert.equal(hsv(0, 0, 255), (120 << 16) | (255 << 8) | 255);
  assert.equal(hsv(255, 0, 100) >>> 16, 168);
  assert.equal(hsv(128, 128, 128), 128);
  for (let r = 0; r < 256; r += 15) {
    for (let b = 0; b < 256; b += 15) {
      const { y, u, v } = rgbToYuv(r, 100, b);
      const rgb = yuvToRgb(y, u, v);
      assert.ok(
        Math.abs((rgb >> 16) - r) <= 3 &&
          Math.abs(((rgb >> 8) & 255) - 100) <= 3 &&
          Math.abs((rgb & 255) - b) <= 3,
      );
    }
  }
});

test('a range is learnt from a part of a picture, red around both ends of the hues too', () => {
  const picture = plain(64, 48, [20, 20, 200]);
  fillArea(picture, { x: 0, y: 0, width: 16, height: 16 }, [220, 20, 40]);
  fillArea(picture, { x: 16, y: 0, width: 16, height: 16 }, [220, 40, 20]);
  const histogram = new ColourHistogram();
  assert.ok(histogram.add(picture, { x: 0, y: 0, width: 32, height: 16 }));
  const range = histogram.range(10, 2, 5, 30);
  assert.ok(range !== undefined && range.hueFrom > 170 && range.hueTo < 10, JSON.stringify(range));
  assert.ok(inRange(range, rgbToHsv(0xdc1818)));
  assert.ok(!inRange(range, rgbToHsv(0x1e1edc)));
  assert.ok(!inRange(range, rgbToHsv(0x100000)), 'too dark');
  const mask = new BitMask(64, 48);
  new ColourMask(range).find(picture, mask);
  assert.equal(mask.count(), 32 * 16);
  assert.equal(mask.get(31, 15), 1);
  assert.equal(mask.get(31, 16), 0);
});

test('an area beside the picture has no colour', () => {
  const histogram = new ColourHistogram();
  assert.equal(histogram.add(plain(16, 16, [255, 0, 0]), { x: 20, y: 0, width: 5, height: 5 }), false);
  assert.equal(histogram.range(1, 0, 0, 0), undefined);
});
