import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AnswerOptions } from './answer.js';
import { parseSessionDescription } from './parse.js';
import { answer, answerText, formats } from './testing/answering.js';
import { ANSWER_OPTIONS, fixture } from './testing/fixtures.js';

describe('compared with the recorded answers of Kurento', () => {
  const recorded: [offer: string, answer: string, options?: AnswerOptions][] = [
    ['chromium-offer', 'kms-answer-to-chromium'],
    ['chromium-offer-recvonly', 'kms-answer-to-chromium-recvonly'],
    ['chromium-offer-data', 'kms-answer-to-chromium-data', { ...ANSWER_OPTIONS, data: {} }],
    ['kms-offer-webrtc', 'kms-answer-to-kms-webrtc'],
    ['kms-offer-webrtc-ecdsa', 'kms-answer-to-kms-webrtc-ecdsa'],
    ['kms-offer-webrtc-recvonly', 'kms-answer-to-kms-webrtc-recvonly'],
    ['kms-offer-webrtc-sendonly', 'kms-answer-to-kms-webrtc-sendonly'],
    ['kms-offer-webrtc-data', 'kms-answer-to-kms-webrtc-data', { ...ANSWER_OPTIONS, data: {} }],
    ['webrtc-offer-unknown-codec', 'kms-answer-to-unknown-codec'],
    ['plain-rtp-offer-to-webrtc', 'kms-webrtc-answer-to-plain-rtp'],
  ];
  for (const [offer, expected, options] of recorded) {
    test(offer, () => {
      const theirs = parseSessionDescription(fixture(`kurento/${expected}`));
      const { written: ours } = answer(`kurento/${offer}`, options);
      assert.deepEqual(ours.bundleGroups, theirs.bundleGroups);
      assert.equal(ours.extmapAllowMixed, theirs.extmapAllowMixed);
      assert.equal(ours.msidSemantic, theirs.msidSemantic);
      assert.equal(ours.media.length, theirs.media.length);
      for (const [index, their] of theirs.media.entries()) {
        const our = ours.media[index]!;
        assert.deepEqual(formats(our), their.formats);
        assert.equal(our.port, their.port);
        assert.equal(our.protocol, their.protocol);
        assert.equal(our.mid, their.mid);
        assert.deepEqual(our.sctp, their.sctp);
        if (their.port === 0) continue;
        assert.equal(our.direction, their.direction);
        assert.equal(our.setup, their.setup);
        assert.equal(our.rtcpMux, their.rtcpMux);
        assert.deepEqual(our.rtcp, their.rtcp);
        for (const extension of their.extensions)
          assert.deepEqual(
            our.extensions.find(({ id }) => id === extension.id),
            extension,
          );
        for (const payload of their.payloads) {
          const ours = our.payloads.find(({ payloadType }) => payloadType === payload.payloadType)!;
          // Kurento does not know transport-cc.
          const feedback = ours.feedback.filter((value) => value !== 'transport-cc');
          assert.deepEqual({ ...ours, feedback }, payload);
        }
      }
    });
  }

  test('a description without media is answered without media', () => {
    const { text } = answerText('v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n');
    assert.equal(
      text,
      'v=0\r\no=- 4000000000 4000000000 IN IP4 0.0.0.0\r\ns=Rivero\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n',
    );
  });
});

describe('directions and roles', () => {
  const directions: [offered: string, local: 'sendrecv' | 'sendonly' | 'recvonly', expected: string][] = [
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendrecv', 'recvonly', 'recvonly'],
    ['sendrecv', 'sendonly', 'sendonly'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['sendonly', 'sendonly', 'inactive'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['inactive', 'sendrecv', 'inactive'],
  ];
  for (const [offered, local, expected] of directions) {
    test(`${offered} offered to ${local} gives ${expected}`, () => {
      const text = fixture('kurento/chromium-offer').replaceAll('a=sendrecv', `a=${offered}`);
      const audio = { ...ANSWER_OPTIONS.audio, direction: local };
      const media = answerText(text, { ...ANSWER_OPTIONS, audio }).written.media[0];
      assert.equal(media?.direction, expected);
      assert.equal(media?.port, 1);
    });
  }

  test('this side starts DTLS unless the offer wants to', () => {
    const roles = (setup: string) => {
      const text = fixture('kurento/chromium-offer').replaceAll('a=setup:actpass\r\n', setup);
      const { written, session } = answerText(text);
      return [written.media[0]?.setup, session.media[0]?.dtlsRole];
    };
    assert.deepEqual(roles('a=setup:actpass\r\n'), ['active', 'client']);
    assert.deepEqual(roles('a=setup:passive\r\n'), ['active', 'client']);
    assert.deepEqual(roles('a=setup:active\r\n'), ['passive', 'server']);
    assert.deepEqual(roles(''), ['active', 'client']);
  });

  test('the offerer controls ICE unless it is lite', () => {
    assert.equal(answer('kurento/chromium-offer').session.iceControlling, false);
    const lite = fixture('kurento/chromium-offer').replace('t=0 0\r\n', 't=0 0\r\na=ice-lite\r\n');
    assert.equal(answerText(lite).session.iceControlling, true);
  });
});

describe('what is rejected', () => {
  function rejected(text: string, options: AnswerOptions = ANSWER_OPTIONS) {
    const { written, session, rejections } = answerText(text, options);
    for (const { index } of rejections) {
      assert.equal(written.media[index]?.port, 0);
      assert.equal(session.media[index]?.accepted, false);
    }
    assert.equal(written.media.filter(({ port }) => port === 0).length, rejections.length);
    assert.ok(
      written.bundleGroups.every((group) =>
        group.every((mid) => written.media.some((media) => media.mid === mid && media.port !== 0)),
      ),
    );
    return rejections.map(({ index, reason }) => `${index}: ${reason}`);
  }

  test('m-lines of kinds the caller does not want', () => {
    assert.deepEqual(rejected(fixture('kurento/chromium-offer-data')), ['2: data channels are not wanted']);
    const { session, transport, audio } = ANSWER_OPTIONS;
    assert.deepEqual(rejected(fixture('kurento/chromium-offer'), { session, transport, audio }), [
      '1: video is not wanted',
    ]);
  });

  test('m-lines of unknown media; what the log is told of them is short', () => {
    const long = 'x'.repeat(10_000);
    const { rejections } = answerText(fixture('kurento/chromium-offer').replace('m=audio', `m=${long}`));
    assert.deepEqual(rejections, [{ index: 0, reason: `media of type ${long.slice(0, 32)} is not known` }]);
  });

  test('m-lines without what WebRTC needs', () => {
    const offer = fixture('kurento/chromium-offer');
    assert.deepEqual(rejected(offer.replaceAll(/a=fingerprint:.*\r\n/g, '')), [
      '0: it has no DTLS fingerprint by sha-256, sha-384 or sha-512',
      '1: it has no DTLS fingerprint by sha-256, sha-384 or sha-512',
    ]);
    assert.deepEqual(rejected(offer.replaceAll(/a=ice-pwd:.*\r\n/g, ''))[0], '0: it has no ICE credentials');
    const short = '0: it has ICE credentials of less than 4 and 22 characters';
    assert.equal(rejected(offer.replaceAll(/a=ice-pwd:.*/g, `a=ice-pwd:${'p'.repeat(21)}`))[0], short);
    assert.equal(rejected(offer.replaceAll(/a=ice-ufrag:.*/g, 'a=ice-ufrag:abc'))[0], short);
    assert.deepEqual(rejected(offer.replaceAll('a=rtcp-mux\r\n', ''))[0], '0: it lacks rtcp-mux');
    assert.deepEqual(
      rejected(offer.replaceAll('a=setup:actpass', 'a=setup:holdconn'))[0],
      '0: its DTLS role is holdconn',
    );
    assert.deepEqual(rejected(offer.replace('m=video 9 UDP/TLS/RTP/SAVPF', 'm=video 9 udp')), [
      '1: its protocol is not known',
    ]);
    assert.deepEqual(rejected(offer.replace('m=video', 'm=text')), ['1: media of type text is not known']);
    assert.deepEqual(rejected(offer.replace('m=audio 9', 'm=audio 0')), ['0: the offer rejects it itself']);
    assert.deepEqual(rejected(fixture('kurento/webrtc-offer-unknown-codec')), ['0: no codec in common']);
  });

  test('an m-line without formats gets one in the answer, as the grammar wants', () => {
    const offer = fixture('kurento/webrtc-offer-unknown-codec').replace('SAVPF 120', 'SAVPF');
    assert.match(answerText(offer).text, /m=audio 0 UDP\/TLS\/RTP\/SAVPF 0\r\na=inactive\r\na=mid:0\r\n/);
    const data = fixture('kurento/chromium-offer-data').replace('SCTP webrtc-datachannel', 'SCTP');
    const { rejections } = answerText(data, { ...ANSWER_OPTIONS, data: {} });
    assert.deepEqual(rejections, [{ index: 2, reason: 'it has no format' }]);
  });

  test('further m-lines of a kind, unless the caller has sources for them', () => {
    const [session, audio, video] = fixture('kurento/chromium-offer').split(/^(?=m=)/m);
    const second = video!.replace('a=mid:1', 'a=mid:2').replaceAll('a=ssrc:1002', 'a=ssrc:3002');
    const offer = session!.replace('BUNDLE 0 1', 'BUNDLE 0 1 2') + audio + video + second;
    assert.deepEqual(rejected(offer), ['2: no further video is wanted']);
    const sources = [...ANSWER_OPTIONS.video.sources, { ssrc: 2005, cname: 'local' }];
    const options = { ...ANSWER_OPTIONS, video: { ...ANSWER_OPTIONS.video, sources } };
    assert.deepEqual(rejected(offer, options), []);
    const media = answerText(offer, options).session.media;
    assert.deepEqual(
      media.map(({ transport, local }) => [transport, local.ssrc]),
      [
        [0, 1004],
        [0, 1005],
        [0, 2005],
      ],
    );
  });
});

describe('other peers', () => {
  test('Firefox', () => {
    const { written, session, rejections } = answer('peers/firefox-offer');
    assert.deepEqual(rejections, []);
    assert.deepEqual(formats(written.media[0]), ['109', '0', '8']);
    assert.deepEqual(formats(written.media[1]), ['120', '121', '126', '97', '105', '103', '99']);
    assert.deepEqual(session.media[1]?.remote.ssrcs, [
      { ssrc: 2222222222, cname: '{a7b8c9d0-0000-4000-8000-0123456789ab}', rtxSsrc: 2222222223 },
    ]);
    assert.deepEqual(session.bundle, ['0', '1']);
  });

  test('Firefox and webrtcbin with bundle-only m-lines, which have port 0', () => {
    for (const name of ['peers/firefox-offer-bundle-only', 'peers/webrtcbin-offer-max-bundle']) {
      const { written, session, rejections } = answer(name);
      assert.deepEqual(rejections, []);
      assert.deepEqual(
        written.media.map(({ port }) => port),
        [1, 1],
      );
      assert.deepEqual(
        session.media.map(({ transport }) => transport),
        [0, 0],
      );
    }
    const unbundled = fixture('peers/firefox-offer-bundle-only').replace(/a=group:.*\r\n/, '');
    assert.deepEqual(answerText(unbundled).rejections, [{ index: 1, reason: 'the offer rejects it itself' }]);
  });

  test('webrtcbin without BUNDLE needs a transport for each m-line', () => {
    const name = 'peers/webrtcbin-offer-unbundled';
    assert.deepEqual(answer(name).rejections, [{ index: 1, reason: 'it would need another transport' }]);
    const { session, rejections } = answer(name, { ...ANSWER_OPTIONS, maxTransports: 2 });
    assert.deepEqual(rejections, []);
    assert.deepEqual(session.bundle, []);
    assert.deepEqual(
      session.media.map(({ transport }) => transport),
      [0, 1],
    );
  });

  test('webrtcbin: properties of its own stream are not echoed', () => {
    assert.doesNotMatch(answer('peers/webrtcbin-offer-max-bundle').text, /sprop-/);
  });

  test('Safari', () => {
    const { written, session, rejections } = answer('peers/safari-offer');
    assert.deepEqual(rejections, []);
    assert.deepEqual(formats(written.media[1]), ['96', '98', '127', '102']);
    assert.equal(session.media[1]?.codecs[0]?.fmtp.get('profile-level-id'), '640c1f');
  });

  test('werift, with candidates and data channels', () => {
    const { session, rejections } = answer('peers/werift-offer', {
      ...ANSWER_OPTIONS,
      data: { sctpPort: 6000, maxMessageSize: 262144 },
    });
    assert.deepEqual(rejections, []);
    const [audio, , data] = session.media;
    assert.equal(audio?.codecs[0]?.name, 'OPUS');
    assert.equal(audio?.remote.candidates.length, 2);
    assert.ok(audio?.remote.endOfCandidates);
    assert.deepEqual(data?.sctp, { localPort: 6000, remotePort: 5000, remoteMaxMessageSize: 65536 });
  });

  test('the older form of a data channel', () => {
    const offer = fixture('kurento/chromium-offer-data')
      .replace('UDP/DTLS/SCTP webrtc-datachannel', 'DTLS/SCTP 5001')
      .replace(/a=sctp-port:.*\r\na=max-message-size:.*\r\n/, 'a=sctpmap:5001 webrtc-datachannel 1024\r\n');
    const { text, session } = answerText(offer, { ...ANSWER_OPTIONS, data: {} });
    assert.match(
      text,
      /m=application 1 DTLS\/SCTP 5001\r\na=mid:2\r\na=sctpmap:5001 webrtc-datachannel 1024\r\n/,
    );
    assert.equal(session.media[2]?.sctp?.localPort, 5001);
  });
});
