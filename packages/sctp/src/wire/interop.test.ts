import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInit } from './init.js';
import { checksumFits, parsePacket } from './packet.js';

/** INIT packets as other stacks sent them. */
const packets = {
  usrsctp:
    '138813880000000048f3ab8c0100005e6516109200100000040004006d6e1656c0000004800100080000000180080009c00fc1808200000080020024' +
    '94b9d364acd71cbf8947f506986ae6590038ee43dc36d5ec0fc80338a08517f780040006000100008003000680c10000',
  dcsctp: '1388138800000000b801eb040100001e842dd53600500000ffffffff6f1dcf7cc00000048008000682c00000',
} as const;

test('the INIT of usrsctp (libdatachannel) is understood', () => {
  const bytes = Buffer.from(packets.usrsctp, 'hex');
  assert.ok(checksumFits(bytes));
  const packet = parsePacket(bytes)!;
  assert.deepEqual([packet.sourcePort, packet.destinationPort, packet.tag], [5000, 5000, 0]);
  assert.deepEqual(parseInit(packet.chunks[0]!.value), {
    tag: 0x65161092,
    receiveWindow: 0x100000,
    outboundStreams: 1024,
    inboundStreams: 1024,
    initialTsn: 0x6d6e1656,
    features: { partialReliability: true, reconfiguration: true, zeroChecksum: true },
    unrecognized: [],
  });
});

test('the INIT of dcSCTP (Chromium) is understood', () => {
  const bytes = Buffer.from(packets.dcsctp, 'hex');
  assert.ok(checksumFits(bytes));
  assert.deepEqual(parseInit(parsePacket(bytes)!.chunks[0]!.value), {
    tag: 0x842dd536,
    receiveWindow: 0x500000,
    outboundStreams: 65_535,
    inboundStreams: 65_535,
    initialTsn: 0x6f1dcf7c,
    features: { partialReliability: true, reconfiguration: true, zeroChecksum: false },
    unrecognized: [],
  });
});
