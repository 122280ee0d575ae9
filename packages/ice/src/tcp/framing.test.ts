import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader, frameDatagram } from './framing.js';

test('a frame is the length and the datagram', () => {
  assert.deepEqual([...frameDatagram(Uint8Array.of(7, 8, 9))], [0, 3, 7, 8, 9]);
  assert.equal(frameDatagram(new Uint8Array(0x1234))[0], 0x12);
  assert.equal(frameDatagram(new Uint8Array(0x1234))[1], 0x34);
  assert.throws(() => frameDatagram(new Uint8Array(65_536)), RangeError);
});

test('however a stream is cut, the same datagrams come out', () => {
  const datagrams = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 });
  const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(datagrams, cuts, (list, sizes) => {
      const stream = Buffer.concat(list.map(frameDatagram));
      const reader = new FrameReader(300);
      const seen: Buffer[] = [];
      for (let offset = 0, i = 0; offset < stream.length; i++) {
        const end = offset + sizes[i % sizes.length]!;
        for (const datagram of reader.push(stream.subarray(offset, end))) seen.push(Buffer.from(datagram));
        offset = end;
      }
      const wanted = list.filter(({ length }) => length > 0).map((each) => Buffer.from(each));
      assert.deepEqual(seen, wanted);
      assert.equal(reader.broken, false);
    }),
  );
});

test('a frame that is too long breaks the stream, whether its header comes at once or in parts', () => {
  const good = frameDatagram(Uint8Array.of(1, 2, 3));
  const bad = Uint8Array.of(0x10, 0x01, 5, 5, 5);
  const atOnce = new FrameReader(4096);
  assert.deepEqual(
    atOnce.push(Buffer.concat([good, bad, good])).map((each) => [...each]),
    [[1, 2, 3]],
  );
  assert.equal(atOnce.broken, true);
  assert.deepEqual(atOnce.push(good), []);
  const inParts = new FrameReader(4096);
  for (const byte of bad) inParts.push(Uint8Array.of(byte));
  assert.equal(inParts.broken, true);
});
