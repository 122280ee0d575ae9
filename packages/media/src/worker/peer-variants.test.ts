import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AUDIO_CODECS, createAnswer, parseSessionDescription, VIDEO_CODECS } from '@rivero/sdp';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { TestPeer, type TestPeerOptions } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const WRONG = Array(32).fill('AB').join(':');

/** What a peer does that others do not. */
interface Variant {
  name: string;
  options?: TestPeerOptions;
  /** Its ICE role, where that is not the one of its description. */
  controlling?: boolean;
  /** Changes the description that it sends. */
  change?: (text: string, peer: TestPeer) => string;
  /** It has no candidate in its description, and trickles none. */
  silent?: boolean;
  /** It is not told our candidates: the way is found by its own. */
  deaf?: boolean;
  /** Its part in the DTLS handshake; default `server`, as this side is active. */
  dtlsRole?: 'client' | 'server';
}

const withoutGroup = (text: string) => text.replace(/a=group:.*\r\n/, '');
const sessionLevel = (attribute: string) => (text: string) => {
  const lines = new RegExp(`^a=${attribute}[: ].*\r\n`, 'gm');
  const [line] = text.match(lines)!;
  return text.replaceAll(lines, '').replace(/^(?=m=)/m, line);
};
const fingerprints = (lines: (own: string, peer: TestPeer) => string) => (text: string, peer: TestPeer) =>
  text.replaceAll(/^a=fingerprint:.*\r\n/gm, lines(/^a=fingerprint:.*\r\n/m.exec(text)![0], peer));

/** Of offers and of answers. */
const ALIKE: Variant[] = [
  { name: 'fully described' },
  { name: 'without candidates', silent: true },
  {
    name: 'without candidates, by end-of-candidates',
    silent: true,
    change: (text) => `${text}a=end-of-candidates\r\n`,
  },
  { name: 'that reaches nobody by itself', deaf: true },
  {
    name: 'with security at the session level',
    change: (text) =>
      ['ice-ufrag', 'ice-pwd', 'fingerprint', 'setup'].reduce(
        (changed, name) => sessionLevel(name)(changed),
        text,
      ),
  },
  { name: 'with a fingerprint in small letters', change: fingerprints((own) => own.toLowerCase()) },
  { name: 'with the hash in capitals', change: fingerprints((own) => own.replace('sha-256', 'SHA-256')) },
  ...(['sha-384', 'sha-512'] as const).map(
    (hash): Variant => ({
      name: `with a fingerprint by ${hash}`,
      change: fingerprints((_, peer) => `a=fingerprint:${hash} ${peer.certificate.fingerprint(hash)}\r\n`),
    }),
  ),
  {
    name: 'with several fingerprints, one its own',
    change: fingerprints((own) => `a=fingerprint:md5 AA:BB\r\na=fingerprint:sha-256 ${WRONG}\r\n${own}`),
  },
  {
    name: 'without mids and bundle, by one transport',
    change: (text) =>
      withoutGroup(text)
        .replaceAll(/^a=mid:.*\r\n/gm, '')
        .replace(/^m=audio \d+/m, 'm=audio 0'),
  },
  {
    name: 'with the first m-line of the bundle stopped',
    change: (text) => text.replace(/^m=audio \d+/m, 'm=audio 0'),
  },
  { name: 'without rtcp lines', change: (text) => text.replaceAll(/^a=rtcp:.*\r\n/gm, '') },
];

function addLite(text: string): string {
  return text.replace(/^(?=m=)/m, 'a=ice-lite\r\n');
}

const OFFERS: Variant[] = [
  ...ALIKE,
  { name: 'that never makes a check (ICE-lite)', options: { lite: true }, change: addLite },
  { name: 'of setup active', change: (text) => text.replaceAll('actpass', 'active'), dtlsRole: 'client' },
  { name: 'of setup passive', change: (text) => text.replaceAll('actpass', 'passive') },
  { name: 'without setup', change: (text) => text.replaceAll('a=setup:actpass\r\n', '') },
  { name: 'ICE-controlled, as the answerer is', controlling: false },
  {
    name: 'with video first',
    change: (text) => {
      const [head, audio, video] = text.split(/^(?=m=)/m);
      return `${head}${video}${audio}`;
    },
  },
  {
    name: 'with bundle-only m-lines (max-bundle)',
    change: (text) => text.replace(/^m=video \d+(.*\r\n)/m, 'm=video 0$1a=bundle-only\r\n'),
  },
  {
    name: 'with an m-line of unknown media first in the bundle',
    change: (text) =>
      text
        .replace('BUNDLE a v', 'BUNDLE t a v')
        .replace(/^(?=m=)/m, 'm=text 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:t\r\na=rtpmap:98 t140/1000\r\n'),
  },
  {
    name: 'with reduced-size RTCP',
    change: (text) => text.replaceAll('a=rtcp-mux\r\n', 'a=rtcp-mux\r\na=rtcp-rsize\r\n'),
  },
];

const ANSWERS: Variant[] = [
  ...ALIKE,
  {
    name: 'that never makes a check (ICE-lite)',
    options: { lite: true },
    change: (text) => addLite(text).replaceAll('setup:active', 'setup:passive'),
    dtlsRole: 'server',
  },
  {
    name: 'of setup passive',
    change: (text) => text.replaceAll('setup:active', 'setup:passive'),
    dtlsRole: 'server',
  },
  {
    name: 'of setup actpass, which is none of an answer',
    change: (text) => text.replaceAll('setup:active', 'setup:actpass'),
  },
  { name: 'without setup', change: (text) => text.replaceAll('a=setup:active\r\n', '') },
  { name: 'ICE-controlling, as the offerer is', controlling: true },
];

describe('peers of all kinds', () => {
  const harness = sharedWorker();

  async function open({ options, controlling }: Variant, byDefault: boolean) {
    const pipeline = await harness.create('MediaPipeline', null);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(endpoint, 'connect', { sink: endpoint });
    const peer = await TestPeer.open(options, controlling ?? (byDefault && options?.lite !== true));
    harness.peers.push(peer);
    return { endpoint, peer };
  }

  async function connects(endpoint: string, peer: TestPeer, { deaf, silent }: Variant): Promise<void> {
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
    if (deaf !== true) {
      for (const { candidate } of harness.eventsOf(endpoint, 'IceCandidateFound'))
        peer.addCandidate((candidate as { candidate: string }).candidate);
    }
    await waitFor('the call to be secured', () => peer.secured);
    if (silent === true) {
      const pairs = await harness.invoke<{ remoteCandidate: string }[]>(endpoint, 'getICECandidatePairs');
      assert.match(pairs[0]!.remoteCandidate, / typ prflx/);
    }
  }

  async function goesRound(peer: TestPeer, payloadType: number, ssrc: number): Promise<void> {
    const before = peer.rtp.length;
    for (let i = 0; i < 3; i++) {
      const payload = vp8Payload(i === 0, 100, i);
      const sequence = before + i;
      peer.sendRtp({ payloadType, marker: true, sequence, timestamp: sequence * 3000, ssrc, payload });
    }
    await waitFor('media', () => peer.rtp.length >= before + 3);
  }

  const describedBy = (text: string, peer: TestPeer, { change, silent }: Variant): string => {
    const changed = change === undefined ? text : change(text, peer);
    return silent === true ? changed.replaceAll(/^a=candidate:.*\r\n/gm, '') : changed;
  };

  for (const variant of OFFERS) {
    test(`an offer ${variant.name}`, async () => {
      const { endpoint, peer } = await open(variant, true);
      const offer = describedBy(offerOf(peer), peer, variant);
      const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer });
      const [theirs, ours] = [offer, answer].map((text) => parseSessionDescription(text).media);
      assert.deepEqual(
        ours!.map(({ type, mid }) => [type, mid]),
        theirs!.map(({ type, mid }) => [type, mid]),
      );
      const { dtlsRole = 'server' } = variant;
      assert.equal(ours!.find(({ port }) => port !== 0)?.setup, dtlsRole === 'server' ? 'active' : 'passive');
      peer.accept(answer, dtlsRole);
      await connects(endpoint, peer, variant);
      await goesRound(peer, 96, 2222);
    });
  }

  for (const variant of ANSWERS) {
    test(`an answer ${variant.name}`, async () => {
      const { endpoint, peer } = await open(variant, false);
      const offer = await harness.invoke<string>(endpoint, 'generateOffer');
      const { session, text } = createAnswer(parseSessionDescription(offer), {
        session: { sessionId: '1' },
        transport: {
          iceUfrag: peer.ufrag,
          icePwd: peer.pwd,
          fingerprints: [{ algorithm: 'sha-256', value: peer.certificate.fingerprint('sha-256') }],
        },
        audio: { codecs: AUDIO_CODECS, sources: [{ ssrc: 4243, cname: 'peer' }] },
        video: { codecs: VIDEO_CODECS, sources: [{ ssrc: 4242, cname: 'peer' }] },
      });
      const own = /^a=candidate:.*\r\n/m.exec(peer.transportLines('active'))![0];
      const answer = describedBy(text.replaceAll(/^(?=a=mid:)/gm, own), peer, variant);
      await harness.invoke(endpoint, 'processAnswer', { answer });
      peer.accept(offer, variant.dtlsRole ?? 'client');
      await connects(endpoint, peer, variant);
      const [video] = session.media.filter(({ kind }) => kind === 'video');
      await goesRound(peer, video!.codecs.find(({ name }) => name === 'VP8')!.payloadType, 4242);
    });
  }

  test('candidates that overtake the answer, of a peer that cannot reach us by itself', async () => {
    const { endpoint, peer } = await open({ name: '' }, false);
    const offer = await harness.invoke<string>(endpoint, 'generateOffer');
    const [own] = /candidate:.*(?=\r\n)/.exec(peer.transportLines('active'))!;
    for (const candidate of [own, ''])
      for (const sdpMLineIndex of [0, 1])
        await harness.invoke(endpoint, 'addIceCandidate', {
          candidate: { candidate, sdpMid: '', sdpMLineIndex },
        });
    const { media } = parseSessionDescription(offer);
    const answer = [
      'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n',
      `a=group:BUNDLE ${media.map(({ mid }) => mid).join(' ')}\r\n`,
      ...media.map(({ type, mid, payloads: [first] }) =>
        [
          `m=${type} 9 UDP/TLS/RTP/SAVPF ${first!.payloadType}\r\n`,
          `a=mid:${mid}\r\na=rtpmap:${first!.payloadType} ${first!.name}/${first!.clockRate}\r\n`,
          peer.transportLines('active').replace(/a=candidate:.*\r\n/, ''),
        ].join(''),
      ),
    ];
    await harness.invoke(endpoint, 'processAnswer', { answer: answer.join('') });
    peer.accept(offer, 'client');
    await connects(endpoint, peer, { name: '', deaf: true });
  });

  test('a peer with new credentials that it tells nobody keeps its call, and gets new ones by an offer', async () => {
    const { endpoint, peer } = await open({ name: '' }, true);
    peer.accept(await harness.invoke<string>(endpoint, 'processOffer', { offer: offerOf(peer) }));
    await connects(endpoint, peer, { name: '' });
    const pairs = () => harness.eventsOf(endpoint, 'NewCandidatePairSelected').length;
    const before = pairs();
    await goesRound(peer, 96, 2222);
    peer.restartIce();
    for (const { candidate } of harness.eventsOf(endpoint, 'IceCandidateFound'))
      peer.addCandidate((candidate as { candidate: string }).candidate);
    await goesRound(peer, 96, 2222);
    assert.equal(pairs(), before);
    peer.accept(await harness.invoke<string>(endpoint, 'processOffer', { offer: offerOf(peer) }));
    await waitFor('a new pair', () => pairs() > before);
    await goesRound(peer, 96, 2222);
  });

  test('an offer of setup holdconn, which wants no connection, is rejected line by line', async () => {
    const { endpoint, peer } = await open({ name: '' }, true);
    const offer = offerOf(peer).replace('actpass', 'holdconn');
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer });
    assert.deepEqual(
      parseSessionDescription(answer).media.map(({ port }) => port !== 0),
      [false, true],
    );
  });
});
