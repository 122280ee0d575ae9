import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { StunAttribute, StunClass, StunMethod } from '../stun/attributes.js';
import { StunWriter } from '../stun/writer.js';
import { isChannelData, parseChannelData, writeChannelData } from './channel-data.js';
import { TurnStreamReader } from './stream.js';

const stun = (size: number) =>
  new StunWriter()
    .start(StunClass.Indication, new Uint8Array(12), StunMethod.Data)
    .attribute(StunAttribute.Data, new Uint8Array(size).fill(5))
    .finish();

test('ChannelData is written and read, with and without padding', () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5);
  assert.deepEqual([...writeChannelData(0x4001, data, false)], [0x40, 1, 0, 5, 1, 2, 3, 4, 5]);
  assert.equal(writeChannelData(0x4001, data, true).length, 12);
  assert.deepEqual(parseChannelData(writeChannelData(0x4abc, data, true)), { channel: 0x4abc, data });
  assert.equal(parseChannelData(Uint8Array.of(0x40, 1, 0, 6, 1, 2, 3, 4, 5)), undefined);
  assert.equal(parseChannelData(Uint8Array.of(0x50, 1, 0, 0)), undefined);
  assert.ok(!isChannelData(stun(4)));
});

test('however a stream is cut, the same messages come out', () => {
  const message = fc.oneof(
    fc.integer({ min: 0, max: 200 }).map(stun),
    fc.uint8Array({ maxLength: 200 }).map((data) => writeChannelData(0x4005, data, true)),
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(message, { maxLength: 10 }), cuts, (messages, sizes) => {
      const stream = Buffer.concat(messages);
      const reader = new TurnStreamReader();
      const seen: Buffer[] = [];
      for (let offset = 0, i = 0; offset < stream.length; i++) {
        const end = offset + sizes[i % sizes.length]!;
        for (const each of reader.push(stream.subarray(offset, end))) seen.push(Buffer.from(each));
        offset = end;
      }
      assert.deepEqual(
        seen,
        messages.map((each) => Buffer.from(each)),
      );
    }),
  );
});

test('what is no TURN breaks the stream', () => {
  for (const bytes of [
    Buffer.from('HTTP/1.1 400 Bad Request'),
    Uint8Array.of(0, 1, 0, 3, 0x21, 0x12, 0xa4, 0x42),
    Uint8Array.of(0, 1, 0, 4, 1, 2, 3, 4),
    Uint8Array.of(0x40, 0, 0xff, 0xff, 1),
  ]) {
    const reader = new TurnStreamReader();
    assert.deepEqual(reader.push(bytes), []);
    assert.equal(reader.broken, true);
    assert.deepEqual(reader.push(stun(4)), []);
  }
});
