import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { parseSessionDescription } from '@rivero/sdp';
import { offerOf, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';

/** The two transports of one peer: what it has a port for is a TestPeer here. */
interface Unbundled {
  endpoint: string;
  audio: TestPeer;
  video: TestPeer;
  answer: string;
}

describe('a peer that does not bundle', () => {
  const harness = sharedWorker();

  function offerBy(audio: TestPeer, video: TestPeer): string {
    const sound = offerOf(audio, { video: false }).replace(/a=group:.*\r\n/, '');
    return `${sound}m=video${offerOf(video, { audio: false }).split('m=video')[1]!}`;
  }

  /** The m-line of an answer, as a description of its own. */
  function only(answer: string, kind: string): string {
    const [session, ...sections] = answer.split(/^(?=m=)/m);
    return session! + sections.find((section) => section.startsWith(`m=${kind}`))!;
  }

  async function loopback({ oneFragment = false } = {}): Promise<Unbundled> {
    const pipeline = await harness.create('MediaPipeline', null);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(endpoint, 'connect', { sink: endpoint });
    const [audio, video] = [await TestPeer.open(), await TestPeer.open()];
    harness.peers.push(audio, video);
    if (oneFragment) video.restartIce(audio.ufrag, audio.pwd);
    const answer = await harness.invoke<string>(endpoint, 'processOffer', { offer: offerBy(audio, video) });
    audio.accept(only(answer, 'audio'));
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
    return { endpoint, audio, video, answer };
  }

  /** The video transport begins later than that of audio. */
  function beginVideo({ video, answer }: Unbundled): void {
    video.accept(only(answer, 'video'));
  }

  function tellCandidates({ endpoint, audio, video }: Unbundled): void {
    for (const event of harness.eventsOf(endpoint, 'IceCandidateFound')) {
      const { candidate, sdpMid, sdpMLineIndex } = event.candidate as {
        candidate: string;
        sdpMid: string;
        sdpMLineIndex: number;
      };
      assert.equal(sdpMid, sdpMLineIndex === 0 ? 'a' : 'v');
      if (sdpMid === 'a') audio.addCandidate(candidate);
      else video.addCandidate(candidate);
    }
  }

  let sequence = 0;
  async function goesRound({ audio, video }: Unbundled, kind: 'audio' | 'video'): Promise<void> {
    const peer = kind === 'audio' ? audio : video;
    const before = peer.rtp.length;
    await waitFor(`${kind} to come back`, () => {
      sequence++;
      peer.sendRtp({
        payloadType: kind === 'audio' ? 111 : 96,
        marker: true,
        sequence,
        timestamp: sequence * 960,
        ssrc: kind === 'audio' ? 1111 : 2222,
        payload: kind === 'audio' ? randomBytes(40) : vp8Payload(true),
      });
      return peer.rtp.length > before;
    });
  }

  const statesOf = (endpoint: string): unknown[] =>
    harness.eventsOf(endpoint, 'ConnectionStateChanged').map(({ newState }) => newState);

  test('has a transport for each m-line, and is connected when all are', async () => {
    const made = await loopback();
    const { endpoint, audio, video, answer } = made;
    const { media, bundleGroups } = parseSessionDescription(answer);
    assert.deepEqual(bundleGroups, []);
    assert.ok(media.every(({ port }) => port !== 0));
    assert.notEqual(media[0]!.iceUfrag, media[1]!.iceUfrag);

    tellCandidates(made);
    await waitFor('the audio transport', () => audio.secured);
    assert.deepEqual(statesOf(endpoint), []);
    beginVideo(made);
    await waitFor('the video transport', () => video.secured);
    await waitFor('the state', () => statesOf(endpoint).length > 0);
    assert.deepEqual(statesOf(endpoint), ['CONNECTED']);
    assert.equal(harness.eventsOf(endpoint, 'IceGatheringDone').length, 1);
    const pairs = await harness.invoke<{ streamId: string }[]>(endpoint, 'getICECandidatePairs');
    assert.deepEqual(
      pairs.map(({ streamId }) => streamId),
      ['1', '2'],
    );
    const halves = harness.eventsOf(endpoint, 'DtlsConnectionStateChange');
    assert.deepEqual(
      [...new Set(halves.map(({ streamId, componentId }) => `${streamId} ${componentId}`))].sort(),
      ['1 [rtp/dtlssrtpdec]', '1 [rtp/dtlssrtpenc]', '2 [rtp/dtlssrtpdec]', '2 [rtp/dtlssrtpenc]'],
    );

    await goesRound(made, 'audio');
    await goesRound(made, 'video');
    assert.ok(audio.rtp.every(({ payloadType }) => payloadType === 111));
    assert.ok(video.rtp.every(({ payloadType }) => payloadType === 96));
    const local = await harness.invoke<string>(endpoint, 'getLocalSessionDescriptor');
    assert.ok(parseSessionDescription(local).media.every(({ candidates }) => candidates.length > 0));
  });

  test('may have one fragment and password for all its transports', async () => {
    const made = await loopback({ oneFragment: true });
    assert.equal(made.audio.ufrag, made.video.ufrag);
    beginVideo(made);
    tellCandidates(made);
    await waitFor('both transports', () => made.audio.secured && made.video.secured);
    await goesRound(made, 'audio');
    await goesRound(made, 'video');
    assert.ok(made.audio.rtp.every(({ payloadType }) => payloadType === 111));
    assert.ok(made.video.rtp.every(({ payloadType }) => payloadType === 96));
  });

  test('loses one of them, and the other goes on', async () => {
    const made = await loopback();
    beginVideo(made);
    tellCandidates(made);
    await waitFor('both transports', () => made.audio.secured && made.video.secured);
    await goesRound(made, 'audio');
    await goesRound(made, 'video');
    made.video.hangUp();
    await waitFor('the end', () => statesOf(made.endpoint).includes('DISCONNECTED'));
    await goesRound(made, 'audio');
  });

  test('offers again: both transports stay, and one alone can be restarted', async () => {
    const made = await loopback();
    beginVideo(made);
    tellCandidates(made);
    await waitFor('both transports', () => made.audio.secured && made.video.secured);
    await goesRound(made, 'video');
    const ufrags = (text: string) => parseSessionDescription(text).media.map(({ iceUfrag }) => iceUfrag);
    const offerAgain = () =>
      harness.invoke<string>(made.endpoint, 'processOffer', { offer: offerBy(made.audio, made.video) });
    assert.deepEqual(ufrags(await offerAgain()), ufrags(made.answer));
    await goesRound(made, 'audio');
    made.video.restartIce();
    const answer = await offerAgain();
    assert.equal(ufrags(answer)[0], ufrags(made.answer)[0]);
    assert.notEqual(ufrags(answer)[1], ufrags(made.answer)[1]);
    made.video.accept(only(answer, 'video'));
    const pairs = () => harness.eventsOf(made.endpoint, 'NewCandidatePairSelected').length;
    await waitFor('a new pair', () => pairs() > 2);
    await goesRound(made, 'video');
    await goesRound(made, 'audio');
  });

  test('answers when the server offers again: both transports stay', async () => {
    const made = await loopback();
    beginVideo(made);
    tellCandidates(made);
    await waitFor('both transports', () => made.audio.secured && made.video.secured);
    await goesRound(made, 'video');
    const ufrags = (text: string) => parseSessionDescription(text).media.map(({ iceUfrag }) => iceUfrag);
    const offer = await harness.invoke<string>(made.endpoint, 'generateOffer');
    assert.deepEqual(ufrags(offer), ufrags(made.answer));
    const answer = offerBy(made.audio, made.video).replaceAll('setup:actpass', 'setup:passive');
    await harness.invoke(made.endpoint, 'processAnswer', { answer });
    await goesRound(made, 'audio');
    await goesRound(made, 'video');
    assert.ok(made.video.rtp.every(({ payloadType }) => payloadType === 96));
  });
});
