import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAnswer } from './answer.js';
import { applyAnswer } from './apply-answer.js';
import { createOffer, type OfferedRtpMedia } from './offer.js';
import { parseSessionDescription } from './parse.js';
import { ANSWER_OPTIONS, fixture, OFFER_OPTIONS } from './testing/fixtures.js';

describe('an offer', () => {
  test('reads as it was meant', () => {
    const { description, text } = createOffer(OFFER_OPTIONS);
    const written = parseSessionDescription(text);
    // Reading spreads the address of the session level over the m-lines.
    const spread = description.media.map((media) => ({ ...media, connection: description.connection }));
    assert.deepEqual(written, { ...description, media: spread });
  });

  test('has the shape of Kurento, with another profile, rtx and streams', () => {
    const theirs = parseSessionDescription(fixture('kurento/kms-offer-webrtc-data'));
    const ours = parseSessionDescription(createOffer(OFFER_OPTIONS).text);
    assert.deepEqual(ours.bundleGroups, theirs.bundleGroups);
    assert.deepEqual(ours.origin, theirs.origin);
    for (const [index, their] of theirs.media.entries()) {
      const our = ours.media[index]!;
      assert.equal(our.protocol, index < 2 ? 'UDP/TLS/RTP/SAVPF' : their.protocol);
      for (const key of [
        'kind',
        'port',
        'mid',
        'direction',
        'setup',
        'rtcpMux',
        'rtcp',
        'connection',
      ] as const) {
        assert.deepEqual(our[key], their[key], key);
      }
      for (const extension of their.extensions) {
        assert.deepEqual(
          our.extensions.find(({ id }) => id === extension.id),
          extension,
        );
      }
      const names = new Set(our.payloads.map(({ name }) => name));
      for (const { name } of their.payloads) assert.ok(names.has(name), name);
    }
    const video = ours.media[1]!;
    assert.deepEqual(video.formats, ['97', '98', '99', '100', '101', '102', '103', '104']);
    assert.deepEqual(video.payloads[1]?.fmtp, new Map([['apt', '97']]));
    assert.deepEqual(video.ssrcGroups, [{ semantics: 'FID', ssrcs: [1005, 1006] }]);
    assert.deepEqual(video.msids, [{ stream: 'stream', track: 'video' }]);
  });

  test('has the m-lines, directions and bandwidths that are asked for', () => {
    const [audio, video] = OFFER_OPTIONS.media;
    const media = [
      { ...video!, direction: 'recvonly' as const, bandwidthKbps: 1500 },
      { ...audio!, direction: 'sendonly' as const },
    ];
    const { description, text } = createOffer({ ...OFFER_OPTIONS, media });
    assert.deepEqual(description.bundleGroups, [['video0', 'audio0']]);
    assert.match(text, /m=video .*\r\nb=AS:1500\r\n/);
    assert.deepEqual(
      description.media.map(({ direction, msids }) => [direction, msids.length]),
      [
        ['recvonly', 0],
        ['sendonly', 1],
      ],
    );
    const none = createOffer({ ...OFFER_OPTIONS, media: [] });
    assert.equal(
      none.text,
      'v=0\r\no=- 4000000000 4000000000 IN IP4 0.0.0.0\r\ns=Rivero\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n',
    );
  });

  test('numbers payload types over the whole bundle', () => {
    const [audio, video] = OFFER_OPTIONS.media;
    const media = [
      audio!,
      video!,
      { ...video!, codecs: [{ name: 'VP8', clockRate: 90000, payloadType: 97, rtx: true }] },
    ];
    const { description } = createOffer({ ...OFFER_OPTIONS, media });
    const numbers = description.media.flatMap(({ formats }) => formats);
    assert.equal(new Set(numbers).size, numbers.length);
    assert.deepEqual(
      description.media.map(({ mid }) => mid),
      ['audio0', 'video0', 'video1'],
    );
    assert.deepEqual(description.media[2]?.formats[0], '97');
  });

  test('needs free payload types', () => {
    const audio = OFFER_OPTIONS.media[0] as OfferedRtpMedia;
    const codecs = Array.from({ length: 62 }, () => ({ name: 'opus', clockRate: 48000, channels: 2 }));
    assert.throws(() => createOffer({ ...OFFER_OPTIONS, media: [{ ...audio!, codecs }] }), RangeError);
    const twice = [
      { ...codecs[0]!, payloadType: 96 },
      { ...codecs[1]!, payloadType: 96 },
    ];
    assert.throws(() => createOffer({ ...OFFER_OPTIONS, media: [{ ...audio!, codecs: twice }] }), RangeError);
  });
});

test('two of us agree on everything', () => {
  const offer = createOffer(OFFER_OPTIONS);
  const answer = createAnswer(parseSessionDescription(offer.text), { ...ANSWER_OPTIONS, data: {} });
  assert.deepEqual(answer.rejections, []);
  const { session } = applyAnswer(offer.description, answer.text);
  assert.equal(session.iceControlling, true);
  assert.deepEqual(session.bundle, answer.session.bundle);
  for (const [index, ours] of session.media.entries()) {
    const theirs = answer.session.media[index]!;
    assert.ok(ours.accepted);
    assert.deepEqual(ours.codecs, theirs.codecs);
    assert.deepEqual(ours.extensions, theirs.extensions);
    assert.deepEqual(ours.direction, theirs.direction);
    assert.deepEqual([ours.dtlsRole, theirs.dtlsRole], ['server', 'client']);
  }
});
