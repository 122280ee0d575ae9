import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mappedPictureNumbers, type PictureNumbers, pictureNumbersLength } from './picture-numbers.js';
import { Vp8Reader } from './vp8.js';
import { Vp9Reader } from './vp9.js';

function patched(
  bytes: Uint8Array,
  numbers: PictureNumbers,
  pictureId: number,
  tl0PicIdx: number,
): Uint8Array {
  const copy = bytes.slice();
  const mapped = mappedPictureNumbers(bytes, numbers, pictureId, tl0PicIdx);
  for (let i = 0; i < pictureNumbersLength(numbers); i++) {
    copy[numbers.pictureIdOffset + i] = mapped >>> (8 * i);
  }
  return copy;
}

const descriptors: [name: string, codec: 'VP8' | 'VP9', hex: string][] = [
  ['VP8, 15 bits, TL0PICIDX and layer', 'VP8', '90 e0 8123 07 20 51'],
  ['VP8, 7 bits, TL0PICIDX', 'VP8', '90 c0 23 07 51'],
  ['VP8, 15 bits alone', 'VP8', '90 80 8123 51'],
  ['VP9, 15 bits, layer, TL0PICIDX', 'VP9', 'a8 8123 13 05 a2'],
  ['VP9, 7 bits, layer, TL0PICIDX', 'VP9', 'a8 23 13 05 a2'],
  ['VP9, flexible mode', 'VP9', 'f8 8123 21 03 04 a2'],
];

for (const [name, codec, hex] of descriptors) {
  test(`picture numbers are mapped and nothing else: ${name}`, () => {
    const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
    const reader = codec === 'VP8' ? new Vp8Reader() : new Vp9Reader();
    fc.assert(
      fc.property(
        fc.integer({ min: -40_000, max: 70_000 }),
        fc.integer({ min: -300, max: 600 }),
        (id, tl0) => {
          assert.ok(reader.parse(bytes, 0, bytes.length));
          const before = { ...reader };
          const mask = reader.pictureIdBytes === 2 ? 0x7fff : 0x7f;
          const copy = patched(bytes, reader, id, tl0);
          assert.ok(reader.parse(copy, 0, copy.length));
          assert.deepEqual(
            { ...reader },
            { ...before, pictureId: id & mask, tl0PicIdx: before.tl0PicIdx < 0 ? -1 : tl0 & 0xff },
          );
        },
      ),
    );
  });
}

test('without a picture id there is nothing to map', () => {
  const reader = new Vp8Reader();
  assert.ok(reader.parse(Uint8Array.of(0x10, 0x51), 0, 2));
  assert.equal(pictureNumbersLength(reader), 0);
});
