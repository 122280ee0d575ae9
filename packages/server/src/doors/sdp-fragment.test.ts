import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSdpFragment, ufragOf } from './sdp-fragment.js';

test('candidates belong to the m-line before them (the example of RFC 8840 section 9)', () => {
  const fragment = [
    'a=ice-ufrag:8hhY',
    'a=ice-pwd:asd88fgpdd777uzjYhagZg',
    'm=audio 9 RTP/AVP 0',
    'a=mid:1',
    'a=candidate:1 1 UDP 2130706432 198.51.100.1 5000 typ host',
    'm=audio 9 RTP/AVP 0',
    'a=mid:2',
    'a=candidate:1 1 UDP 2130706432 198.51.100.2 5001 typ host',
    'a=end-of-candidates',
  ].join('\r\n');
  assert.deepEqual(readSdpFragment(fragment), {
    ufrag: '8hhY',
    candidates: [
      { candidate: 'candidate:1 1 UDP 2130706432 198.51.100.1 5000 typ host', sdpMid: '1', sdpMLineIndex: 0 },
      { candidate: 'candidate:1 1 UDP 2130706432 198.51.100.2 5001 typ host', sdpMid: '2', sdpMLineIndex: 1 },
    ],
  });
});

test('any text is read', () => {
  assert.deepEqual(readSdpFragment(''), { ufrag: undefined, candidates: [] });
  assert.equal(readSdpFragment('a=candidate:x\n'.repeat(1000)).candidates.length, 100);
  fc.assert(fc.property(fc.string(), (text) => readSdpFragment(text).candidates.length <= 100));
});

test('the user name fragment of a description', () => {
  assert.equal(ufragOf('v=0\r\nm=audio 9 X 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:x\r\n'), 'abcd');
  assert.equal(ufragOf('v=0\r\n'), undefined);
});
