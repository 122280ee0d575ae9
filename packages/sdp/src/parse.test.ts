import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SdpError, type SdpErrorCode } from './errors.js';
import { parseSessionDescription } from './parse.js';
import { fixture, fixtureNames } from './testing/fixtures.js';
import { formatSessionDescription } from './write.js';

const HEAD = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';

function refused(text: string, code: SdpErrorCode, limits = {}): void {
  assert.throws(
    () => parseSessionDescription(text, limits),
    (error) => error instanceof SdpError && error.code === code,
    JSON.stringify(text.slice(0, 120)),
  );
}

describe('what is read', () => {
  test('a Chromium offer', () => {
    const { media, ...session } = parseSessionDescription(fixture('kurento/chromium-offer'));
    assert.deepEqual(session, {
      origin: {
        username: '-',
        sessionId: '1000000000000000000',
        sessionVersion: '2',
        family: 4,
        address: '127.0.0.1',
      },
      name: '-',
      bundleGroups: [['0', '1']],
      extmapAllowMixed: true,
      msidSemantic: 'WMS media-id-1',
      iceLite: false,
    });
    assert.deepEqual(
      media.map(({ kind, mid, port, direction, setup, rtcpMux, rtcpReducedSize }) => [
        kind,
        mid,
        port,
        direction,
        setup,
        rtcpMux,
        rtcpReducedSize,
      ]),
      [
        ['audio', '0', 9, 'sendrecv', 'actpass', true, true],
        ['video', '1', 9, 'sendrecv', 'actpass', true, true],
      ],
    );
    const [audio, video] = media;
    assert.deepEqual(audio?.payloads[0], {
      payloadType: 111,
      name: 'opus',
      clockRate: 48000,
      channels: 2,
      fmtp: new Map([
        ['minptime', '10'],
        ['useinbandfec', '1'],
      ]),
      feedback: ['transport-cc'],
    });
    assert.deepEqual(video?.payloads[0]?.feedback, [
      'goog-remb',
      'transport-cc',
      'ccm fir',
      'nack',
      'nack pli',
    ]);
    assert.equal(video?.payloads.length, 23);
    assert.deepEqual(video?.extensions[1], {
      id: 2,
      uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
    });
    assert.deepEqual(video?.ssrcGroups, [{ semantics: 'FID', ssrcs: [1002, 1003] }]);
    const msid = { stream: 'media-id-1', track: 'media-id-3' };
    assert.deepEqual(video?.ssrcs, [
      { ssrc: 1002, cname: 'cname1', msid },
      { ssrc: 1003, cname: 'cname1', msid },
    ]);
    assert.deepEqual(video?.msids, [msid]);
    assert.equal(video?.iceUfrag, 'ufr1');
    assert.equal(video?.icePwd, 'password01xxxxxxxxxxxxxx');
    assert.deepEqual(video?.iceOptions, ['trickle']);
    assert.equal(video?.fingerprints[0]?.algorithm, 'sha-256');
  });

  test('every fixture, and what is written of it reads the same', () => {
    for (const name of fixtureNames()) {
      const read = parseSessionDescription(fixture(name));
      // Where there is none a name is written, as the grammar wants it.
      const description = { ...read, name: read.name === '' ? '-' : read.name };
      assert.deepEqual(parseSessionDescription(formatSessionDescription(description)), description, name);
    }
  });

  test('candidates as raw lines, default address and rtcp port', () => {
    const [audio] = parseSessionDescription(fixture('kurento/kms-local-after-chromium-offer')).media;
    assert.equal(audio?.candidates.length, 18);
    assert.equal(audio?.candidates[0], 'candidate:1 1 UDP 2015363327 192.0.2.2 50002 typ host');
    assert.deepEqual(audio?.connection, { family: 4, address: '192.0.2.2' });
    assert.deepEqual(audio?.rtcp, { port: 50000, address: { family: 4, address: '192.0.2.2' } });
    const werift = parseSessionDescription(fixture('peers/werift-offer')).media[0];
    assert.ok(werift?.endOfCandidates);
    assert.match(werift?.candidates[0] ?? '', /^candidate:\S+ 1 udp .* ufrag \w+$/);
  });

  test('Opus has two channels, named or not', () => {
    const text = `${HEAD}m=audio 9 RTP/AVP 111\r\na=rtpmap:111 OPUS/48000\r\n`;
    assert.equal(parseSessionDescription(text).media[0]?.payloads[0]?.channels, 2);
  });

  test('bandwidth, SCTP port and message size', () => {
    const limited = parseSessionDescription(fixture('kurento/kms-offer-webrtc-bandwidth'));
    assert.deepEqual(
      limited.media.map(({ bandwidthAs }) => bandwidthAs),
      [64, 1500],
    );
    const data = parseSessionDescription(fixture('kurento/chromium-offer-data')).media[2];
    assert.deepEqual(data?.sctp, { port: 5000, maxMessageSize: 262144, legacy: false });
    const old = 'm=application 9 DTLS/SCTP 5001\r\na=sctpmap:5001 webrtc-datachannel 1024\r\n';
    assert.deepEqual(parseSessionDescription(HEAD + old).media[0]?.sctp, { port: 5001, legacy: true });
  });

  test('Firefox: security and direction of the session level, braces in msid, directions of extensions', () => {
    const { media } = parseSessionDescription(fixture('peers/firefox-offer'));
    assert.deepEqual(
      media.map(({ fingerprints }) => fingerprints.length),
      [1, 1],
    );
    assert.deepEqual(media[0]?.iceOptions, ['trickle']);
    assert.equal(media[0]?.msids[0]?.stream, '{5f5a5c4d-8d4e-4e7e-9b0a-0123456789ab}');
    assert.deepEqual(media[0]?.extensions[1], {
      id: 2,
      uri: 'urn:ietf:params:rtp-hdrext:csrc-audio-level',
      direction: 'recvonly',
    });
    const [, video] = parseSessionDescription(fixture('peers/firefox-offer-bundle-only')).media;
    assert.ok(video?.bundleOnly && video.rtcpMux);
    assert.equal(video.iceUfrag, '8d9e1f2a');
    assert.equal(video.setup, 'actpass');
  });

  test('simulcast and RIDs', () => {
    const [, video] = parseSessionDescription(fixture('peers/chromium-offer-simulcast')).media;
    assert.deepEqual(
      video?.rids.map(({ id, direction }) => `${id} ${direction}`),
      ['l send', 'm send', 'h send'],
    );
    assert.deepEqual(video?.simulcast, {
      send: ['l', 'm', 'h'].map((rid) => [{ rid, paused: false }]),
    });
    const alternatives = `${HEAD}m=video 9 RTP/SAVPF 96\r\na=simulcast:recv 1 send a,b;~c\r\n`;
    assert.deepEqual(parseSessionDescription(alternatives).media[0]?.simulcast, {
      send: [
        [
          { rid: 'a', paused: false },
          { rid: 'b', paused: false },
        ],
        [{ rid: 'c', paused: true }],
      ],
      receive: [[{ rid: '1', paused: false }]],
    });
  });

  test('addresses with a time to live, mono Opus', () => {
    const [audio] = parseSessionDescription(
      `${HEAD}m=audio 9 RTP/AVP 96\r\nc=IN IP4 192.0.2.1/127\r\na=rtpmap:96 opus/48000/1\r\n`,
    ).media;
    assert.equal(audio?.connection?.address, '192.0.2.1');
    assert.equal(audio?.payloads[0]?.channels, 2);
  });

  test('static payload types without rtpmap, feedback for all payloads', () => {
    const text = `${HEAD}m=audio 9 RTP/AVP 0 8 96\r\na=rtcp-fb:* nack\r\n`;
    const [audio] = parseSessionDescription(text).media;
    assert.deepEqual(
      audio?.payloads.map(({ name, feedback }) => [name, feedback]),
      [
        ['PCMU', ['nack']],
        ['PCMA', ['nack']],
      ],
    );
    assert.deepEqual(audio?.formats, ['0', '8', '96']);
  });
});

describe('what is tolerated', () => {
  test('LF and CR line ends, blank lines, trailing blanks, unknown lines', () => {
    const expected = parseSessionDescription(fixture('kurento/chromium-offer'));
    const lines = fixture('kurento/chromium-offer').trimEnd().split('\r\n');
    assert.deepEqual(parseSessionDescription(lines.join('\n')), expected);
    assert.deepEqual(parseSessionDescription(lines.join('\r')), expected);
    assert.deepEqual(parseSessionDescription(`${lines.join('  \r\n\r\n')}\r\n\r\n`), expected);
    assert.deepEqual(
      parseSessionDescription(`${lines.join('\r\n')}\r\na=x-unknown\r\na=x-value:1 2\r\nk=prompt\r\n`),
      expected,
    );
    assert.equal(parseSessionDescription(fixture('kurento/plain-rtp-offer-lf')).media.length, 2);
  });

  test('bandwidths: fractions, blanks, -1, which is none, and text', () => {
    const bandwidths = (lines: string) => {
      const [audio] = parseSessionDescription(`${HEAD}m=audio 9 RTP/AVP 0\r\n${lines}\r\n`).media;
      return [audio?.bandwidthAs, audio?.bandwidthTias];
    };
    assert.deepEqual(bandwidths('b=AS:-1\r\nb=TIAS:-1'), [undefined, undefined]);
    assert.deepEqual(bandwidths('b=AS:128.5\r\nb=TIAS: 128000'), [128, 128000]);
    assert.deepEqual(bandwidths('b=AS:many\r\nb=TIAS:'), [undefined, undefined]);
    assert.deepEqual(bandwidths(`b=AS:${'9'.repeat(300)}`), [0x7fffffff, undefined]);
  });

  test('a byte order mark, zeros at the end, blanks where none belong', () => {
    const text = fixture('kurento/chromium-offer-data');
    const expected = parseSessionDescription(text);
    assert.deepEqual(parseSessionDescription(`\ufeff${text}\0\0`), expected);
    const blanks = text
      .replaceAll(/^(a=[\w-]+:)/gm, '$1 ')
      .replaceAll(/^(a=(?:rtpmap|fmtp|rtcp-fb):.*?) /gm, '$1  ')
      .replaceAll(/^m=(\S+) (\S+) /gm, 'm=$1  $2\t');
    assert.notEqual(blanks, text);
    const { media } = parseSessionDescription(blanks);
    assert.deepEqual(
      media.map(({ mid, setup, payloads, iceUfrag }) => [mid, setup, payloads, iceUfrag]),
      expected.media.map(({ mid, setup, payloads, iceUfrag }) => [mid, setup, payloads, iceUfrag]),
    );
  });

  test('origins with blanks in the name, without one, in small letters, or of no known kind', () => {
    const origin = (line: string) => parseSessionDescription(`v=0\r\n${line}\r\ns=-\r\nt=0 0\r\n`).origin;
    assert.deepEqual(origin('o=John  Doe 12 3 in ip6 ::1'), {
      username: 'John Doe',
      sessionId: '12',
      sessionVersion: '3',
      family: 6,
      address: '::1',
    });
    assert.equal(origin('o= 12 3 IN IP4 10.0.0.1').username, '-');
    assert.equal(origin('o=what is this').family, 4);
  });

  test('a c= line that says no address is not replaced by the one of the session', () => {
    const media = 'm=audio 9 RTP/AVP 0\r\n';
    const connection = (session: string, own: string) =>
      parseSessionDescription(`${HEAD}${session}${media}${own}`).media[0]?.connection?.address;
    assert.equal(connection('c=in ip4 10.0.0.1\r\n', ''), '10.0.0.1');
    assert.equal(connection('c=IN IP4 10.0.0.1\r\n', 'c=IN ATM x\r\n'), undefined);
    assert.equal(connection('c=nowhere\r\n', 'c=IN IP6 ::1\r\n'), '::1');
  });

  test('numbers out of range: what they number is left out', () => {
    const audio = (formats: string, lines = '') =>
      parseSessionDescription(
        `${HEAD}m=audio 9 RTP/AVP ${formats}\r\na=rtpmap:96 opus/48000/2\r\n${lines}\r\n`,
      ).media[0]!;
    const expected = audio('96');
    for (const line of [
      'a=rtpmap:300 PCMU/8000',
      'a=rtpmap:97 opus/99999999999',
      'a=fmtp:128 x=1',
      'a=rtcp-fb:128 nack',
      'a=rtcp:70000',
      'a=rtcp:70000 IN IP4 10.0.0.1',
      'a=ssrc:4294967296 cname:x',
      'a=ssrc-group:FID 1 99999999999',
      'a=extmap:999999 urn:x',
      'a=extmap:9999 urn:x',
    ]) {
      assert.deepEqual(audio('96', line), expected, line);
    }
    for (const formats of ['96 128', '300 96 x', '96 99999999999999999999999']) {
      assert.deepEqual(audio(formats).payloads, expected.payloads, formats);
    }
    assert.equal(
      parseSessionDescription(`${HEAD}m=audio 9 RTP/AVP 96\r\na=rtpmap:96 L16/44100/999\r\n`).media[0]
        ?.payloads[0]?.channels,
      1,
    );
    const data = (lines: string, formats = 'webrtc-datachannel') =>
      parseSessionDescription(`${HEAD}m=application 9 UDP/DTLS/SCTP ${formats}\r\n${lines}\r\n`).media[0]
        ?.sctp;
    assert.equal(data('a=sctp-port:65536'), undefined);
    // RFC 8841 section 5.2: there is no default.
    assert.equal(data('a=max-message-size:1000'), undefined);
    assert.deepEqual(data('', '5000'), { port: 5000, legacy: true });
  });

  test('the end of candidates of all m-lines, told at the session level', () => {
    const { media } = parseSessionDescription(
      `${HEAD}a=end-of-candidates\r\nm=audio 9 RTP/AVP 0\r\nm=video 9 RTP/AVP 26\r\n`,
    );
    assert.deepEqual(
      media.map(({ endOfCandidates }) => endOfCandidates),
      [true, true],
    );
  });

  test('a description without media, an empty BUNDLE group, a group of unknown mids', () => {
    assert.deepEqual(parseSessionDescription(HEAD).media, []);
    assert.deepEqual(
      parseSessionDescription(fixture('kurento/kms-offer-webrtc-options-none')).bundleGroups,
      [],
    );
    assert.deepEqual(
      parseSessionDescription(`${HEAD}a=group:BUNDLE x y\r\nm=audio 9 RTP/AVP 0\r\n`).bundleGroups,
      [],
    );
  });

  test('a repeated payload type or rtpmap counts once, the first', () => {
    const text = `${HEAD}m=audio 9 RTP/AVP 96 96 0\r\na=rtpmap:96 opus/48000/2\r\na=rtpmap:96 VP8/90000\r\n`;
    assert.deepEqual(
      parseSessionDescription(text).media[0]?.payloads.map(({ name }) => name),
      ['opus', 'PCMU'],
    );
  });

  test('mids and credentials of digits stay text', () => {
    const text = `${HEAD}m=audio 9 RTP/AVP 0\r\na=mid:007\r\na=ice-ufrag:1234\r\na=ice-pwd:0x10\r\n`;
    const [audio] = parseSessionDescription(text).media;
    assert.deepEqual([audio?.mid, audio?.iceUfrag, audio?.icePwd], ['007', '1234', '0x10']);
  });

  test('hashes that are not known, or prove nothing, when others are there', () => {
    const good = `a=fingerprint:SHA-256 ${Array(32).fill('ab').join(':')}`;
    const text = `${HEAD}a=fingerprint:md5 00:11\r\n${good}\r\na=fingerprint:sha-1 ${Array(20).fill('00').join(':')}\r\nm=audio 9 RTP/AVP 0\r\n`;
    const [audio] = parseSessionDescription(text).media;
    assert.deepEqual(
      audio?.fingerprints.map(({ algorithm }) => algorithm),
      ['sha-256'],
    );
    assert.equal(audio?.fingerprints[0]?.value, Array(32).fill('AB').join(':'));
  });
});

describe('lines that are indented or have no type', () => {
  const SECTION = 'm=audio 9 RTP/AVP 0\r\na=mid:a\r\na=ptime:30\r\n';

  test('an indented description reads like one that is not', () => {
    const plain = parseSessionDescription(HEAD + SECTION);
    for (const indent of ['  ', '\t', '\u00a0 '])
      assert.deepEqual(
        parseSessionDescription(`\r\n${(HEAD + SECTION).replaceAll(/^(?=.)/gm, indent)}`),
        plain,
      );
  });

  test('what has no type is passed over', () => {
    const plain = parseSessionDescription(HEAD + SECTION);
    for (const line of ['what is this', '# a note', '--', 'A=mid:b', '=', 'a', '\u0001'])
      assert.deepEqual(parseSessionDescription(`${HEAD}${line}\r\n${SECTION}${line}`), plain, line);
  });
});

describe('what is refused', () => {
  test('no text', () => refused('', 'EMPTY'));

  test('text that is no SDP', () => {
    for (const text of ['hello', ' ', '{}', 'v=1\r\n', 'v=0', 'v=0\r\ns=-\r\n', `x${HEAD}`]) {
      refused(text, 'INVALID');
    }
  });

  test('malformed m-lines', () => {
    for (const line of [
      'm=',
      'm=audio\u0001 9 RTP/AVP 0',
      'm=audio',
      'm=audio 9',
      'm=audio x RTP/AVP 0',
      'm=audio -1 RTP/AVP 0',
      'm=audio 1.5 RTP/AVP 0',
    ]) {
      refused(`${HEAD}${line}\r\n`, 'INVALID');
    }
  });

  test('ports out of range', () => {
    refused(`${HEAD}m=audio 65536 RTP/AVP 0\r\n`, 'INVALID');
    refused(`${HEAD}m=audio 65536 RTP/AVP 0\r\nm=video 0 RTP/AVP 26\r\nm=\r\n`, 'INVALID');
  });

  test('what is larger than the limits', () => {
    const media = 'm=audio 9 RTP/AVP 0\r\n';
    refused(HEAD + 'a=x\r\n'.repeat(10_000), 'TOO_LARGE');
    refused(HEAD + media.repeat(129), 'TOO_LARGE');
    refused(HEAD + media.repeat(3), 'TOO_LARGE', { maxMedia: 2 });
    refused(`${HEAD}a=x:${'y'.repeat(300_000)}\r\n`, 'TOO_LARGE');
    refused(`${HEAD}a=x:${'\u20ac'.repeat(50)}\r\n`, 'TOO_LARGE', { maxBytes: 150 });
    assert.equal(parseSessionDescription(HEAD + media.repeat(128)).media.length, 128);
  });
});
