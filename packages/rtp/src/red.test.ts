import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MAX_RED_BLOCKS, RedReader } from './red.js';

interface Block {
  payloadType: number;
  timestampOffset: number;
  data: Uint8Array;
}

/** Writes a RED payload; the last block is the primary. */
function writeRed(blocks: readonly Block[]): Uint8Array {
  const headers = blocks.flatMap(({ payloadType, timestampOffset, data }, index) =>
    index === blocks.length - 1
      ? [payloadType]
      : [
          0x80 | payloadType,
          timestampOffset >> 6,
          ((timestampOffset & 0x3f) << 2) | (data.length >> 8),
          data.length & 0xff,
        ],
  );
  return Buffer.concat([Buffer.from(headers), ...blocks.map(({ data }) => data)]);
}

const block = (maxLength: number, minLength = 0) =>
  fc.record({
    payloadType: fc.integer({ min: 0, max: 127 }),
    timestampOffset: fc.integer({ min: 0, max: 16383 }),
    data: fc.uint8Array({ minLength, maxLength }),
  });

describe('RED', () => {
  test('blocks are found as they were written, wherever the payload lies', () => {
    fc.assert(
      fc.property(
        fc.array(block(300), { maxLength: MAX_RED_BLOCKS - 1 }),
        block(300, 1),
        fc.nat({ max: 50 }),
        (redundant, primary, before) => {
          const payload = writeRed([...redundant, primary]);
          const slab = Buffer.concat([Buffer.alloc(before, 0xff), payload, Buffer.alloc(20, 0xff)]);
          const reader = new RedReader();
          assert.ok(reader.parse(slab, before, payload.length));
          assert.equal(reader.count, redundant.length + 1);
          for (const [i, expected] of [...redundant, { ...primary, timestampOffset: 0 }].entries()) {
            const { payloadTypes, timestampOffsets, offsets, lengths } = reader;
            assert.equal(payloadTypes[i], expected.payloadType);
            assert.equal(timestampOffsets[i], expected.timestampOffset);
            const data = slab.subarray(offsets[i]!, offsets[i]! + lengths[i]!);
            assert.deepEqual([...data], [...expected.data]);
          }
        },
      ),
    );
  });

  test('of whatever comes, blocks lie within the payload, or it is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
        const reader = new RedReader();
        if (!reader.parse(payload, 0, payload.length)) {
          assert.equal(reader.count, 0);
          return;
        }
        for (let i = 0; i < reader.count; i++) {
          assert.ok(reader.offsets[i]! + reader.lengths[i]! <= payload.length);
        }
        assert.ok(reader.lengths[reader.count - 1]! > 0);
      }),
    );
  });

  test('what is cut off, empty or has too many blocks is refused', () => {
    const one = { payloadType: 111, timestampOffset: 960, data: Uint8Array.of(1, 2, 3) };
    const whole = writeRed([one, one]);
    const reader = new RedReader();
    assert.ok(reader.parse(whole, 0, whole.length));
    for (let length = 0; length < 9; length++) assert.ok(!reader.parse(whole, 0, length), `${length} bytes`);
    const many = writeRed(new Array<Block>(MAX_RED_BLOCKS + 1).fill(one));
    assert.ok(!reader.parse(many, 0, many.length));
  });
});
