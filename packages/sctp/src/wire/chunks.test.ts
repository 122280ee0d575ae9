import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseForwardTsn, writeForwardTsn } from './forward-tsn.js';
import { type Init, parseInit, writeInit } from './init.js';
import { parseParameters } from './parameters.js';
import {
  parseAddStreams,
  parseIncomingReset,
  parseOutgoingReset,
  parseReConfigResponse,
  writeOutgoingReset,
  writeReConfigResponse,
} from './reconfig.js';
import { parseSack, writeSack } from './sack.js';

const uint16 = fc.nat(0xffff);
const uint32 = fc.nat(0xffffffff);
const init: Init = {
  tag: 0x01020304,
  receiveWindow: 0x00100000,
  outboundStreams: 1024,
  inboundStreams: 2048,
  initialTsn: 0xfffffff0,
  features: { partialReliability: true, reconfiguration: true, zeroChecksum: true },
  unrecognized: [],
};

test('INIT is laid out as RFC 9260 section 3.3.2 has it', () => {
  const hex = Buffer.from(writeInit(init)).toString('hex');
  const fixed = '01020304' + '00100000' + '0400' + '0800' + 'fffffff0';
  assert.equal(hex, `${fixed}${'c0000004'}${'8008000682c00000'}${'8001000800000001'}`);
  assert.deepEqual(parseInit(Buffer.from(hex, 'hex')), init);
});

test('INIT ACK carries cookie and reports', () => {
  const cookie = Uint8Array.of(1, 2, 3);
  const parsed = parseInit(writeInit({ ...init, cookie, unrecognized: [{ type: 0x4001, value: cookie }] }))!;
  assert.deepEqual(parsed.cookie, cookie);
  assert.deepEqual(parsed.unrecognized, []);
});

test('unknown parameters are skipped, reported or end the list as their type says', () => {
  const plain = Buffer.from(writeInit({ ...init, features: { ...init.features, zeroChecksum: false } }));
  const withParameter = (type: string) =>
    parseInit(
      Buffer.concat([
        plain,
        Buffer.from(`${type}0006abcd0000`, 'hex'),
        Buffer.from('8001000800000001', 'hex'),
      ]),
    )!;
  const outcomes = ['3fff', '7fff', 'bfff', 'ffff'].map((type) => {
    const parsed = withParameter(type);
    return [parsed.features.zeroChecksum, parsed.unrecognized.length];
  });
  assert.deepEqual(outcomes, [
    [false, 0],
    [false, 1],
    [true, 0],
    [true, 1],
  ]);
});

test('INIT with a zero where none may be is malformed', () => {
  for (const wrong of [{ tag: 0 }, { outboundStreams: 0 }, { inboundStreams: 0 }]) {
    assert.equal(parseInit(writeInit({ ...init, ...wrong })), undefined);
  }
  assert.equal(parseInit(new Uint8Array(15)), undefined);
});

test('SACK is laid out as RFC 9260 section 3.3.4 has it, and cut to the room', () => {
  const ranges = [
    [12, 13],
    [15, 15],
  ] as const;
  const sack = writeSack(100, 10, 0x8000, ranges, [9]);
  assert.equal(
    Buffer.from(sack.value).toString('hex'),
    `0000000a${'00008000'}${'00020001'}${'00020003'}${'00050005'}${'00000009'}`,
  );
  assert.deepEqual(parseSack(sack.value), {
    cumulativeTsn: 10,
    receiveWindow: 0x8000,
    gaps: [2, 3, 5, 5],
    duplicates: 1,
  });
  assert.deepEqual(parseSack(writeSack(20, 10, 1, ranges, [9]).value)?.gaps, [2, 3]);
  assert.deepEqual(parseSack(writeSack(16, 10, 1, ranges, [9]).value)?.gaps, []);
});

test('gap blocks that overlap or run backwards are left out', () => {
  const value = Buffer.from('0000000a00008000000400000003000200020004000400060008000a', 'hex');
  assert.deepEqual(parseSack(value)?.gaps, [2, 4, 8, 10]);
});

test('FORWARD TSN and re-configuration parameters are read as written', () => {
  const stream = fc.record({ stream: uint16, sequence: uint16 }, { noNullPrototype: true });
  fc.assert(
    fc.property(uint32, fc.array(stream, { maxLength: 20 }), (newCumulativeTsn, streams) => {
      const forward = { newCumulativeTsn, streams };
      assert.deepEqual(parseForwardTsn(writeForwardTsn(forward).value), forward);
    }),
  );
  fc.assert(
    fc.property(uint32, uint32, uint32, fc.array(uint16), (request, response, lastTsn, streams) => {
      const reset = { request, response, lastTsn, streams };
      assert.deepEqual(parseOutgoingReset(writeOutgoingReset(reset).value), reset);
      const result = { response, result: request };
      assert.deepEqual(parseReConfigResponse(writeReConfigResponse(result).value), result);
    }),
  );
});

test('no parser throws', () => {
  const parsers = [
    parseInit,
    parseSack,
    parseForwardTsn,
    parseOutgoingReset,
    parseIncomingReset,
    parseReConfigResponse,
    parseAddStreams,
    (bytes: Uint8Array) => parseParameters(bytes, 0),
  ];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      for (const parse of parsers) parse(bytes);
    }),
    { numRuns: 500 },
  );
});
