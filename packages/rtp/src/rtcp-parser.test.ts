import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRtcpCounters, parseRtcp, type RtcpHandler } from './rtcp-parser.js';
import { guardView } from './testing/guard-view.js';

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));
}

/** Everything that was told, as [name, ...numbers]; places in the buffer become bytes. */
function record(): { calls: unknown[][]; handler: Required<RtcpHandler> } {
  const calls: unknown[][] = [];
  const log =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push([name, ...args]);
    };
  const slice = (buffer: Uint8Array, offset: number, length: number): number[] => {
    const out: number[] = [];
    for (let i = 0; i < length; i++) out.push(buffer[offset + i]!);
    return out;
  };
  const handler: Required<RtcpHandler> = {
    senderReport: log('senderReport'),
    reportBlock: log('reportBlock'),
    cname: (ssrc, buffer, offset, length) =>
      calls.push(['cname', ssrc, String.fromCharCode(...slice(buffer, offset, length))]),
    bye: log('bye'),
    nackPacket: log('nackPacket'),
    nack: log('nack'),
    pli: log('pli'),
    fir: log('fir'),
    remb: (sender, bitrate, buffer, offset, count) =>
      calls.push(['remb', sender, bitrate, slice(buffer, offset, count * 4)]),
    transportFeedback: (sender, media, buffer, offset, length) =>
      calls.push(['transportFeedback', sender, media, slice(buffer, offset, length)]),
    receiverReferenceTime: log('receiverReferenceTime'),
    delaySinceLastReceiverReport: log('delaySinceLastReceiverReport'),
  };
  return { calls, handler };
}

function parse(hex: string): unknown[][] {
  const data = bytes(hex);
  const { calls, handler } = record();
  assert.ok(parseRtcp(guardView(data, 32), 32, data.length, handler), 'well-formed');
  return calls;
}

test('a compound of SR with a report block, SDES and BYE', () => {
  const calls = parse(`
    81c8000c 11223344 e0000001 80000000 0000ffff 00000005 00000320
      55667788 40fffffe 00010002 00000007 12345678 00010000
    81ca0004 11223344 0105 68656c6c6f 00 00000000
    82cb0002 11223344 55667788`);
  assert.deepEqual(calls, [
    ['senderReport', 0x11223344, 0xe0000001 | 0, 0x80000000 | 0, 0xffff, 5, 800],
    ['reportBlock', 0x11223344, 0x55667788, 64, -2, 0x10002, 7, 0x12345678, 0x10000],
    ['cname', 0x11223344, 'hello'],
    ['bye', 0x11223344],
    ['bye', 0x55667788],
  ]);
});

test('reduced size: feedback alone', () => {
  assert.deepEqual(parse('81ce0002 00000001 00000002'), [['pli', 1, 2]]);
  assert.deepEqual(parse('84ce0004 00000001 00000000 00000002 07000000'), [['fir', 1, 2, 7]]);
});

test('NACK pairs: the first and each bit of the mask, wrapping', () => {
  assert.deepEqual(parse('81cd0004 00000001 00000002 fffe8003 00050000'), [
    ['nackPacket', 1, 2],
    ['nack', 1, 2, 0xfffe],
    ['nack', 1, 2, 0xffff],
    ['nack', 1, 2, 0],
    ['nack', 1, 2, 14],
    ['nack', 1, 2, 5],
  ]);
});

test('REMB of 300000 bit/s for one source', () => {
  // 300000 = 150000 << 1: exponent 1 in the upper six bits
  assert.deepEqual(parse('8fce0005 00000001 00000000 52454d42 010649f0 deadbeef'), [
    ['remb', 1, 300000, [0xde, 0xad, 0xbe, 0xef]],
  ]);
});

test('extended reports: reference time and DLRR, others skipped', () => {
  assert.deepEqual(
    parse('80cf0008 00000009 0400 0002 11111111 22222222 0500 0003 00000007 33333333 00000044'),
    [
      ['receiverReferenceTime', 9, 0x11111111, 0x22222222],
      ['delaySinceLastReceiverReport', 9, 7, 0x33333333, 0x44],
    ],
  );
  assert.deepEqual(parse('80cf0002 00000009 01000000'), []);
});

test('transport-wide feedback is padded to a word with any count, as libwebrtc does', () => {
  const lengths: number[] = [];
  const parse = (hex: string): boolean => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
    const transportFeedback = (
      _sender: number,
      _media: number,
      _buffer: Uint8Array,
      _at: number,
      length: number,
    ) => lengths.push(length);
    return parseRtcp(bytes, 0, bytes.length, { transportFeedback });
  };
  // one packet, received: control information of 11 bytes
  assert.equal(parse('afcd0005 00000001 00000002 00080001 00000100 2001 04 01'), true);
  assert.equal(parse('afcd0005 00000001 00000002 00080001 00000100 2001 04 00'), false);
  // a NACK is padded with whole words only
  assert.equal(parse('a1cd0003 00000001 00000002 00000001'), false);
  assert.deepEqual(lengths, [11]);
});

test('padding of the last packet is taken off', () => {
  assert.deepEqual(parse('80c90001 00000001 a1ce0003 00000001 00000002 00000004'), [['pli', 1, 2]]);
});

test('APP and unknown types are skipped and counted', () => {
  const data = bytes('80cc0002 00000001 6e616d65 80d00000 81ce0002 00000001 00000002');
  const { calls, handler } = record();
  const counters = createRtcpCounters();
  assert.ok(parseRtcp(data, 0, data.length, handler, counters));
  assert.deepEqual(counters, { packets: 2, unknown: 1, malformed: 0 });
  assert.deepEqual(calls, [['pli', 1, 2]]);
});

test('malformed datagrams are counted; what stood before is told', () => {
  const cases: [string, string, number][] = [
    ['empty', '', 0],
    ['three bytes', '80c900', 0],
    ['version 1', '40c90001 00000001', 0],
    ['length beyond the end', '80c90002 00000001', 0],
    ['report block missing', '81c90001 00000001', 0],
    ['short sender report', '80c80002 00000001 00000000', 0],
    ['unterminated chunk', '81ca0003 00000001 0106 68656c6c6f68', 1],
    ['item beyond the end', '81ca0002 00000001 01ff6800', 0],
    ['BYE of more sources than it holds', '82cb0001 00000001', 0],
    ['FIR without entry', '84ce0002 00000001 00000000', 0],
    ['NACK without entry', '81cd0002 00000001 00000002', 0],
    ['REMB with too many sources', '8fce0004 00000001 00000000 52454d42 05000000', 0],
    ['padding count zero', 'a0c90002 00000001 00000000', 0],
    ['padding larger than the packet', 'a0c90002 00000001 00000010', 0],
    ['padding in the middle', 'a0c90002 00000001 00000004 80c90001 00000001', 0],
    ['rubbish behind a good packet', '81ce0002 00000001 00000002 ffff', 1],
  ];
  for (const [name, hex, told] of cases) {
    const data = bytes(hex);
    const { calls, handler } = record();
    const counters = createRtcpCounters();
    assert.equal(parseRtcp(guardView(data, 16), 16, data.length, handler, counters), false, name);
    assert.equal(counters.malformed, 1, name);
    assert.equal(calls.length, told, name);
  }
});

test('random bytes never throw and are never read beyond their end', () => {
  const packet = fc
    .tuple(
      fc.constantFrom(200, 201, 202, 203, 204, 205, 206, 207, 77),
      fc.integer({ min: 0, max: 31 }),
      fc.uint8Array({ maxLength: 80 }),
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([type, count, body, lengthError]) => {
      const words = Math.max(0, Math.floor(body.length / 4) + lengthError);
      return [0x80 | count, type, words >> 8, words & 0xff, ...body.subarray(0, body.length & ~3)];
    });
  const datagram = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(packet, { maxLength: 5 }).map((packets) => Uint8Array.from(packets.flat())),
  );
  fc.assert(
    fc.property(datagram, (data) => {
      const { handler } = record();
      parseRtcp(guardView(data, 8), 8, data.length, handler);
    }),
    { numRuns: 2000 },
  );
});
