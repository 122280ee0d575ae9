import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cryptoKeyLength, negotiatedCrypto } from './crypto.js';
import type { LocalSource } from './local.js';
import type { CryptoSuite } from './model.js';
import { parseSessionDescription } from './parse.js';
import {
  applyRtpAnswer,
  createRtpAnswer,
  createRtpOffer,
  type LocalSdes,
  type RtpAnswerOptions,
} from './rtp.js';
import { OFFERED_RTP_VIDEO_CODECS, RTP_AUDIO_CODECS, RTP_VIDEO_CODECS } from './rtp-codecs.js';
import { fixture } from './testing/fixtures.js';
import { formatSessionDescription } from './write.js';

const EXTENSIONS = ['http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time'];
const SESSION = { sessionId: '4000000000' };
const ADDRESS = { family: 4, address: '192.0.2.2' } as const;
const source = (ssrc: number): LocalSource => ({ ssrc, cname: 'local' });
const keyOf = (suite: CryptoSuite, mLine: number): Uint8Array =>
  new Uint8Array(cryptoKeyLength(suite)).fill(mLine + 1);

function answerText(text: string, options: { sdes?: LocalSdes; address?: RtpAnswerOptions['address'] } = {}) {
  const offer = parseSessionDescription(text);
  const answer = createRtpAnswer(offer, {
    session: SESSION,
    address: options.address ?? ADDRESS,
    sdes: options.sdes ?? { key: keyOf },
    audio: { codecs: RTP_AUDIO_CODECS, extensions: EXTENSIONS, sources: [source(1)] },
    video: { codecs: RTP_VIDEO_CODECS, extensions: EXTENSIONS, sources: [source(2)] },
    transport: (index, mux) => ({
      port: 50008 + 4 * index,
      ...(!mux && { rtcpPort: 50009 + 4 * index }),
    }),
  });
  const written = formatSessionDescription(answer.description);
  return { ...answer, text: written, written: parseSessionDescription(written) };
}

const LINE = 'v=0\no=- 1 1 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\n';

describe('compared with the recorded answers of Kurento', () => {
  const ipv6 = { family: 6, address: 'fd00::2' } as const;
  const recorded: [offer: string, answer: string, options?: Parameters<typeof answerText>[1]][] = [
    ['kms-offer-rtp', 'kms-answer-to-kms-rtp'],
    ['kms-offer-rtp-ipv6', 'kms-answer-to-kms-rtp-ipv6', { address: ipv6 }],
    ['kms-offer-rtp-sdes', 'kms-answer-to-kms-rtp-sdes'],
    ['kms-offer-rtp-sdes-b64', 'kms-answer-to-kms-rtp-sdes-b64'],
    ['rtp-offer-vp8only', 'kms-answer-to-rtp-vp8only'],
    ['rtp-offer-vp8only-sdes', 'kms-answer-to-rtp-vp8only-sdes'],
    ['plain-rtp-offer-plain', 'kms-answer-to-plain-rtp-plain'],
    ['plain-rtp-offer-lf', 'kms-answer-to-plain-rtp-lf'],
    ['plain-rtp-offer-avpf', 'kms-answer-to-plain-rtp-avpf'],
    ['plain-rtp-offer-inactive', 'kms-answer-to-plain-rtp-inactive'],
    ['plain-rtp-offer-opusonly', 'kms-answer-to-plain-rtp-opusonly'],
  ];
  for (const [offer, expected, options] of recorded) {
    test(offer, () => {
      const theirs = parseSessionDescription(fixture(`kurento/${expected}`));
      const { written: ours } = answerText(fixture(`kurento/${offer}`), options);
      assert.deepEqual(ours.connection, theirs.connection);
      assert.deepEqual(ours.origin, theirs.origin);
      assert.deepEqual(ours.bundleGroups, theirs.bundleGroups);
      assert.equal(ours.media.length, theirs.media.length);
      for (const [index, their] of theirs.media.entries()) {
        const our = ours.media[index]!;
        assert.deepEqual(our.formats, their.formats);
        assert.equal(our.protocol, their.protocol);
        assert.equal(our.mid, their.mid);
        assert.equal(our.direction, their.direction);
        assert.equal(our.rtcpMux, their.rtcpMux);
        assert.equal(our.setup, their.setup);
        assert.equal(our.port % 2, 0);
        assert.equal(our.rtcp?.port, our.port + 1);
        assert.equal(our.ssrcs.length, their.ssrcs.length);
        assert.deepEqual(our.extensions, their.extensions);
        assert.deepEqual(our.payloads, their.payloads);
        assert.deepEqual(
          our.cryptos?.map(({ tag, suite }) => [tag, suite]),
          their.cryptos?.map(({ tag, suite }) => [tag, suite]),
        );
      }
    });
  }

  test('port 0 and unknown formats are rejected, other than there', () => {
    const noPort = answerText(fixture('kurento/plain-rtp-offer-noport')).written;
    assert.deepEqual(
      noPort.media.map(({ port }) => port !== 0),
      [false, true],
    );
    const unsupported = answerText(fixture('kurento/plain-rtp-offer-unsupported')).written;
    assert.deepEqual(
      unsupported.media.map(({ port }) => port !== 0),
      [true, false],
    );
  });

  test('an offer', () => {
    for (const [name, sdes] of [
      ['kms-offer-rtp', { key: keyOf }],
      ['kms-offer-rtp-sdes', { suite: 'AES_CM_128_HMAC_SHA1_80', key: keyOf }],
    ] as const) {
      const theirs = parseSessionDescription(fixture(`kurento/${name}`));
      const ours = ourOffer(sdes);
      assert.deepEqual(ours.connection, theirs.connection);
      for (const [index, their] of theirs.media.entries()) {
        const our = ours.media[index]!;
        assert.equal(our.protocol, their.protocol);
        assert.equal(our.mid, their.mid);
        assert.equal(our.port, their.port);
        assert.deepEqual(our.rtcp, their.rtcp);
        assert.deepEqual(our.extensions, their.extensions);
        assert.equal(our.cryptos?.[0]?.suite, their.cryptos?.[0]?.suite);
        for (const { name: codec, clockRate, payloadType } of their.payloads) {
          const same = our.payloads.find((p) => p.name === codec && p.clockRate === clockRate);
          assert.equal(same?.payloadType, payloadType, codec);
        }
      }
    }
  });
});

function ourOffer(sdes: LocalSdes) {
  const offer = createRtpOffer({
    session: SESSION,
    address: ADDRESS,
    sdes,
    media: [
      {
        kind: 'audio',
        codecs: RTP_AUDIO_CODECS,
        extensions: [{ id: 3, uri: EXTENSIONS[0]! }],
        source: source(1),
        transport: { port: 50000, rtcpPort: 50001 },
      },
      {
        kind: 'video',
        codecs: OFFERED_RTP_VIDEO_CODECS,
        extensions: [{ id: 3, uri: EXTENSIONS[0]! }],
        source: source(2),
        transport: { port: 50004, rtcpPort: 50005 },
      },
    ],
  });
  const written = parseSessionDescription(formatSessionDescription(offer));
  assert.deepEqual(
    written.media,
    offer.media.map((media) => ({ connection: ADDRESS, ...media })),
  );
  return written;
}

describe('answers', () => {
  test('AVPF gets the feedback that was offered; AVP requests for pictures only, where its lines have them', () => {
    const feedback = (protocol: string, ...values: string[]) => {
      const lines = ['a=rtpmap:96 VP8/90000', ...values.map((value) => `a=rtcp-fb:96 ${value}`), ''];
      const { session, text } = answerText(`${LINE}m=video 6000 ${protocol} 96\n${lines.join('\n')}`);
      const agreed = Object.entries(session.media[0]!.codecs[0]!.feedback);
      const written = [...text.matchAll(/a=rtcp-fb:96 (.*)\r/g)].map(([, value]) => value);
      return [agreed.filter(([, on]) => on).map(([name]) => name), written];
    };
    assert.deepEqual(feedback('RTP/AVPF', 'nack pli', 'ccm fir'), [
      ['pli', 'fir'],
      ['nack pli', 'ccm fir'],
    ]);
    const all = ['nack', 'nack pli', 'ccm fir', 'goog-remb', 'transport-cc'];
    assert.deepEqual(feedback('RTP/AVP', ...all), [
      ['pli', 'fir'],
      ['nack pli', 'ccm fir'],
    ]);
    assert.deepEqual(feedback('RTP/AVP', 'nack'), [[], []]);
    assert.deepEqual(feedback('RTP/AVP'), [[], []]);
  });

  test('static formats need no rtpmap; ptime, telephone-event and fmtp stay', () => {
    const { text } = answerText(
      `${LINE}m=audio 6000 RTP/AVP 9 0 101\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=ptime:20\na=maxptime:150\n`,
    );
    assert.match(text, /m=audio 50008 RTP\/AVP 9 0 101/);
    assert.match(text, /a=fmtp:101 0-16/);
    assert.match(text, /a=ptime:20\r\na=maxptime:150/);
  });

  test('what is neither RTP nor SRTP with SDES is rejected', () => {
    for (const line of [
      'm=audio 6000 UDP/TLS/RTP/SAVPF 0',
      'm=audio 6000 RTP/SAVP 0',
      'm=image 6000 udptl t38',
    ]) {
      const { written, rejections } = answerText(`${LINE}${line}\n`);
      assert.equal(written.media[0]!.port, 0);
      assert.equal(rejections.length, 1);
    }
    const noAddress = 'v=0\no=- 1 1 IN IP4 192.0.2.9\ns=-\nt=0 0\nm=audio 6000 RTP/AVP 0\n';
    assert.equal(answerText(noAddress).written.media[0]!.port, 0);
  });
});

describe('SDES', () => {
  const inline = (bytes: number): string => Buffer.alloc(bytes, 7).toString('base64');
  const secured = (...cryptos: string[]): string =>
    `${LINE}m=audio 6000 RTP/SAVP 0\n${cryptos.map((crypto) => `a=crypto:${crypto}\n`).join('')}`;
  const chosen = (text: string, sdes?: LocalSdes): [number, string] | undefined => {
    const [media] = answerText(text, sdes && { sdes }).written.media;
    const crypto = media!.cryptos?.[0];
    return crypto && [crypto.tag, crypto.suite];
  };

  test('the first usable line counts: keys of its length, no parameters that change packets', () => {
    const text = secured(
      `1 AES_CM_128_HMAC_SHA1_80 inline:${inline(29)}`,
      `2 F8_128_HMAC_SHA1_80 inline:${inline(30)}`,
      `3 AES_CM_128_HMAC_SHA1_80 inline:${inline(30)}|2^20|1:40`,
      `4 AES_CM_128_HMAC_SHA1_80 inline:${inline(30)} UNENCRYPTED_SRTP`,
      `5 AES_CM_128_HMAC_SHA1_80 inline:${inline(30)} KDR=3`,
      `6 AES_256_CM_HMAC_SHA1_32 inline:${inline(46)}|2^48 WSH=128`,
      `7 AES_CM_128_HMAC_SHA1_80 inline:${inline(30)}`,
    );
    assert.deepEqual(chosen(text), [6, 'AES_256_CM_HMAC_SHA1_32']);
    assert.deepEqual(chosen(text, { suite: 'AES_CM_128_HMAC_SHA1_80', key: keyOf }), [
      7,
      'AES_CM_128_HMAC_SHA1_80',
    ]);
    assert.equal(chosen(text, { suite: 'AES_CM_128_HMAC_SHA1_32', key: keyOf }), undefined);
    assert.deepEqual(chosen(secured(`9 AES_CM_256_HMAC_SHA1_80 inline:${inline(46)}`)), [
      9,
      'AES_256_CM_HMAC_SHA1_80',
    ]);
  });

  test('a line is rejected with the reason why its key cannot be used', () => {
    const key = `inline:${inline(30)}`;
    for (const [crypto, reason] of [
      [`1 AES_CM_128_HMAC_SHA1_80 ${key}|2^20|1:17`, /\(MKI\) of 17 bytes are not supported/],
      [`1 AES_CM_128_HMAC_SHA1_80 ${key}|1:0`, /\(MKI\) of 0 bytes/],
      [`1 AES_CM_128_HMAC_SHA1_80 ${key}|256:1`, /\(MKI\) is longer than it says/],
      [`1 F8_128_HMAC_SHA1_80 ${key}`, /suite F8_128_HMAC_SHA1_80 is not known/],
      [`1 AES_CM_128_HMAC_SHA1_80 ${key} KDR=3`, /session parameters/],
      [`1 AES_256_CM_HMAC_SHA1_80 ${key}`, /has not 46 bytes/],
      [`1 AES_CM_128_HMAC_SHA1_80 ${key}|2^20|1:4;${key}|2^20|1:4`, /not told apart by MKIs/],
      [`1 AES_CM_128_HMAC_SHA1_80 ${key}|2^20|1:4;${key}|2^20|2:2`, /not told apart by MKIs/],
      [`1 AES_CM_128_HMAC_SHA1_80 ${key};${key}`, /not told apart by MKIs/],
      [`1 AES_CM_128_HMAC_SHA1_80 ${Array(17).fill(`${key}|1:1`).join(';')}`, /too many keys/],
      [`1 AES_CM_128_HMAC_SHA1_80 ${key}|2^20|1:4;inline:`, /malformed/],
    ] as const) {
      const { rejections, written } = answerText(secured(crypto));
      assert.equal(written.media[0]!.port, 0);
      assert.match(rejections[0]!.reason, reason);
    }
    const own = { suite: 'AES_CM_128_HMAC_SHA1_80', key: keyOf } as const;
    const answer = secured(`1 AES_CM_128_HMAC_SHA1_80 ${key}|2^20|1:40`);
    assert.throws(() => applyRtpAnswer(ourOffer(own), answer), /master key identifiers/);
  });

  test('keys are named by MKIs: the answer names its own as the offer does, each side for itself in answers', () => {
    const [first, second] = [Buffer.alloc(30, 1), Buffer.alloc(30, 2)];
    const keys = [first, second].map((key, i) => `inline:${key.toString('base64')}|2^20|${258 + i}:3`);
    const text = secured(`4 AES_CM_128_HMAC_SHA1_80 ${keys.join(';')}`);
    const { written } = answerText(text);
    const crypto = written.media[0]!.cryptos![0]!;
    assert.deepEqual(crypto.mki, Uint8Array.of(0, 1, 2));
    assert.match(formatSessionDescription(written), /a=crypto:4 \S+ inline:\S{40}\|2\^31\|258:3\r\n/);
    const negotiated = negotiatedCrypto(
      written.media[0]!,
      parseSessionDescription(text).media[0]!,
      'answerer',
    );
    assert.deepEqual(negotiated, {
      suite: 'AES_CM_128_HMAC_SHA1_80',
      localKey: keyOf('AES_CM_128_HMAC_SHA1_80', 0),
      localMki: Uint8Array.of(0, 1, 2),
      remoteKeys: [
        { key: Uint8Array.from(first), mki: Uint8Array.of(0, 1, 2) },
        { key: Uint8Array.from(second), mki: Uint8Array.of(0, 1, 3) },
      ],
    });
    // What is read is written again as it was.
    const [line] = parseSessionDescription(text).media;
    const again = formatSessionDescription({ ...parseSessionDescription(text), media: [line!] });
    assert.deepEqual(parseSessionDescription(again).media[0]!.cryptos, line!.cryptos);

    const own = ourOffer({ suite: 'AES_CM_128_HMAC_SHA1_80', key: keyOf });
    const answer = secured(`1 AES_CM_128_HMAC_SHA1_80 ${keys[0]}`);
    const { description } = applyRtpAnswer(own, answer);
    const agreed = negotiatedCrypto(own.media[0]!, description.media[0]!, 'offerer')!;
    assert.equal(agreed.localMki, undefined);
    assert.deepEqual(agreed.remoteKeys[0]!.mki, Uint8Array.of(0, 1, 2));
  });

  test('an endpoint with a suite refuses plain RTP', () => {
    const sdes = { suite: 'AES_CM_128_HMAC_SHA1_80', key: keyOf } as const;
    assert.equal(answerText(`${LINE}m=audio 6000 RTP/AVP 0\n`, { sdes }).written.media[0]!.port, 0);
  });
});

describe('answers to our offer', () => {
  const sdes: LocalSdes = { suite: 'AES_CM_128_HMAC_SHA1_80', key: keyOf };
  const key = Buffer.alloc(30, 9).toString('base64');

  test('AVP answers AVPF, with fewer lines', () => {
    const { session } = applyRtpAnswer(ourOffer({ key: keyOf }), `${LINE}m=audio 7000 RTP/AVP 8\n`);
    assert.deepEqual(
      session.media.map(({ accepted }) => accepted),
      [true, false],
    );
    assert.equal(session.media[0]!.codecs[0]!.name, 'PCMA');
  });

  test('codecs that were not offered are passed over', () => {
    const { session } = applyRtpAnswer(ourOffer({ key: keyOf }), `${LINE}m=audio 7000 RTP/AVP 18 8\n`);
    assert.deepEqual(
      session.media[0]!.codecs.map(({ name }) => name),
      ['PCMA'],
    );
  });

  test('the recorded answers are taken', () => {
    const answer = fixture('kurento/kms-answer-to-kms-rtp-sdes');
    const { session } = applyRtpAnswer(ourOffer(sdes), answer);
    assert.ok(session.media.every(({ accepted }) => accepted));
  });

  test('what is wrong with one m-line costs that alone', () => {
    const good = `m=audio 7000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}\n`;
    const video = `m=video 7002 RTP/SAVP 108\na=rtpmap:108 VP8/90000\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}\n`;
    const accepted = (text: string) => {
      const { session, rejections } = applyRtpAnswer(ourOffer(sdes), `${LINE}${good}${text}`, {}, 4);
      return [session.media[1]?.accepted, rejections.map(({ reason }) => reason)];
    };
    assert.deepEqual(accepted(video), [true, []]);
    assert.deepEqual(accepted(`${video}c=IN IP6 phone.example.org\n`), [true, []]);
    for (const [wrong, reason] of [
      [video.replace('7002', '70000'), 'its port is out of range'],
      [video.replace('SAVP', 'AVP'), 'has another protocol'],
      [video.replace('VP8', 'theora'), 'has no codec that was offered'],
      [video.replace('crypto:1', 'crypto:9'), 'takes none of the offered SRTP suites'],
      [`${video}c=IN IP6 ::1\n`, 'has an address of another family than the offer'],
      [`${video}c=nowhere\n`, 'has no address'],
    ] as const)
      assert.deepEqual(accepted(wrong), [false, [reason]], wrong);
    assert.throws(() => applyRtpAnswer(ourOffer(sdes), `${LINE}${good}`, {}, 6), /another family/);
  });

  test('what does not fit is refused', () => {
    const offer = ourOffer(sdes);
    for (const line of [
      'm=audio 7000 RTP/SAVP 0',
      `m=audio 7000 RTP/SAVP 0\na=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:${key}`,
      `m=audio 7000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:${key}`,
      'm=audio 7000 RTP/AVP 0',
      `m=audio 7000 RTP/SAVP 18\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`,
      'm=video 7000 RTP/SAVP 0',
    ]) {
      assert.throws(() => applyRtpAnswer(offer, `${LINE}${line}\n`), { name: 'SdpError', code: 'INVALID' });
    }
    const fits = `${LINE}m=audio 7000 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}\n`;
    assert.equal(applyRtpAnswer(offer, fits).session.media[0]!.accepted, true);
  });
});
