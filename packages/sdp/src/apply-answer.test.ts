import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyAnswer } from './apply-answer.js';
import { SdpError } from './errors.js';
import { createOffer } from './offer.js';
import { parseSessionDescription } from './parse.js';
import { fixture, OFFER_OPTIONS } from './testing/fixtures.js';

const OFFER = createOffer(OFFER_OPTIONS).description;
const ANSWER = fixture('peers/chromium-answer-to-offer');

function refused(text: string, why: RegExp): void {
  assert.throws(
    () => applyAnswer(OFFER, text),
    (error) => error instanceof SdpError && error.code === 'INVALID' && why.test(error.message),
    String(why),
  );
}

describe('an answer of Chromium', () => {
  test('to our offer', () => {
    const { session } = applyAnswer(OFFER, ANSWER);
    assert.deepEqual(session.bundle, ['audio0', 'video0', 'application0']);
    assert.equal(session.iceControlling, true);
    const [audio, video, data] = session.media;
    assert.deepEqual(
      audio?.codecs.map(({ name, payloadType }) => `${name} ${payloadType}`),
      ['opus 96', 'PCMU 0', 'PCMA 8'],
    );
    assert.deepEqual(video?.codecs[0], {
      name: 'VP8',
      clockRate: 90000,
      channels: 1,
      fmtp: new Map(),
      payloadType: 97,
      receivePayloadType: 97,
      feedback: { nack: true, pli: true, fir: true, remb: true, transportCc: false },
      rtxPayloadType: 98,
      receiveRtxPayloadType: 98,
    });
    assert.deepEqual(video?.direction, { send: true, receive: false });
    assert.equal(video?.dtlsRole, 'server');
    assert.deepEqual(video?.local, { ssrc: 1005, rtxSsrc: 1006, cname: 'local' });
    assert.deepEqual(
      video?.extensions.map(({ id }) => id),
      [3, 13, 4],
    );
    assert.equal(video?.remote.iceUfrag, audio?.remote.iceUfrag);
    assert.deepEqual(
      session.media.map(({ transport }) => transport),
      [0, 0, 0],
    );
    assert.deepEqual(data?.sctp, { localPort: 5000, remotePort: 5000, remoteMaxMessageSize: 65536 });
  });

  test('to an offer of Kurento', () => {
    const offer = parseSessionDescription(fixture('kurento/kms-offer-to-chromium'));
    const { session } = applyAnswer(offer, fixture('kurento/chromium-answer-to-kms'));
    assert.deepEqual(
      session.media.map(({ accepted, direction }) => [accepted, direction.send, direction.receive]),
      [
        [true, true, true],
        [true, true, true],
      ],
    );
    assert.deepEqual(session.media[1]?.remote.ssrcs, [{ ssrc: 1004, cname: 'cname2' }]);
    assert.equal(session.media[1]?.codecs.at(-1)?.feedback.remb, false);
  });
});

describe('what an answer may do', () => {
  test('leave out m-lines, or reject them', () => {
    const [session, audio, video] = ANSWER.split(/^(?=m=)/m);
    const fewer = applyAnswer(OFFER, session! + audio).session;
    assert.deepEqual(
      fewer.media.map(({ accepted }) => accepted),
      [true, false, false],
    );
    assert.deepEqual(
      applyAnswer(OFFER, session!).session.media.map(({ accepted }) => accepted),
      [false, false, false],
    );
    const rejecting = session + audio!.replace('m=audio 9', 'm=audio 0') + video;
    const { media } = applyAnswer(OFFER, rejecting).session;
    assert.deepEqual(
      media.map(({ accepted, codecs }) => [accepted, codecs.length]),
      [
        [false, 0],
        [true, 4],
        [false, 0],
      ],
    );
    assert.equal(media[1]?.transport, 1);
  });

  test('reorder codecs and leave some out', () => {
    const text = ANSWER.replace('SAVPF 97 98 99 100 101 102 103 104', 'SAVPF 101 97 98');
    const video = applyAnswer(OFFER, text).session.media[1];
    assert.deepEqual(
      video?.codecs.map(({ name, rtxPayloadType }) => [name, rtxPayloadType]),
      [
        ['VP9', undefined],
        ['VP8', 98],
      ],
    );
  });

  test('list codecs that were not offered, which are not used', () => {
    const codecs = (text: string, index: number) =>
      applyAnswer(OFFER, text).session.media[index]?.codecs.map(({ name }) => name);
    assert.deepEqual(codecs(ANSWER.replace('SAVPF 96 0 8', 'SAVPF 9 96 0 8'), 0), ['opus', 'PCMU', 'PCMA']);
    const video = codecs(ANSWER, 1)!;
    assert.equal(video[0], 'VP8');
    assert.deepEqual(codecs(ANSWER.replace('a=rtpmap:97 VP8', 'a=rtpmap:97 H265'), 1), video.slice(1));
  });

  test('number a codec anew, which it then wants to receive so', () => {
    const text = ANSWER.replace('SAVPF 97 98', 'SAVPF 120 98').replaceAll(
      /^a=(rtpmap|rtcp-fb):97 /gm,
      'a=$1:120 ',
    );
    const codec = applyAnswer(OFFER, text).session.media[1]?.codecs[0];
    assert.deepEqual([codec?.name, codec?.payloadType, codec?.receivePayloadType], ['VP8', 120, 97]);
    assert.equal(codec?.rtxPayloadType, undefined);
  });

  test('drop feedback, extensions and the bundle', () => {
    const text = ANSWER.replaceAll(/^a=(rtcp-fb:97 goog-remb|extmap:13 .*|group:.*)\r\n/gm, '');
    const { bundle, media } = applyAnswer(OFFER, text).session;
    assert.equal(media[1]?.codecs[0]?.feedback.remb, false);
    assert.equal(media[1]?.codecs[0]?.feedback.nack, true);
    assert.deepEqual(
      media[1]?.extensions.map(({ id }) => id),
      [3, 4],
    );
    assert.deepEqual(bundle, []);
    assert.deepEqual(
      media.map(({ transport }) => transport),
      [0, 1, 2],
    );
  });

  test('choose the DTLS role; without one it is active', () => {
    const role = (setup: string) =>
      applyAnswer(OFFER, ANSWER.replaceAll('a=setup:active\r\n', setup)).session.media[0]?.dtlsRole;
    assert.equal(role('a=setup:active\r\n'), 'server');
    assert.equal(role('a=setup:passive\r\n'), 'client');
    assert.equal(role(''), 'server');
  });
});

/** The m-lines of these indexes count as rejected, the others do not suffer. */
function rejected(text: string, indexes: number[], why: RegExp): void {
  const { rejections, session } = applyAnswer(OFFER, text);
  assert.deepEqual(
    rejections.map(({ index }) => index),
    indexes,
  );
  for (const { reason } of rejections) assert.match(reason, why);
  const before = applyAnswer(OFFER, ANSWER).session;
  for (const [index, media] of session.media.entries()) {
    assert.equal(media.accepted, !indexes.includes(index));
    if (media.accepted)
      assert.deepEqual({ ...media, transport: 0 }, { ...before.media[index], transport: 0 });
  }
}

describe('what an answer may not do', () => {
  test('be no SDP', () => {
    assert.throws(() => applyAnswer(OFFER, ''), { name: 'SdpError', code: 'EMPTY' });
    refused('garbage', /first line/);
  });

  test('have more m-lines, or others', () => {
    refused(`${ANSWER}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n`, /more m-lines/);
    refused(ANSWER.replace('m=video', 'm=audio'), /another type/);
    refused(ANSWER.replace('a=mid:video0', 'a=mid:other'), /another mid/);
  });

  test('take only codecs that were not offered', () => {
    rejected(ANSWER.replace('SAVPF 96 0 8', 'SAVPF 9'), [0], /no codec/);
    rejected(ANSWER.replace('SAVPF 96 0 8', 'SAVPF 126'), [0], /no codec/);
  });

  test('accept an m-line without saying how to reach it', () => {
    refused(ANSWER.replaceAll(/a=ice-ufrag:.*\r\n/g, ''), /ICE credentials/);
    refused(ANSWER.replaceAll(/a=ice-pwd:.*/g, 'a=ice-pwd:short'), /ICE credentials of less than/);
    refused(ANSWER.replaceAll(/a=fingerprint:.*\r\n/g, ''), /fingerprint/);
    rejected(ANSWER.replaceAll('a=rtcp-mux\r\n', ''), [0, 1], /rtcp-mux/);
    rejected(ANSWER.replace(/a=sctp-port:.*\r\n/, ''), [2], /SCTP/);
  });

  test('what is wrong with one m-line costs that alone, also the first of a bundle', () => {
    rejected(ANSWER.replace(/a=ice-ufrag:\S*/, 'a=ice-ufrag:\u0001'), [0], /ICE credentials are malformed/);
    rejected(
      ANSWER.replace(/a=fingerprint:\S* \S*/, 'a=fingerprint:sha-256 AA'),
      [0],
      /fingerprint is malformed/,
    );
    rejected(ANSWER.replace(/m=video \d+/, 'm=video 70000'), [1], /port is out of range/);
    rejected(ANSWER.replace(/m=video \d+/, 'm=video x'), [1], /m-line is malformed/);
  });

  test('accept what was not offered', () => {
    const [audio, ...others] = OFFER.media;
    const offer = { ...OFFER, media: [{ ...audio!, port: 0 }, ...others] };
    const { rejections, session } = applyAnswer(offer, ANSWER);
    assert.deepEqual(rejections, [{ index: 0, reason: 'accepts what was not offered' }]);
    assert.deepEqual(
      session.media.map(({ accepted }) => accepted),
      [false, true, true],
    );
  });
});
