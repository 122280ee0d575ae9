import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checksumFits, PacketWriter, parsePacket } from './packet.js';

const chunk = fc.record(
  {
    type: fc.integer({ min: 0, max: 255 }),
    flags: fc.integer({ min: 0, max: 255 }),
    value: fc.uint8Array({ maxLength: 40 }),
  },
  { noNullPrototype: true },
);

test('what is written is read again, with a checksum that fits', () => {
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 8 }), fc.nat(0xffffffff), (chunks, tag) => {
      const writer = new PacketWriter(512, 5000, 6000);
      for (const one of chunks) writer.append(one);
      const packet = writer.finish(tag, true);
      assert.equal(packet.length % 4, 0);
      assert.ok(checksumFits(packet));
      const parsed = parsePacket(packet)!;
      assert.deepEqual(
        { ...parsed, checksum: 0 },
        { sourcePort: 5000, destinationPort: 6000, tag, checksum: 0, chunks },
      );
      packet[packet.length - 1]! ^= 1;
      assert.ok(!checksumFits(packet));
      assert.ok(writer.empty);
    }),
  );
});

test('padding is zero, also where an earlier packet had data', () => {
  const writer = new PacketWriter(64, 1, 2);
  writer.append({ type: 0, flags: 0, value: new Uint8Array(40).fill(0xff) });
  writer.finish(1, true);
  writer.append({ type: 0, flags: 0, value: Uint8Array.of(1) });
  assert.deepEqual([...writer.finish(1, true).subarray(16)], [1, 0, 0, 0]);
});

test('lengths that do not fit make a packet malformed, whatever it contains', () => {
  const header = new Uint8Array(12);
  const malformed = [[], [0, 0, 0], [0, 0, 0, 3], [0, 0, 0, 5], [0, 0, 0, 4, 1], [0, 0, 0, 4, 0, 0, 0, 0]];
  for (const bytes of malformed) {
    assert.equal(parsePacket(Uint8Array.of(...header, ...bytes)), undefined, bytes.join());
  }
  assert.equal(parsePacket(new Uint8Array(3)), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const packet = parsePacket(bytes);
      let length = 12;
      for (const { value } of packet?.chunks ?? []) length += (4 + value.length + 3) & ~3;
      assert.ok(packet === undefined || (length >= bytes.length && length < bytes.length + 4));
    }),
  );
});
