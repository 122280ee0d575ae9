import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { createAnswer } from './answer.js';
import { cryptoKeyLength, negotiatedCrypto } from './crypto.js';
import type { CryptoSuite, SessionDescription } from './model.js';
import { parseSessionDescription } from './parse.js';
import { applyRtpAnswer, createRtpAnswer } from './rtp.js';
import { RTP_AUDIO_CODECS, RTP_VIDEO_CODECS } from './rtp-codecs.js';
import { ANSWER_OPTIONS, fixture, fixtureNames } from './testing/fixtures.js';
import { checkAnswer } from './testing/invariants.js';
import { formatSessionDescription } from './write.js';

const SOURCE = { ssrc: 1, cname: 'local' };

/** As an endpoint that takes whatever it can answers; checked for what is true of any answer. */
function answerOf(offer: SessionDescription, suite?: CryptoSuite) {
  const { description, rejections } = createRtpAnswer(offer, {
    session: { sessionId: '1' },
    address: { family: 4, address: '192.0.2.2' },
    sdes: { ...(suite && { suite }), key: (chosen) => new Uint8Array(cryptoKeyLength(chosen)) },
    audio: { codecs: RTP_AUDIO_CODECS, sources: () => SOURCE },
    video: { codecs: RTP_VIDEO_CODECS, sources: () => SOURCE },
    transport: (index, mux) => ({ port: 5000 + 4 * index, ...(!mux && { rtcpPort: 5001 + 4 * index }) }),
  });
  const text = formatSessionDescription(description);
  const answer = parseSessionDescription(text);
  checkAnswer(offer, answer);
  for (const [index, line] of answer.media.entries()) {
    const offered = offer.media[index]!;
    assert.equal(
      line.port === 0,
      rejections.some((rejection) => rejection.index === index),
    );
    if (line.port === 0) continue;
    const secure = offered.protocol.includes('SAVP');
    assert.equal(negotiatedCrypto(line, offered, 'answerer') !== undefined, secure, 'keys where they belong');
    assert.ok(line.rtcpMux || line.rtcp?.port === line.port + 1);
    assert.deepEqual([line.ptime, line.maxptime], [offered.ptime, offered.maxptime]);
  }
  return { answer, text, rejections };
}

/** What the answer says, line by line. */
function summary(offer: SessionDescription): string[] {
  const { answer, rejections } = answerOf(offer);
  return answer.media.map(({ type, port, direction, formats, rtcpMux, cryptos, ptime }, index) => {
    if (port === 0) return `${type}: ${rejections.find((rejection) => rejection.index === index)?.reason}`;
    const crypto = cryptos?.[0];
    const further = [
      ...(rtcpMux ? ['mux'] : []),
      ...(crypto === undefined ? [] : [`${crypto.tag} ${crypto.suite}`]),
      ...(ptime === undefined ? [] : [`${ptime} ms`]),
    ];
    return [`${type} ${direction} ${formats.join(' ')}`, ...further].join(', ');
  });
}

const NOT_SDES = 'its protocol is neither RTP nor SRTP with SDES';
const ALTERNATIVE = 'audio: it is an alternative to one that is accepted';
const FAX = 'image: media of type image is not known';
const DATA = 'application: media of type application is not known';

/** Offers in the style of phones, switches and gateways, and the answers to them. */
const PHONES: Record<string, string[]> = {
  '3cx': ['audio sendrecv 0 8 102, 20 ms'],
  'asterisk-chan-sip-video': ['audio sendrecv 8 101, 20 ms', 'video sendrecv 99 34'],
  'asterisk-fax': [FAX],
  'asterisk-hold': ['audio recvonly 0 101, 20 ms'],
  'asterisk-pjsip-sdes': ['audio sendrecv 107 9 8 101, 1 AES_CM_128_HMAC_SHA1_80, 20 ms'],
  'asterisk-pjsip': ['audio sendrecv 0 8 101, 20 ms'],
  'asterisk-webrtc-without-mux': [`audio: ${NOT_SDES}`],
  'avaya-srtp-capneg': ['audio sendrecv 0 120'],
  avaya: ['audio sendrecv 0 120, 20 ms'],
  baresip: ['audio sendrecv 96 0 8 101, 20 ms'],
  'camera-with-ttl': ['video recvonly 96'],
  'cisco-capabilities': ['audio sendrecv 0'],
  'cisco-gateway': ['audio sendrecv 0 101, 20 ms'],
  'cisco-phone': ['audio sendrecv 114 9 0 8 101', 'video sendonly 100 126 97'],
  'doorbell-recvonly': ['audio sendonly 8', 'video recvonly 104'],
  doubango: ['audio sendrecv 0 8 101, 20 ms', 'video sendrecv 111'],
  'freeswitch-opus-first': ['audio sendrecv 102 103 0 104, mux, 20 ms'],
  'freeswitch-srtp-optional': ['audio sendrecv 8 101, 3 AES_256_CM_HMAC_SHA1_80, 20 ms', ALTERNATIVE],
  'freeswitch-webrtc': ['audio: no SRTP suite in common'],
  freeswitch: ['audio sendrecv 0 8 9 101, 20 ms'],
  fritzbox: ['audio sendrecv 9 8 0 101'],
  grandstream: ['audio sendrecv 0 8 9 101, 20 ms'],
  'hand-written': ['audio sendrecv 0'],
  'ipv6-phone': ['audio sendrecv 8 0 96'],
  'jitsi-zrtp-ice': ['audio sendrecv 96 9 100 102 0 8 101, 20 ms', 'video sendonly 105 99'],
  'linphone-audio': ['audio sendrecv 96 97 98 0 8 101'],
  'linphone-srtp-by-capabilities': ['audio sendrecv 0 101'],
  'linphone-video': ['audio sendrecv 96 0', 'video sendrecv 96 97'],
  'linphone-zrtp': ['audio sendrecv 0 8 101'],
  'message-and-text': [
    'audio sendrecv 0',
    'text: media of type text is not known',
    'message: media of type message is not known',
  ],
  microsip: ['audio sendrecv 8 0 101, mux'],
  mitel: ['audio sendrecv 9 0 8 101, 30 ms'],
  mobicents: ['audio sendrecv 8 0 101, 20 ms'],
  'mono-opus': ['audio sendrecv 96 8, 20 ms'],
  'named-address': ['audio sendrecv 8'],
  'nothing-in-common': ['audio: no codec in common'],
  'pjsua-ice-srtp': ['audio sendrecv 0 8 101, 1 AES_256_CM_HMAC_SHA1_80'],
  'pjsua-video': ['audio sendrecv 96 0 97', 'video sendrecv 97'],
  pjsua: ['audio sendrecv 98 97 99 0 8 9 96'],
  'polycom-hold-old': ['audio recvonly 0 127'],
  polycom: ['audio sendrecv 9 0 8 127'],
  'rtpengine-avpf': ['audio sendrecv 111 0', 'video sendrecv 96'],
  'rtpengine-from-browser': ['audio sendrecv 8 96 101, 20 ms'],
  'sip-js-without-ice': [`audio: ${NOT_SDES}`],
  'skype-connect-mki': ['audio sendrecv 8 101, 1 AES_CM_128_HMAC_SHA1_80, 20 ms'],
  'snom-crypto-in-avp': ['audio sendrecv 8 101, 20 ms'],
  'snom-srtp-optional': ['audio sendrecv 9 0 8 101, 1 AES_CM_128_HMAC_SHA1_32, 20 ms', ALTERNATIVE],
  'sonus-fax-with-audio': ['audio sendrecv 0 8 101', FAX],
  'sonus-fax': [FAX, 'audio: the offer rejects it itself'],
  'teams-sbc': ['audio sendrecv 9 0 8 101, mux, 2 AES_CM_128_HMAC_SHA1_80, 20 ms'],
  'volte-amr': ['audio sendrecv 116 107 118 96 111, 20 ms'],
  'volte-evs': ['audio sendrecv 104 110, 20 ms'],
  'yealink-video': ['audio sendrecv 0 101, 20 ms', 'video sendrecv 99 97', DATA, DATA],
  yealink: ['audio sendrecv 9 0 8 101, 20 ms'],
  zoiper: ['audio sendrecv 0 8 110 101, 5 AES_256_CM_HMAC_SHA1_80'],
};

describe('offers of phones and gateways', () => {
  test('each has its answer here', () => {
    assert.deepEqual(
      Object.keys(PHONES).sort(),
      fixtureNames(['phones'])
        .map((name) => name.slice('phones/'.length))
        .sort(),
    );
  });

  for (const [name, expected] of Object.entries(PHONES)) {
    test(name, () => {
      assert.deepEqual(summary(parseSessionDescription(fixture(`phones/${name}`))), expected);
    });
  }

  test('with SRTP alone, only what is encrypted is taken', () => {
    for (const name of fixtureNames(['phones'])) {
      const offer = parseSessionDescription(fixture(name));
      const { answer } = answerOf(offer, 'AES_CM_128_HMAC_SHA1_80');
      for (const { port, cryptos } of answer.media)
        assert.equal(port !== 0, cryptos?.[0]?.suite === 'AES_CM_128_HMAC_SHA1_80', name);
    }
  });
});

test('the answers of WebRTC endpoints to all fixtures are answers', () => {
  for (const name of fixtureNames()) {
    const offer = parseSessionDescription(fixture(name));
    const { text } = createAnswer(offer, { ...ANSWER_OPTIONS, data: {}, maxTransports: 8 });
    checkAnswer(offer, parseSessionDescription(text));
  }
});

const KEY = 'A'.repeat(40);
const KEY_256 = `${'A'.repeat(60)}A=`;

const audioFormat = fc.constantFrom(
  ['0', ''],
  ['8', 'a=rtpmap:8 PCMA/8000'],
  ['9', 'a=rtpmap:9 G722/8000'],
  ['18', 'a=rtpmap:18 G729/8000'],
  ['96', 'a=rtpmap:96 opus/48000/2\na=fmtp:96 useinbandfec=1'],
  ['97', 'a=rtpmap:97 AMR-WB/16000\na=fmtp:97 octet-align=1'],
  ['98', 'a=rtpmap:98 speex/16000'],
  ['99', ''],
  ['100', 'a=rtpmap:100 telephone-event/48000'],
  ['101', 'a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15'],
  ['126', 'a=rtpmap:126 telephone-event/8000'],
  ['13', 'a=rtpmap:13 CN/8000'],
  ['72', 'a=rtpmap:72 PCMU/8000'],
);
const videoFormat = fc.constantFrom(
  ['34', ''],
  ['96', 'a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack pli'],
  ['97', 'a=rtpmap:97 H264/90000\na=fmtp:97 profile-level-id=42e01f'],
  ['98', 'a=rtpmap:98 H264/90000\na=rtcp-fb:* ccm fir'],
  ['99', 'a=rtpmap:99 rtx/90000\na=fmtp:99 apt=96'],
  ['102', 'a=rtpmap:102 theora/90000'],
);
const line = fc
  .record({
    kind: fc.constantFrom('audio', 'video', 'image', 'application'),
    port: fc.constantFrom(0, 9, 4000, 4002, 4004, 65535),
    protocol: fc.constantFrom('RTP/AVP', 'RTP/AVPF', 'RTP/SAVP', 'RTP/SAVPF', 'UDP/TLS/RTP/SAVPF', 'udptl'),
    audio: fc.uniqueArray(audioFormat, { maxLength: 6 }),
    video: fc.uniqueArray(videoFormat, { maxLength: 4 }),
    attributes: fc.subarray([
      'a=rtcp-mux',
      'a=ptime:20',
      'a=maxptime:60',
      'a=rtcp:4005',
      'c=IN IP4 192.0.2.77',
      'c=IN IP4 0.0.0.0',
      'b=AS:64',
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
      `a=crypto:7 AES_256_CM_HMAC_SHA1_80 inline:${KEY_256}`,
      'a=crypto:3 F8_128_HMAC_SHA1_80 inline:AA',
      'a=setup:actpass',
      'a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
    ]),
    direction: fc.constantFrom('', 'a=sendrecv', 'a=sendonly', 'a=recvonly', 'a=inactive'),
  })
  .map(({ kind, port, protocol, audio, video, attributes, direction }) => {
    const formats = kind === 'audio' ? audio : video;
    const numbers = formats.map(([number]) => number).join(' ');
    const lines = [...formats.map(([, map]) => map), ...attributes, direction].filter((text) => text !== '');
    return [`m=${kind} ${port} ${protocol} ${numbers === '' ? 't38' : numbers}`, ...lines].join('\n');
  });

test('any offer gets an answer as RFC 3264 wants it, which the other side can take', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 5 }), fc.boolean(), (lines, withAddress) => {
      const session = `v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\n${withAddress ? 'c=IN IP4 192.0.2.10\n' : ''}t=0 0\n`;
      const offer = parseSessionDescription(session + lines.join('\n'));
      const { answer, text } = answerOf(offer);
      if (answer.media.every(({ port }) => port === 0)) return;
      assert.deepEqual(applyRtpAnswer(offer, text).rejections, []);
    }),
    { numRuns: 1000 },
  );
});
