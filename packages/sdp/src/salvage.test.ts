import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MediaDescription } from './model.js';
import { parseSessionDescription } from './parse.js';
import { PassedOver } from './passed-over.js';
import { answerText } from './testing/answering.js';
import { fixture } from './testing/fixtures.js';

const HEAD = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';
const DIGEST = Array(32).fill('AB').join(':');
const TRANSPORT = `a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 ${DIGEST}\r\na=rtcp-mux\r\n`;
const GOOD = `m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:good\r\n${TRANSPORT}`;

function reasonsOf(text: string): string[] {
  const passedOver = new PassedOver();
  parseSessionDescription(text, {}, passedOver);
  return passedOver.reasons;
}

/** Of a second m-line, bad, behind a good one: what is read of it, and that the answer rejects it alone. */
function second(lines: string): MediaDescription {
  const text = `${HEAD}${GOOD}${lines}\r\n`;
  const { rejections, written } = answerText(text);
  assert.deepEqual(
    written.media.map(({ port }) => port !== 0),
    [true, false],
    lines,
  );
  assert.deepEqual(
    rejections.map(({ index }) => index),
    [1],
  );
  const [first, bad] = parseSessionDescription(text).media;
  assert.deepEqual(first, parseSessionDescription(HEAD + GOOD).media[0]);
  return bad!;
}

describe('what costs its m-line alone', () => {
  test('an m-line that is malformed, answered with what can be read of it', () => {
    for (const [line, type, protocol, formats] of [
      ['m=video 9 UDP/TLS/RTP/SAVPF 96 97', 'video', 'UDP/TLS/RTP/SAVPF', ['96', '97']],
      ['m=video -1 UDP/TLS/RTP/SAVPF 96', 'video', 'UDP/TLS/RTP/SAVPF', ['96']],
      ['m=video x RTP/AVP', 'video', 'RTP/AVP', []],
      ['m=video 9', 'video', 'unknown', []],
      ['m=', 'unknown', 'unknown', []],
      ['m=vid\u0001eo 9 RTP/AVP 96', 'unknown', 'RTP/AVP', ['96']],
    ] as const) {
      const bad = second(line === 'm=video 9 UDP/TLS/RTP/SAVPF 96 97' ? line.replace('9', '9.5') : line);
      assert.deepEqual([bad.type, bad.protocol, bad.formats], [type, protocol, formats], line);
      assert.equal(bad.problem, 'its m-line is malformed');
    }
  });

  test('a port out of range', () => {
    const bad = second(`m=video 65536 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n${TRANSPORT}`);
    assert.deepEqual([bad.port, bad.problem], [0, 'its port is out of range']);
    second('m=video 999999999999999999999 UDP/TLS/RTP/SAVPF 96');
  });

  test('the mid of another m-line', () => {
    const bad = second(
      `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:good\r\na=rtpmap:96 VP8/90000\r\n${TRANSPORT}`,
    );
    assert.deepEqual([bad.mid, bad.problem], [undefined, 'it has the mid of another m-line']);
  });

  test('ICE credentials and fingerprints that are malformed, though the session or the bundle has good ones', () => {
    const video = 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n';
    for (const [line, problem] of [
      [`a=ice-ufrag:${'u'.repeat(257)}`, 'its ICE credentials are malformed'],
      ['a=ice-ufrag:ab\u0001cd', 'its ICE credentials are malformed'],
      ['a=ice-pwd:\u00e9', 'its ICE credentials are malformed'],
      ['a=fingerprint:sha-256 AA:BB', 'its DTLS fingerprint is malformed'],
      [`a=fingerprint:sha-256 ${'A'.repeat(95)}`, 'its DTLS fingerprint is malformed'],
      [`a=fingerprint:sha-256 ${DIGEST} more`, 'its DTLS fingerprint is malformed'],
      [`a=fingerprint:sha-256 ${DIGEST}\u0001`, 'its DTLS fingerprint is malformed'],
    ]) {
      assert.equal(second(`${video}${line}`).transportProblem, problem);
      const bundle = `${HEAD}a=group:BUNDLE good v\r\n${TRANSPORT}${GOOD}${video}${line}\r\n`;
      assert.deepEqual(
        answerText(bundle).rejections,
        [{ index: 1, reason: problem }],
        'in a bundle, with those of the session',
      );
    }
  });

  test('the first m-line of a bundle: the others stay in it', () => {
    const video = `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:v\r\na=rtpmap:96 VP8/90000\r\n${TRANSPORT}`;
    const text = `${HEAD}a=group:BUNDLE good v\r\n${GOOD.replace('audio 9', 'audio 70000')}${video}`;
    const { written, session } = answerText(text);
    assert.deepEqual(written.bundleGroups, [['v']]);
    assert.deepEqual(
      session.media.map(({ accepted, transport }) => [accepted, transport]),
      [
        [false, 0],
        [true, 1],
      ],
    );
  });
});

describe('what costs nothing', () => {
  const plain = parseSessionDescription(HEAD + GOOD).media;
  const reads = (text: string) => assert.deepEqual(parseSessionDescription(text).media, plain, text);

  test('lines that must be there, and are not', () => {
    for (const missing of ['v', 'o', 's', 't'])
      reads(HEAD.replace(new RegExp(`^${missing}=.*\r\n`, 'm'), '') + GOOD);
    reads(GOOD);
    reads(`v=0\n${GOOD.replaceAll('\r\n', '\n')}`);
    const { origin, name } = parseSessionDescription(GOOD);
    assert.deepEqual([origin.username, origin.address, name], ['-', '0.0.0.0', '']);
  });

  test('colons and other characters in ICE credentials', () => {
    const [audio] = parseSessionDescription(
      HEAD + GOOD.replace('ufrag:abcd', 'ufrag:a:b{c}').replace('pwd:', 'pwd:"-_:'),
    ).media;
    assert.deepEqual([audio?.iceUfrag, audio?.icePwd], ['a:b{c}', '"-_:0123456789012345678901']);
  });

  test('control characters in other lines, zeros at the end', () => {
    reads(`${HEAD}a=tool:\u0001\r\n${GOOD}a=mid:\u0000\r\na=x:\u007f\r\n\0\0`);
    reads(`${HEAD}${GOOD.replace('a=mid:good', 'a=mid:good\r\na=mid:\u0007other')}`);
  });

  test('one fingerprint of several that is malformed', () => {
    reads(HEAD + GOOD.replace('a=rtcp-mux', 'a=fingerprint:sha-512 AA:BB\r\na=rtcp-mux'));
  });

  test('capitals in the DTLS role', () => {
    const [audio] = parseSessionDescription(`${HEAD}${GOOD}a=setup:ACTPASS\r\n`).media;
    assert.equal(audio?.setup, 'actpass');
  });
});

describe('what is passed over is told', () => {
  test('not of descriptions as browsers write them', () => {
    for (const name of [
      'kurento/chromium-offer-data',
      'peers/firefox-offer',
      'peers/chromium-offer-simulcast',
    ])
      assert.deepEqual(reasonsOf(fixture(name)), [], name);
    assert.deepEqual(reasonsOf(`${HEAD}m=video 9 RTP/AVPF 26\r\na=rtcp-fb:* trr-int 100\r\n`), []);
  });

  test('with its place and the reason, once, and without the text', () => {
    const lines = [
      ['a=rtpmap:300 secret/8000', 'a=rtpmap, malformed, out of range or repeated'],
      ['a=rtpmap:secret', 'a=rtpmap, malformed'],
      ['a=fmtp:secret', 'a=fmtp, malformed'],
      ['a=fmtp:200 secret', 'a=fmtp, out of range or repeated'],
      ['a=rtcp-fb:200 nack', 'a=rtcp-fb of no payload type'],
      ['a=ssrc:99999999999 cname:secret', 'a=ssrc out of range'],
      ['a=ssrc-group:FID 1 99999999999', 'a=ssrc-group with an SSRC out of range'],
      ['a=extmap:99999 secret', 'a=extmap, malformed or out of range'],
      ['a=setup:secret', 'a=setup of no known role'],
      ['a=setup:0', 'a=setup of no known role'],
      ['a=fingerprint:md5 secret', 'a=fingerprint by an unknown or broken hash'],
      ['a=fingerprint:sha-256 secret', 'a=fingerprint, malformed'],
      ['a=rtcp:secret', 'a=rtcp, malformed'],
      ['c=secret', 'c= that says no address'],
      ['b=AS:secret', 'b= without a number'],
      ['a=ptime:secret', 'a=ptime or a=maxptime without a number of ms'],
      ['a=x:secret\u0001', 'a line with control characters'],
    ];
    for (const [line, reason] of lines)
      assert.deepEqual(reasonsOf(`${HEAD}${GOOD}${line}\r\n`), [`m-line 0: ${reason}`], line);
    assert.deepEqual(reasonsOf(`${HEAD}${GOOD}a=ptime:x\r\na=maxptime:x\r\n`), [
      'm-line 0: a=ptime or a=maxptime without a number of ms (2)',
    ]);
    assert.deepEqual(reasonsOf(`v=0\r\nsecret\r\nsecret\r\nm=audio 9 RTP/AVP 0 x 96\r\n`), [
      'session: a line without a type (2)',
      'm-line 0: a format that is no payload type',
      'm-line 0: a payload type without an a=rtpmap',
      'session: no o= line',
    ]);
  });

  test('a bounded number of times', () => {
    const reasons = reasonsOf(HEAD + 'm=audio 9 RTP/AVP 0\r\na=ptime:x\r\n'.repeat(100));
    assert.equal(reasons.length, 17);
    assert.equal(reasons.at(-1), '84 more');
  });
});
