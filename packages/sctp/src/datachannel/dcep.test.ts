import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DataChannelOpen, parseOpen, writeOpen } from './dcep.js';

test('DATA_CHANNEL_OPEN is laid out as RFC 8832 section 5.1 has it', () => {
  const open = { label: 'chat', protocol: 'p', ordered: false, maxRetransmits: 3, priority: 256 };
  const hex = '03' + '81' + '0100' + '00000003' + '0004' + '0001' + '63686174' + '70';
  assert.equal(Buffer.from(writeOpen(open)!).toString('hex'), hex);
  assert.deepEqual(parseOpen(Buffer.from(hex, 'hex')), open);
});

test('every channel type is read as written', () => {
  const reliability = fc.oneof(
    fc.constant({}),
    fc.nat(0xffffffff).map((maxRetransmits) => ({ maxRetransmits })),
    fc.nat(0xffffffff).map((maxPacketLifeTime) => ({ maxPacketLifeTime })),
  );
  const text = fc.string({ unit: 'grapheme', maxLength: 50 });
  fc.assert(
    fc.property(text, text, fc.boolean(), reliability, (label, protocol, ordered, rest) => {
      const open: DataChannelOpen = { label, protocol, ordered, priority: 7, ...rest };
      assert.deepEqual(parseOpen(writeOpen(open)!), open);
    }),
  );
});

test('what is malformed, or of an unknown type, is no open', () => {
  const open = writeOpen({ label: 'ab', protocol: '', ordered: true, priority: 0 })!;
  assert.equal(parseOpen(open.subarray(0, 13)), undefined);
  assert.equal(parseOpen(Uint8Array.of(...open, 0)), undefined);
  assert.equal(parseOpen(open.with(1, 3)), undefined);
  assert.equal(parseOpen(open.with(0, 2)), undefined);
  assert.equal(writeOpen({ label: 'x'.repeat(65_536), protocol: '', ordered: true, priority: 0 }), undefined);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void parseOpen(bytes)));
});
