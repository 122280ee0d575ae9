import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UlpfecDecoder } from './ulpfec.js';

const SSRC = 0x01020304;

function media(sequence: number, payload: Uint8Array, marker = false): Buffer {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = 96 | (marker ? 0x80 : 0);
  header.writeUInt16BE(sequence & 0xffff, 2);
  header.writeUInt32BE(sequence * 3000, 4);
  header.writeUInt32BE(SSRC, 8);
  return Buffer.concat([header, payload]);
}

/** By the letter of RFC 5109 sections 7.3, 7.4 and 8: one level over all of the packets. */
function protect(packets: readonly Buffer[], long: boolean): Buffer {
  const base = packets[0]!.readUInt16BE(2);
  const size = Math.max(...packets.map(({ length }) => length - 12));
  const header = 10 + 2 + (long ? 6 : 2);
  const fec = Buffer.alloc(header + size);
  let length = 0;
  for (const packet of packets) {
    fec[0]! ^= packet[0]! & 0x3f;
    fec[1]! ^= packet[1]!;
    for (let i = 0; i < 4; i++) fec[4 + i]! ^= packet[4 + i]!;
    length ^= packet.length - 12;
    for (let i = 12; i < packet.length; i++) fec[header + i - 12]! ^= packet[i]!;
    const bit = (packet.readUInt16BE(2) - base) & 0xffff;
    fec[12 + (bit >> 3)]! |= 0x80 >> (bit & 7);
  }
  if (long) fec[0]! |= 0x40;
  fec.writeUInt16BE(base, 2);
  fec.writeUInt16BE(length, 8);
  fec.writeUInt16BE(size, 10);
  return fec;
}

describe('ULPFEC', () => {
  test('each of the packets is made again from the others, with masks of both lengths, over the wrap of the numbers', () => {
    const decoder = new UlpfecDecoder();
    for (const [long, offsets] of [
      [false, [0]],
      [false, [0, 1, 2, 15]],
      [true, [0, 3, 16, 47]],
    ] as const) {
      const packets = offsets.map((n) =>
        media(65_530 + n, new Uint8Array(10 + ((n * 7) % 50)).fill(n + 1), n === 3),
      );
      const fec = protect(packets, long);
      for (const lost of packets) {
        decoder.ssrc = SSRC;
        assert.ok(decoder.parse(fec, 0, fec.length));
        assert.deepEqual(
          [...decoder.sequences.subarray(0, decoder.count)],
          packets.map((packet) => packet.readUInt16BE(2)),
        );
        for (const packet of packets) if (packet !== lost) decoder.add(packet, 0, packet.length, []);
        const length = decoder.finish(lost.readUInt16BE(2));
        assert.deepEqual(Buffer.from(decoder.packet.subarray(0, length)), lost);
      }
    }
  });

  test('what is cut off, extended or protects nothing is refused', () => {
    const decoder = new UlpfecDecoder();
    const fec = protect([media(1, new Uint8Array(20)), media(2, new Uint8Array(30))], false);
    for (let length = 0; length < fec.length; length++)
      assert.ok(!decoder.parse(fec, 0, length), `${length}`);
    const extended = Buffer.from(fec);
    extended[0]! |= 0x80;
    assert.ok(!decoder.parse(extended, 0, extended.length));
    const nothing = Buffer.from(fec);
    nothing.fill(0, 12, 14);
    assert.ok(!decoder.parse(nothing, 0, nothing.length));
    assert.equal(decoder.count, 0);
  });

  test('a packet of which only the beginning is protected is not made', () => {
    const decoder = new UlpfecDecoder();
    const [first, second] = [media(1, new Uint8Array(20)), media(2, new Uint8Array(30))];
    const fec = protect([first, second], false);
    fec.writeUInt16BE(24, 10);
    assert.ok(decoder.parse(fec, 0, fec.length));
    decoder.add(first, 0, first.length, []);
    assert.equal(decoder.finish(2), -1);
  });

  test('whatever comes, nothing is thrown and the result fits', () => {
    const decoder = new UlpfecDecoder();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 14, maxLength: 100 }),
        fc.array(fc.uint8Array({ minLength: 12, maxLength: 100 }), { maxLength: 4 }),
        (fec, packets) => {
          fec[0]! &= 0x7f;
          fec[10] = 0;
          fec[11]! &= 0x3f;
          if (!decoder.parse(fec, 0, fec.length)) return;
          for (const packet of packets) decoder.add(packet, 0, packet.length, [1, 3]);
          const length = decoder.finish(5);
          assert.ok(length === -1 || (length >= 12 && length <= fec.length));
        },
      ),
    );
  });
});
