import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { findCodec } from './codecs.js';
import { encodeChain, encodeKey } from './conversions.js';
import type { EncodeDemand } from './protocol.js';

function demand(name: string, clockRate: number, parameters: Record<string, string> = {}): EncodeDemand {
  return { codec: { name, clockRate, channels: 1, parameters } };
}

test('who wants what an encoder makes otherwise gets one of its own', () => {
  const h264 = encodeKey(demand('H264', 90000, { 'packetization-mode': '1' }));
  assert.equal(encodeKey(demand('H264', 90000)), h264);
  assert.notEqual(encodeKey(demand('H264', 90000, { 'packetization-mode': '0' })), h264);
  const amr = encodeKey(demand('AMR', 8000, { 'octet-align': '1' }));
  assert.equal(encodeKey(demand('AMR', 8000)), amr, 'payload forms differ in packets only');
  assert.notEqual(encodeKey(demand('AMR', 8000, { 'mode-set': '0,2' })), amr);
});

test('H.264 for receivers of whole NAL units has slices that fit into a packet', {
  skip: isGraphEngineBuilt() ? false : 'the graph engine is not built',
}, () => {
  const codec = findCodec('H264')!;
  const optionsOf = (mode: string): unknown => {
    const { steps } = encodeChain(codec, demand('H264', 90000, { 'packetization-mode': mode }), 300_000);
    return steps.find(([factory]) => factory === 'x264enc')?.[1]?.['option-string'];
  };
  assert.equal(optionsOf('0'), 'slice-max-size=1100');
  assert.equal(optionsOf('1'), undefined);
});
