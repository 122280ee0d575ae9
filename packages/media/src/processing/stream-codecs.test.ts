import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CodecFormat, parseFormatParameters } from '@rivero/sdp';
import { encodedFor, isDecodable } from './stream-codecs.js';

const amr = (fmtp: string): CodecFormat => ({
  name: 'AMR-WB',
  clockRate: 16000,
  channels: 1,
  fmtp: parseFormatParameters(fmtp),
});

test('AMR is encoded in the form and the modes that the receiver takes, and shared by who takes the same', () => {
  const parametersFor = (fmtp: string) => Object.fromEntries(encodedFor(amr(fmtp))?.fmtp ?? []);
  assert.deepEqual(parametersFor(''), {});
  assert.deepEqual(parametersFor('octet-align=1;max-red=220'), { 'octet-align': '1' });
  assert.deepEqual(parametersFor('mode-set=0,1,2;mode-change-capability=2'), { 'mode-set': '0,1,2' });
});

test('AMR with checksums, sorted or interleaved, is neither decoded nor encoded', () => {
  for (const fmtp of ['octet-align=1;crc=1', 'robust-sorting=1', 'octet-align=1;interleaving=30']) {
    assert.equal(isDecodable(amr(fmtp)), false, fmtp);
    assert.equal(encodedFor(amr(fmtp)), undefined, fmtp);
  }
  assert.ok(isDecodable(amr('octet-align=1')));
  assert.ok(isDecodable(amr('')));
});
