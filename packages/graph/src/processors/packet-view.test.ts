import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { headerLength, PacketView } from './packet-view.js';

const VIDEO = { kind: 'video', ssrc: 7 } as const;
const VP8 = { name: 'VP8', clockRate: 90_000 };

test('whatever comes is either no RTP or a packet within its bounds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(20), (bytes, begin) => {
      const memory = new Uint8Array(400);
      memory.set(bytes, begin);
      if (bytes.length > 0) memory[begin] = (memory[begin]! & 0x3f) | 0x80;
      const header = headerLength(memory, begin, bytes.length);
      if (header === 0) return;
      assert.ok(header >= 12 && header <= bytes.length);
      const view = new PacketView(memory);
      view.set(begin, bytes.length, header, VIDEO, VP8, 0);
      const { byteOffset, byteLength } = view.payload;
      assert.ok(byteOffset === begin + header && byteOffset + byteLength <= begin + bytes.length);
    }),
  );
});

test('reports of RTCP and other versions are no packets', () => {
  const rtcp = Uint8Array.of(0x80, 200, 0, 6, ...Array(24).fill(0));
  assert.equal(headerLength(rtcp, 0, rtcp.length), 0);
  assert.equal(headerLength(Uint8Array.of(0x40, 96, ...Array(10).fill(0)), 0, 12), 0);
});

test('a packet is read, changed and written back without its padding', () => {
  const memory = new Uint8Array(2048);
  memory.set([0xa0, 0x80 | 97, 0xff, 0xfe, 0xf0, 0, 0, 1, 0, 0, 0, 7, 10, 11, 12, 0, 2], 64);
  const view = new PacketView(memory);
  view.set(64, 17, 12, VIDEO, VP8, 5);
  assert.deepEqual(
    [view.kind, view.codec, view.payloadType, view.sequence, view.timestamp, view.marker],
    ['video', 'VP8', 97, 0xfffe, 0xf0000001, true],
  );
  assert.deepEqual([...view.payload], [10, 11, 12]);
  assert.throws(() => {
    view.payload = new Uint8Array(1401);
  }, RangeError);
  assert.throws(() => {
    view.payload = 'text' as never;
  }, TypeError);
  view.payload = Uint8Array.of(1, 2, 3, 4, 5);
  view.timestamp += 2 ** 28;
  view.marker = false;
  assert.equal(view.write(3, 0xfedcba98), 17);
  assert.deepEqual(
    [...memory.subarray(64, 64 + 17)],
    [0x80, 97, 0, 3, 0, 0, 0, 1, 0xfe, 0xdc, 0xba, 0x98, 1, 2, 3, 4, 5],
  );
  view.withdraw();
  assert.equal(view.payload.length, 0);
});
