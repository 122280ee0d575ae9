import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementLength, elementOffset, findExtension } from '@rivero/rtp';
import fc from 'fast-check';
import { readKeyFrameMark, writeKeyFrameMark } from './key-frame-mark.js';
import { headerLength } from './packet-view.js';

const ROOM = 64;

/** An RTP packet in memory with room before it. */
function packet(
  extensions: readonly { id: number; data: readonly number[] }[],
  twoByte: boolean,
  csrcs: number,
) {
  const elements = extensions.flatMap(({ id, data }) =>
    twoByte ? [id, data.length, ...data] : [(id << 4) | (data.length - 1), ...data],
  );
  while (elements.length % 4 > 0) elements.push(0);
  const profile = twoByte ? [0x10, 0] : [0xbe, 0xde];
  const block = extensions.length === 0 ? [] : [...profile, 0, elements.length / 4, ...elements];
  const first = 0x80 | (extensions.length === 0 ? 0 : 0x10) | csrcs;
  const header = [first, 96, 1, 2, ...Array(8 + 4 * csrcs).fill(5), ...block];
  const payload = [41, 42, 43];
  const memory = Uint8Array.from([...Array(ROOM).fill(0), ...header, ...payload]);
  return { memory, length: header.length + payload.length, header: header.length };
}

test('a mark is added to whatever header there is, changed where there is one, and leaves the rest alone', () => {
  const extension = fc.record({
    id: fc.integer({ min: 1, max: 13 }),
    data: fc.array(fc.nat(255), { minLength: 1, maxLength: 16 }),
  });
  const extensions = fc.uniqueArray(extension, { maxLength: 4, selector: ({ id }) => id });
  fc.assert(
    fc.property(extensions, fc.boolean(), fc.nat(15), fc.boolean(), (given, twoByte, csrcs, mark) => {
      const { memory, length, header } = packet(given, twoByte, csrcs);
      assert.equal(readKeyFrameMark(memory, ROOM, length), -1);
      const begin = writeKeyFrameMark(memory, ROOM, length, header, mark);
      const longer = length + ROOM - begin;
      assert.equal(readKeyFrameMark(memory, begin, longer), mark ? 1 : 0);
      const now = headerLength(memory, begin, longer);
      assert.equal(begin + now, ROOM + header);
      for (const { id, data } of given) {
        const found = findExtension(memory, begin, longer, id);
        const at = begin + elementOffset(found);
        assert.deepEqual([...memory.subarray(at, at + elementLength(found))], data);
      }
      assert.equal(writeKeyFrameMark(memory, begin, longer, now, !mark), begin);
      assert.equal(readKeyFrameMark(memory, begin, longer), mark ? 0 : 1);
      assert.deepEqual([...memory.subarray(-3)], [41, 42, 43]);
    }),
  );
});
