import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'jpeg-js';
import { decodeImage, loadImage } from './image-file.js';
import { decodePng, encodePng } from './png.js';
import { pictureOf, resizeRgba } from './resize.js';
import { colourAt, colourDistance, plainImage } from './testing/index.js';

test('what is encoded as PNG is decoded again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.infiniteStream(fc.nat(255)),
      (width, height, bytes) => {
        const rgb = Uint8Array.from(bytes.take(width * height * 3));
        const image = decodePng(encodePng(rgb, width, height));
        assert.deepEqual([image.width, image.height], [width, height]);
        const back = rgb.map((_, at) => image.data[Math.floor(at / 3) * 4 + (at % 3)]!);
        assert.deepEqual(back, rgb);
      },
    ),
  );
});

/** A PNG of another kind, made here: the encoder writes only one. */
function png(
  depth: number,
  type: number,
  rows: number[][],
  extra: [string, number[]][] = [],
  width = 2,
): Uint8Array {
  const chunk = (name: string, data: Uint8Array): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(name, 4, 'latin1');
    return Buffer.concat([head, data, Buffer.alloc(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(rows.length, 4);
  header.set([depth, type], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...extra.map(([name, data]) => chunk(name, Uint8Array.from(data))),
    chunk('IDAT', deflateSync(Uint8Array.from(rows.flat()))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

test('PNG: grey, palettes with transparency, opacity, sixteen bits, and every filter', () => {
  assert.deepEqual([...decodePng(png(1, 0, [[0, 0b10000000]])).data], [255, 255, 255, 255, 0, 0, 0, 255]);
  const palette = png(
    4,
    3,
    [[0, 0x10]],
    [
      ['PLTE', [9, 8, 7, 6, 5, 4]],
      ['tRNS', [255, 128]],
    ],
  );
  assert.deepEqual([...decodePng(palette).data], [6, 5, 4, 128, 9, 8, 7, 255]);
  assert.deepEqual(
    [...decodePng(png(8, 4, [[0, 50, 200, 60, 100]])).data],
    [50, 50, 50, 200, 60, 60, 60, 100],
  );
  assert.deepEqual([...decodePng(png(16, 0, [[0, 70, 1, 80, 2]])).data], [70, 70, 70, 255, 80, 80, 80, 255]);
  const filtered = [
    [0, 10, 20],
    [1, 10, 10],
    [2, 5, 5],
    [3, 5, 5],
    [4, 1, 1],
  ];
  const grey = [...decodePng(png(8, 0, filtered)).data].filter((_, at) => at % 4 === 0);
  assert.deepEqual(grey, [10, 20, 10, 20, 15, 25, 12, 23, 13, 24]);
});

test('bytes that are no picture are refused with an error, whatever they are', () => {
  const good = encodePng(new Uint8Array(4 * 4 * 3), 4, 4);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(good.length),
      (changes, length) => {
        const bytes = good.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        try {
          const { width, height, data } = decodeImage(bytes);
          assert.equal(data.length, width * height * 4);
        } catch (error) {
          assert.ok(error instanceof Error);
        }
      },
    ),
  );
  assert.throws(() => decodeImage(Buffer.from('GIF89a')), /no PNG or JPEG/);
});

test('a PNG that says it has more pixels than its bytes hold is refused without the memory', () => {
  const bomb = png(8, 6, [[0]], [], 4000);
  Buffer.from(bomb.buffer, bomb.byteOffset).writeUInt32BE(4000, 20);
  assert.throws(() => decodePng(bomb), /cut off/);
  Buffer.from(bomb.buffer, bomb.byteOffset).writeUInt32BE(4_000_000, 20);
  assert.throws(() => decodePng(bomb), /pixels/);
});

test('images come from files, file: and http: URIs; what cannot be had says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vision-'));
  const jpeg = encode({ width: 8, height: 8, data: plainImage(8, 8, [200, 30, 30]).data }, 95).data;
  const server = createServer((request, response) => {
    if (request.url === '/red.jpg') response.end(jpeg);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    const path = join(folder, 'red.jpg');
    await writeFile(path, jpeg);
    const web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const uri of [path, pathToFileURL(path).href, `${web}/red.jpg`]) {
      const { width, height, data } = await loadImage(uri);
      assert.deepEqual([width, height], [8, 8]);
      assert.ok(colourDistance([data[0]!, data[1]!, data[2]!], [200, 30, 30]) < 8);
    }
    await assert.rejects(loadImage(`${web}/none.png`), /none\.png: the server answered with 404/);
    await assert.rejects(loadImage(join(folder, 'none.png')), /ENOENT/);
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});

test('images are resized and turned into pictures with their colours', () => {
  const image = plainImage(10, 6, [10, 200, 60]);
  for (const [width, height] of [
    [7, 5],
    [40, 30],
    [3, 2],
  ] as const) {
    const picture = pictureOf(image, width, height);
    assert.ok(colourDistance(colourAt(picture, width - 1, height - 1), [10, 200, 60]) <= 4);
  }
  const half = resizeRgba({ width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 255, 9, 9, 9, 0) }, 1, 1);
  assert.deepEqual([...half.data], [255, 0, 0, 128]);
});
