import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAnswer } from './answer.js';
import { HeaderExtensionUri } from './extensions.js';
import { type CodecCapability, capabilityFormat } from './local.js';
import type { PayloadFormat } from './model.js';
import { negotiate } from './negotiate.js';
import { parseSessionDescription } from './parse.js';
import { PassedOver } from './passed-over.js';
import { AUDIO_CODECS, OFFERED_VIDEO_CODECS, VIDEO_CODECS } from './presets.js';
import { answer, answerText, formats } from './testing/answering.js';
import { ANSWER_OPTIONS, fixture } from './testing/fixtures.js';

describe('an accepted m-line', () => {
  test('rtx stays with its codec, with an FID group and msid of what is sent', () => {
    const { written, session } = answer('kurento/chromium-offer');
    const video = written.media[1]!;
    assert.deepEqual(video.formats.slice(0, 4), ['96', '97', '102', '103']);
    assert.deepEqual(video.ssrcGroups, [{ semantics: 'FID', ssrcs: [1005, 1006] }]);
    assert.deepEqual(video.msids, [{ stream: 'stream', track: 'video' }]);
    assert.deepEqual(video.ssrcs[1], {
      ssrc: 1006,
      cname: 'local',
      msid: { stream: 'stream', track: 'video' },
    });
    assert.equal(session.media[1]?.codecs[0]?.rtxPayloadType, 97);
  });

  test('an answer that only receives announces its SSRC for reports, no stream', () => {
    const { written, session } = answer('kurento/kms-offer-webrtc-sendonly');
    assert.deepEqual(
      written.media.map(({ msids, ssrcGroups }) => [msids, ssrcGroups]),
      [
        [[], []],
        [[], []],
      ],
    );
    assert.deepEqual(written.media[1]?.ssrcs, [{ ssrc: 1005, cname: 'local' }]);
    assert.deepEqual(
      session.media.map(({ direction }) => direction),
      [
        { send: false, receive: true },
        { send: false, receive: true },
      ],
    );
  });

  test('header extensions are those of the caller with the numbers of the offer', () => {
    const { session } = answer('kurento/chromium-offer');
    assert.deepEqual(
      session.media[0]?.extensions.map(({ id }) => id),
      [1, 2, 3, 4],
    );
    assert.deepEqual(session.media[1]?.extensions, [
      { id: 2, uri: HeaderExtensionUri.AbsSendTime },
      { id: 13, uri: HeaderExtensionUri.VideoOrientation },
      { id: 3, uri: HeaderExtensionUri.TransportSequence },
      { id: 4, uri: HeaderExtensionUri.Mid },
    ]);
  });

  test('a number of a header extension has one meaning in a bundle, its first', () => {
    // As aiortc numbers them: by m-line.
    const offer = fixture('kurento/chromium-offer')
      .replace(/a=extmap:.*\r\n/g, '')
      .replace(
        /a=mid:0\r\n/,
        `$&a=extmap:1 ${HeaderExtensionUri.Mid}\r\na=extmap:2 ${HeaderExtensionUri.AudioLevel}\r\n`,
      )
      .replace(
        /a=mid:1\r\n/,
        `$&a=extmap:1 ${HeaderExtensionUri.Mid}\r\na=extmap:2 ${HeaderExtensionUri.AbsSendTime}\r\n`,
      );
    const local = {
      ...ANSWER_OPTIONS,
      maxTransports: 2,
      audio: { ...ANSWER_OPTIONS.audio, extensions: Object.values(HeaderExtensionUri) },
      video: { ...ANSWER_OPTIONS.video, extensions: Object.values(HeaderExtensionUri) },
    };
    const numbers = (text: string) =>
      answerText(text, local).session.media.map(({ extensions }) => extensions.map(({ id }) => id));
    assert.deepEqual(numbers(offer), [[1, 2], [1]]);
    const unbundled = offer.replace(/a=group:.*\r\n/, '');
    assert.deepEqual(numbers(unbundled), [
      [1, 2],
      [1, 2],
    ]);
  });

  test('directions of header extensions are turned round, numbers for two-byte headers left out', () => {
    const offer = fixture('kurento/chromium-offer')
      .replace('a=extmap-allow-mixed\r\n', '')
      .replace('a=extmap:1 ', 'a=extmap:1/sendonly ')
      .replace('a=extmap:4 ', 'a=extmap:15 ');
    assert.deepEqual(answerText(offer).session.media[0]?.extensions, [
      { id: 1, uri: HeaderExtensionUri.AudioLevel, direction: 'recvonly' },
      { id: 2, uri: HeaderExtensionUri.AbsSendTime },
      { id: 3, uri: HeaderExtensionUri.TransportSequence },
    ]);
  });

  test('numbers for two-byte headers, where those may be mixed in: in the session, or on an m-line', () => {
    const whole = fixture('kurento/chromium-offer').replaceAll('a=extmap:4 ', 'a=extmap:200 ');
    const mids = ({ session }: ReturnType<typeof answerText>) =>
      session.media.map(({ extensions }) => extensions.find(({ uri }) => uri === HeaderExtensionUri.Mid)?.id);
    assert.deepEqual(mids(answerText(whole)), [200, 200]);
    const none = whole.replace('a=extmap-allow-mixed\r\n', '');
    const audioAlone = answerText(none.replace('a=mid:0\r\n', 'a=mid:0\r\na=extmap-allow-mixed\r\n'));
    assert.deepEqual(mids(audioAlone), [200, undefined]);
    assert.equal(audioAlone.text.split('a=extmap-allow-mixed').length, 2);
    assert.ok(audioAlone.text.indexOf('a=extmap-allow-mixed') > audioAlone.text.indexOf('m=audio'));
    const tooLarge = answerText(whole.replaceAll('a=extmap:200 ', 'a=extmap:256 '));
    assert.deepEqual(mids(tooLarge), [undefined, undefined]);
  });

  test('reduced-size RTCP when both want it', () => {
    const reduced = (reducedSizeRtcp: boolean) => {
      const { text, session } = answer('kurento/chromium-offer', { ...ANSWER_OPTIONS, reducedSizeRtcp });
      assert.equal(text.includes('a=rtcp-rsize\r\n'), reducedSizeRtcp);
      return session.media.map((media) => media.reducedSizeRtcp);
    };
    assert.deepEqual(reduced(false), [false, false]);
    assert.deepEqual(reduced(true), [true, true]);
  });

  test('feedback is what both sides know; transport-cc only when the caller has it', () => {
    const feedback = (codecs: readonly CodecCapability[]) =>
      answer('kurento/chromium-offer', { ...ANSWER_OPTIONS, video: { ...ANSWER_OPTIONS.video, codecs } })
        .session.media[1]?.codecs[0]?.feedback;
    const all = { nack: true, pli: true, fir: true, remb: true, transportCc: true };
    assert.deepEqual(feedback(VIDEO_CODECS), all);
    const withTransportCc = VIDEO_CODECS.map((codec) => ({ ...codec, feedback: ['transport-cc'] }));
    const without = VIDEO_CODECS.map((codec) => ({ ...codec, feedback: ['nack'] }));
    assert.equal(feedback(without)?.transportCc, false);
    const none = { nack: false, pli: false, fir: false, remb: false };
    assert.deepEqual(feedback(withTransportCc), { ...none, transportCc: true });
  });

  test('what connected elements need goes first, the rest keeps its order', () => {
    const h264 = capabilityFormat(OFFERED_VIDEO_CODECS.find(({ name }) => name === 'H264')!);
    const vp9 = capabilityFormat({ name: 'VP9', clockRate: 90000 });
    const video = { ...ANSWER_OPTIONS.video, preferred: [vp9, h264] };
    const { written } = answer('kurento/chromium-offer', { ...ANSWER_OPTIONS, video });
    // VP9 profile 0; H264 in mode 1 that plays Constrained Baseline (Baseline, Constrained Baseline, Main); the rest.
    assert.deepEqual(formats(written.media[1]), [
      '98',
      '102',
      '108',
      '116',
      '96',
      '104',
      '114',
      '39',
      '45',
      '100',
    ]);
    assert.deepEqual(written.media[1]?.formats.slice(0, 2), ['98', '99']);
  });

  test('a capability that names a profile accepts only that', () => {
    const video = { ...ANSWER_OPTIONS.video, codecs: OFFERED_VIDEO_CODECS };
    const { written } = answer('kurento/chromium-offer', { ...ANSWER_OPTIONS, video });
    assert.deepEqual(formats(written.media[1]), ['96', '108', '45', '98']);
  });

  test('telephone-event, comfort noise and redundancy only when asked for', () => {
    const extra = [
      { name: 'telephone-event', clockRate: 48000 },
      { name: 'CN', clockRate: 8000 },
      { name: 'red', clockRate: 48000, channels: 2 },
    ];
    const audio = { ...ANSWER_OPTIONS.audio, codecs: [...AUDIO_CODECS, ...extra] };
    const { written } = answer('kurento/chromium-offer', { ...ANSWER_OPTIONS, audio });
    assert.deepEqual(formats(written.media[0]), ['111', '63', '0', '8', '13', '110']);
    // Redundancy of a codec that is not accepted is of no use, and companions alone are no media.
    const pcmu = { ...audio, codecs: [{ name: 'PCMU', clockRate: 8000 }, ...extra] };
    assert.deepEqual(
      formats(answer('kurento/chromium-offer', { ...ANSWER_OPTIONS, audio: pcmu }).written.media[0]),
      ['0', '13', '110'],
    );
    const alone = { ...audio, codecs: extra };
    assert.equal(
      answer('kurento/chromium-offer', { ...ANSWER_OPTIONS, audio: alone }).written.media[0]?.port,
      0,
    );
  });

  test('of several clocks of telephone-event the one of the audio is taken; where none fits, all are', () => {
    const events = [48000, 8000].map((clockRate) => ({ name: 'telephone-event', clockRate }));
    const audio = { ...ANSWER_OPTIONS.audio, codecs: [...AUDIO_CODECS, ...events] };
    const of = (offered: string) =>
      formats(answerText(`${offered}`, { ...ANSWER_OPTIONS, audio }).written.media[0]);
    const text = fixture('kurento/webrtc-offer-unknown-codec').replace('SAVPF 120', 'SAVPF 96 101 102');
    const opus = `${text}a=rtpmap:96 opus/48000/2\r\n`;
    const slow = 'a=rtpmap:101 telephone-event/8000\r\n';
    const fast = 'a=rtpmap:102 telephone-event/48000\r\n';
    assert.deepEqual(of(`${opus}${slow}${fast}`), ['96', '102']);
    assert.deepEqual(of(`${opus}${slow}`), ['96', '101']);
  });

  test('payload types that look like RTCP are not accepted', () => {
    const text = fixture('kurento/webrtc-offer-unknown-codec').replace('SAVPF 120', 'SAVPF 72 96');
    const media = answerText(`${text}a=rtpmap:72 opus/48000/2\r\na=rtpmap:96 opus/48000/2\r\n`).written.media;
    assert.deepEqual(media[0]?.formats, ['96']);
  });

  test('simulcast when the caller wants it', () => {
    const extensions = [...ANSWER_OPTIONS.video.extensions, HeaderExtensionUri.Rid];
    const video = { ...ANSWER_OPTIONS.video, extensions, simulcast: true };
    const { text, session } = answer('peers/chromium-offer-simulcast', { ...ANSWER_OPTIONS, video });
    assert.match(text, /a=rid:l recv\r\na=rid:m recv\r\na=rid:h recv\r\na=simulcast:recv l;m;h\r\n/);
    assert.deepEqual(session.media[1]?.receivedRids, ['l', 'm', 'h']);
    assert.deepEqual(
      session.media[1]?.remote.rids.map(({ id }) => id),
      ['l', 'm', 'h'],
    );
    const plain = answer('peers/chromium-offer-simulcast');
    assert.doesNotMatch(plain.text, /a=(rid|simulcast):/);
    assert.deepEqual(plain.session.media[1]?.receivedRids, []);
    const untagged = { ...video, extensions: ANSWER_OPTIONS.video.extensions };
    assert.doesNotMatch(
      answer('peers/chromium-offer-simulcast', { ...ANSWER_OPTIONS, video: untagged }).text,
      /rid:/,
    );
  });

  test('bandwidth of this side is written, that of the peer read', () => {
    const video = { ...ANSWER_OPTIONS.video, bandwidthKbps: 900 };
    const { text, session } = answer('kurento/kms-offer-webrtc-bandwidth', { ...ANSWER_OPTIONS, video });
    assert.match(text, /m=video .*\r\nb=AS:900\r\n/);
    assert.deepEqual(
      session.media.map(({ remote }) => remote.bandwidthKbps),
      [64, 1500],
    );
    const tias = fixture('kurento/kms-offer-webrtc-bandwidth').replace('b=AS:1500', 'b=TIAS:1200999');
    assert.equal(answerText(tias).session.media[1]?.remote.bandwidthKbps, 1200);
  });
});

describe('formats that were offered in the same words before', () => {
  const offer = fixture('kurento/chromium-offer');
  const [vp9, h264] = ['VP9', 'H264'].map((name) =>
    capabilityFormat(VIDEO_CODECS.find((codec) => codec.name === name)!),
  );
  const video = (options: object) =>
    answerText(offer, { ...ANSWER_OPTIONS, video: { ...ANSWER_OPTIONS.video, ...options } }).written
      .media[1]!;
  const firstName = (options: object) => video(options).payloads[0]?.name;

  test('are answered as the application wants them now', () => {
    for (let round = 0; round < 2; round++) {
      assert.equal(firstName({}), 'VP8');
      assert.equal(firstName({ preferred: [vp9] }), 'VP9');
      assert.equal(firstName({ preferred: [h264] }), 'H264');
      assert.equal(firstName({ preferred: [h264, vp9] }), 'H264');
      assert.deepEqual(
        video({ codecs: VIDEO_CODECS.filter(({ name }) => name === 'VP9') }).payloads.filter(
          ({ name }) => !['VP9', 'rtx'].includes(name),
        ),
        [],
      );
    }
  });

  test('come to the same list of codecs, another one where the answer differs or the other side asks', () => {
    const description = parseSessionDescription(offer);
    const negotiated = (codecs: readonly CodecCapability[], role: 'offerer' | 'answerer') => {
      const answered = createAnswer(parseSessionDescription(offer), {
        ...ANSWER_OPTIONS,
        video: { ...ANSWER_OPTIONS.video, codecs },
      });
      return negotiate(description, answered.description, role).media[1]!.codecs;
    };
    const all = negotiated(VIDEO_CODECS, 'answerer');
    assert.equal(negotiated(VIDEO_CODECS, 'answerer'), all);
    const one = negotiated(VIDEO_CODECS.slice(0, 1), 'answerer');
    assert.ok(one.length > 0 && one.length < all.length);
    assert.deepEqual(
      negotiated(VIDEO_CODECS, 'offerer').map(({ payloadType }) => payloadType),
      all.map(({ payloadType }) => payloadType),
    );
    assert.notEqual(negotiated(VIDEO_CODECS, 'offerer'), all);
    assert.throws(() => (all as unknown[]).pop(), TypeError);
  });

  test('are read anew where one line differs', () => {
    const first = parseSessionDescription(offer).media[1]!.payloads;
    assert.equal(parseSessionDescription(offer).media[1]!.payloads, first);
    for (const [from, to] of [
      ['a=rtpmap:96 VP8/90000', 'a=rtpmap:96 VP9/90000'],
      ['a=rtcp-fb:96 nack pli', 'a=rtcp-fb:96 nack'],
    ] as const) {
      const other = parseSessionDescription(offer.replace(from, to)).media[1]!.payloads;
      assert.notDeepEqual(other, first);
      assert.deepEqual(parseSessionDescription(offer).media[1]!.payloads, first);
    }
  });

  test('what of them is passed over is told each time', () => {
    const reasons = (): readonly string[] => {
      const passedOver = new PassedOver();
      parseSessionDescription(offer.replace('a=fmtp:97 apt=96', 'a=fmtp:x apt=96'), {}, passedOver);
      return passedOver.reasons;
    };
    assert.notDeepEqual(reasons(), []);
    assert.deepEqual(reasons(), reasons());
  });

  test('can not be changed by who has them', () => {
    const { payloads } = parseSessionDescription(offer).media[1]!;
    assert.throws(() => (payloads as PayloadFormat[]).pop(), TypeError);
    assert.throws(() => Object.assign(payloads[0]!, { name: 'x' }), TypeError);
  });
});
