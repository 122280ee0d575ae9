import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fragmentOf, readSdpFragment, restartOffer, ufragOf } from './sdp-fragment.js';

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
    pwd: 'asd88fgpdd777uzjYhagZg',
    candidates: [
      { candidate: 'candidate:1 1 UDP 2130706432 198.51.100.1 5000 typ host', sdpMid: '1', sdpMLineIndex: 0 },
      { candidate: 'candidate:1 1 UDP 2130706432 198.51.100.2 5001 typ host', sdpMid: '2', sdpMLineIndex: 1 },
    ],
  });
});

test('any text is read', () => {
  assert.deepEqual(readSdpFragment(''), { ufrag: undefined, pwd: undefined, candidates: [] });
  assert.equal(readSdpFragment('a=candidate:x\n'.repeat(1000)).candidates.length, 100);
  fc.assert(fc.property(fc.string(), (text) => readSdpFragment(text).candidates.length <= 100));
});

test('the user name fragment of a description', () => {
  assert.equal(ufragOf('v=0\r\nm=audio 9 X 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:x\r\n'), 'abcd');
  assert.equal(ufragOf('v=0\r\n'), undefined);
});

const DESCRIPTION = [
  'v=0',
  'a=group:BUNDLE 0 1',
  'a=ice-options:trickle',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789012345678901',
  'a=candidate:1 1 UDP 1 192.0.2.1 5000 typ host',
  'a=end-of-candidates',
  'a=sendonly',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:1',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:0123456789012345678901',
  '',
];

test('the ICE of a description, as a fragment', () => {
  const fragment = [...DESCRIPTION.slice(1, 9), ''].join('\r\n');
  assert.equal(fragmentOf(DESCRIPTION.join('\r\n')), fragment);
  const apart = DESCRIPTION.join('\n').replace('1\na=ice-ufrag:abcd', '1\na=ice-ufrag:other');
  assert.match(fragmentOf(apart), /m=video.*\r\na=mid:1\r\na=ice-ufrag:other\r\na=ice-pwd:\d+\r\n$/);
});

test('an offer with other ICE credentials', () => {
  const offer = restartOffer(DESCRIPTION.join('\r\n'), 'new', 'newnewnewnewnewnewnewnew');
  assert.equal(offer.match(/a=ice-ufrag:new\r\na=ice-pwd:newnewnewnewnewnewnewnew\r\n/g)?.length, 2);
  assert.doesNotMatch(offer, /candidate|abcd/);
  assert.match(offer, /a=sendonly\r\nm=video/);
});
