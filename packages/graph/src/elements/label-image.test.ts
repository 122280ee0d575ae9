import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  fitLabel,
  fittedIn,
  fontSizeOn,
  type LabelStyle,
  labelUri,
  placeLabel,
  textUri,
} from './label-image.js';

const PICTURE = { x: 100, y: 50, width: 320, height: 240 };
const STYLE: LabelStyle = {
  text: 'Ann',
  position: 'BOTTOM_LEFT',
  size: 20,
  color: '#FFFFFF',
  background: '#102030',
  opacity: 1,
};

function svgOf(uri: string): string {
  const [type, data] = uri.split(';base64,');
  assert.equal(type, 'data:image/svg+xml');
  return Buffer.from(data!, 'base64').toString();
}

describe('label', () => {
  test('letters follow the height of the picture unless their size is given', () => {
    assert.equal(fontSizeOn(PICTURE, 0), 17);
    assert.equal(fontSizeOn({ ...PICTURE, height: 20 }, 0), 10);
    assert.equal(fontSizeOn({ ...PICTURE, height: 2160 }, 0), 48);
    assert.equal(fontSizeOn(PICTURE, 99), 99);
  });

  test('a text that fits stays, a longer one gets smaller letters, then it is cut', () => {
    assert.deepEqual(fitLabel('Ann', 20, 40, PICTURE), { text: 'Ann', fontSize: 20, width: 60, height: 30 });
    const smaller = fitLabel('Annabel', 20, 300, PICTURE)!;
    assert.equal(smaller.text, 'Annabel');
    assert.ok(smaller.fontSize < 20 && smaller.fontSize > 12);
    const cut = fitLabel('👩‍👩‍👧'.repeat(50), 20, 2000, PICTURE)!;
    assert.match(cut.text, /^(👩‍👩‍👧){5,15}…$/u);
  });

  test('there is none on a picture without room', () => {
    assert.equal(fitLabel('Ann', 20, 40, { ...PICTURE, height: 20 }), undefined);
    assert.equal(fitLabel('Ann', 20, 40, { ...PICTURE, width: 30 }), undefined);
  });

  test('it lies within its picture, at even pixels', () => {
    const side = fc.integer({ min: 1, max: 4000 });
    const box = fc.record({ x: side, y: side, width: side, height: side });
    const positions = fc.constantFrom(
      'TOP_LEFT',
      'TOP',
      'TOP_RIGHT',
      'BOTTOM_LEFT',
      'BOTTOM',
      'BOTTOM_RIGHT',
    );
    fc.assert(
      fc.property(
        box,
        positions,
        fc.string(),
        fc.integer({ min: 6, max: 500 }),
        side,
        (picture, position, text, size, width) => {
          const image = fitLabel(text, size, width, picture);
          if (image === undefined) return;
          const { x, y } = placeLabel(image, position as LabelStyle['position'], picture);
          assert.ok(x % 2 === 0 && y % 2 === 0 && image.width % 2 === 0 && image.height % 2 === 0);
          assert.ok(x >= picture.x - 2 && x + image.width <= picture.x + picture.width + 3);
          assert.ok(y >= picture.y - size && y + image.height <= picture.y + picture.height + size);
        },
      ),
    );
  });

  test('pictures keep their form in their cells', () => {
    assert.deepEqual(fittedIn({ x: 0, y: 0, width: 320, height: 480 }, { width: 160, height: 120 }), {
      x: 0,
      y: 120,
      width: 320,
      height: 240,
    });
  });

  test('no text can be anything else than text', () => {
    const image = {
      text: '</text><image href="/etc/passwd"/>&x;\0\n\ud800',
      fontSize: 10,
      width: 90,
      height: 16,
    };
    for (const svg of [svgOf(labelUri(image, STYLE)), svgOf(textUri(image.text, 10))]) {
      assert.ok(svg.includes('>&lt;/text&gt;&lt;image href="/etc/passwd"/&gt;&amp;x;   </text>'), svg);
      assert.equal(svg.match(/<text /g)?.length, 1);
    }
    assert.match(svgOf(labelUri(image, STYLE)), /fill="#102030".*fill="#FFFFFF"/);
  });
});
