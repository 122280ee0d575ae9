import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { RtcpWriter } from '@rivero/rtp';
import { parseSessionDescription } from '@rivero/sdp';
import { announcedSsrcs, call, type TestCall } from '../test-support/call.js';
import { offerOf, type TestOffer, vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

describe('negotiating a connected endpoint anew', () => {
  const harness = sharedWorker();
  let pipeline: string;

  async function loopback(offer: TestOffer = {}): Promise<TestCall> {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline, offer);
    await harness.invoke(made.endpoint, 'connect', { sink: made.endpoint });
    return made;
  }

  let sequence = 0;
  function sendVideo({ peer }: TestCall, ssrc = 2222, fill = 7): void {
    sequence++;
    peer.sendRtp({
      payloadType: 96,
      marker: true,
      sequence,
      timestamp: sequence * 3000,
      ssrc,
      payload: vp8Payload(true, 100, fill),
    });
  }

  function sendAudio({ peer }: TestCall): void {
    sequence++;
    peer.sendRtp({
      payloadType: 111,
      marker: false,
      sequence,
      timestamp: sequence * 960,
      ssrc: 1111,
      payload: randomBytes(40),
    });
  }

  async function videoGoesRound(made: TestCall, ssrc = 2222): Promise<void> {
    const before = made.peer.rtp.length;
    await waitFor('video', () => {
      sendVideo(made, ssrc);
      return made.peer.rtp.slice(before).some(({ payloadType }) => payloadType === 96);
    });
  }

  const offerAgain = (made: TestCall, offer: TestOffer): Promise<string> =>
    harness.invoke<string>(made.endpoint, 'processOffer', { offer: offerOf(made.peer, offer) });

  test('media is added while the rest flows on', async () => {
    const made = await loopback({ video: false });
    sendAudio(made);
    await waitFor('audio', () => made.peer.rtp.length === 1);
    const answer = await offerAgain(made, {});
    assert.deepEqual(
      parseSessionDescription(answer).media.map(({ port }) => port !== 0),
      [true, true],
    );
    const version = (text: string): number => Number(parseSessionDescription(text).origin.sessionVersion);
    assert.equal(version(answer), version(made.answer) + 1);
    assert.deepEqual(announcedSsrcs(answer, 'audio'), announcedSsrcs(made.answer, 'audio'));
    await videoGoesRound(made);
    const count = made.peer.rtp.length;
    sendAudio(made);
    await waitFor('audio to go on', () => made.peer.rtp.length > count);
    const audio = made.peer.rtp.filter(({ payloadType }) => payloadType === 111);
    assert.equal(audio.at(-1)!.ssrc, audio[0]!.ssrc);
    assert.equal(harness.eventsOf(made.endpoint, 'MediaSessionStarted').length, 1);
  });

  test('on hold and back: the stream goes on under its sequence numbers', async () => {
    const made = await loopback();
    await videoGoesRound(made);
    const held = offerOf(made.peer).replaceAll('a=sendrecv', 'a=inactive');
    const answer = await harness.invoke<string>(made.endpoint, 'processOffer', { offer: held });
    assert.match(answer, /a=inactive/);
    sendVideo(made);
    await harness.invoke(made.endpoint, 'getName');
    await offerAgain(made, {});
    await videoGoesRound(made);
    const video = made.peer.rtp.filter(({ payloadType }) => payloadType === 96);
    assert.equal(new Set(video.map(({ ssrc }) => ssrc)).size, 1);
    for (const [index, packet] of video.entries()) {
      if (index > 0) assert.equal(packet.sequence, (video[index - 1]!.sequence + 1) & 0xffff);
    }
  });

  test('a stream that said goodbye may come back under the same SSRC', async () => {
    const made = await loopback();
    await videoGoesRound(made);
    let goodbye = new Uint8Array(0);
    const writer = new RtcpWriter(new Uint8Array(1200), (buffer, length) => {
      goodbye = buffer.slice(0, length);
    });
    writer.begin(2222, Buffer.from('test'));
    writer.bye(2222);
    writer.finish();
    made.peer.sendRtcp(goodbye);
    await waitFor('what comes after it', () => {
      sendVideo(made, 2222, 77);
      return made.peer.rtp.some(({ payload }) => payload[50] === 77);
    });
  });

  test('a peer that changes its SSRC is followed', async () => {
    const made = await loopback();
    await videoGoesRound(made);
    await offerAgain(made, { video: { ssrc: 8888, rtxSsrc: 8889 } });
    await videoGoesRound(made, 8888);
  });

  test('ICE restart by the peer: new credentials, and media flows before and after', async () => {
    const made = await loopback();
    await videoGoesRound(made);
    made.peer.restartIce();
    const answer = await offerAgain(made, {});
    const ufrag = (text: string): string | undefined => parseSessionDescription(text).media[0]!.iceUfrag;
    assert.notEqual(ufrag(answer), ufrag(made.answer));
    await videoGoesRound(made);
    const pairs = harness.eventsOf(made.endpoint, 'NewCandidatePairSelected').length;
    made.peer.accept(answer);
    await waitFor(
      'a new pair',
      () => harness.eventsOf(made.endpoint, 'NewCandidatePairSelected').length > pairs,
    );
    await videoGoesRound(made);
    assert.equal(await harness.invoke(made.endpoint, 'getConnectionState'), 'CONNECTED');
  });

  test('an offer of another peer is refused and changes nothing', async () => {
    const made = await loopback();
    await videoGoesRound(made);
    const other = offerOf(made.peer).replaceAll(
      /a=fingerprint:.*/g,
      `a=fingerprint:sha-256 ${Array(32).fill('AA').join(':')}`,
    );
    await assert.rejects(harness.invoke(made.endpoint, 'processOffer', { offer: other }), { code: 40205 });
    await videoGoesRound(made);
  });

  test('the server offers again: same lines and numbers, and the answer is taken', async () => {
    const made = await loopback();
    await videoGoesRound(made);
    const offer = await harness.invoke<string>(made.endpoint, 'generateOffer', {
      options: { offerToReceiveAudio: false },
    });
    const described = parseSessionDescription(offer).media;
    assert.deepEqual(
      described.map(({ setup, direction }) => [setup, direction]),
      [
        ['actpass', 'inactive'],
        ['actpass', 'sendrecv'],
      ],
    );
    await assert.rejects(harness.invoke(made.endpoint, 'generateOffer'), { code: 40208 });
    const answer = offerOf(made.peer, { setup: 'passive' }).replace('a=sendrecv', 'a=inactive');
    await harness.invoke(made.endpoint, 'processAnswer', { answer });
    await videoGoesRound(made);
  });

  test('m-lines of a bundle with credentials of their own: those of the first that is accepted count, and stay', async () => {
    const made = await loopback();
    const peer = await TestPeer.open();
    harness.peers.push(peer);
    const endpoint = await harness.create('WebRtcEndpoint', pipeline);
    await harness.invoke(endpoint, 'connect', { sink: endpoint });
    const offer = offerOf(peer)
      .replace('SAVPF 111 0', 'SAVPF 18')
      .replace(/a=ice-ufrag:.*/, 'a=ice-ufrag:alone');
    const process = () => harness.invoke<string>(endpoint, 'processOffer', { offer });
    const answer = await process();
    peer.accept(answer);
    await harness.invoke(endpoint, 'gatherCandidates');
    await waitFor('a candidate', () => harness.eventsOf(endpoint, 'IceCandidateFound').length > 0);
    for (const { candidate } of harness.eventsOf(endpoint, 'IceCandidateFound'))
      peer.addCandidate((candidate as { candidate: string }).candidate);
    await waitFor('the call', () => peer.secured);
    await videoGoesRound({ ...made, peer });
    const ufragOf = (text: string) => parseSessionDescription(text).media[1]?.iceUfrag;
    assert.equal(ufragOf(await process()), ufragOf(answer));
    await videoGoesRound({ ...made, peer });
  });

  test('an answer of another peer, or of another ICE generation than it was asked for, is refused and changes nothing', async () => {
    const made = await loopback();
    await videoGoesRound(made);
    const answer = offerOf(made.peer, { setup: 'passive' });
    const certificate = `a=fingerprint:sha-256 ${Array(32).fill('AA').join(':')}`;
    await harness.invoke(made.endpoint, 'generateOffer');
    for (const wrong of [
      answer.replaceAll(/a=ice-ufrag:.*/g, 'a=ice-ufrag:other'),
      answer.replaceAll(/a=fingerprint:.*/g, certificate),
    ]) {
      await assert.rejects(harness.invoke(made.endpoint, 'processAnswer', { answer: wrong }), {
        code: 40206,
      });
      await videoGoesRound(made);
    }
    await harness.invoke(made.endpoint, 'processAnswer', { answer });
    await videoGoesRound(made);
  });

  test('a line that was stopped is taken up again under another MID, or for media of the other kind', async () => {
    const made = await loopback();
    await videoGoesRound(made);
    const whole = offerOf(made.peer);
    const stopVideo = (offer: string): string =>
      offer.replace('BUNDLE a v', 'BUNDLE a').replace('m=video 9', 'm=video 0');
    await harness.invoke(made.endpoint, 'processOffer', { offer: stopVideo(whole) });
    // The MID that the server writes into its packets is the new one: browsers drop what has another.
    const renamed = whole.replace('BUNDLE a v', 'BUNDLE a w').replace('a=mid:v', 'a=mid:w');
    const answer = await harness.invoke<string>(made.endpoint, 'processOffer', {
      offer: renamed.replaceAll('2222', '2442').replaceAll('3333', '3443'),
    });
    const [ssrc] = announcedSsrcs(answer, 'video');
    const before = made.peer.rtp.length;
    await waitFor('video on the line', () => {
      sendVideo(made, 2442);
      return made.peer.rtp.length > before;
    });
    const echoed = made.peer.rtp.at(-1)!;
    assert.equal(echoed.ssrc, ssrc);
    assert.equal(Buffer.from(echoed.extensions.get(4)!).toString(), 'w');

    // Now for audio; video gets a line of its own, behind.
    await harness.invoke(made.endpoint, 'processOffer', { offer: stopVideo(renamed) });
    const audioSection = (mid: string, number: number): string =>
      `m=audio${whole.split('m=audio')[1]!.split('m=video')[0]!}`
        .replace('a=mid:a', `a=mid:${mid}`)
        .replaceAll('1111', `${number}`);
    const video = `m=video${whole.split('m=video')[1]!}`
      .replace('a=mid:v', 'a=mid:x')
      .replaceAll('2222', '2552')
      .replaceAll('3333', '3553');
    const mixed = await harness.invoke<string>(made.endpoint, 'processOffer', {
      offer: `${whole.split('m=audio')[0]!.replace('BUNDLE a v', 'BUNDLE a b x')}${audioSection('a', 1111)}${audioSection('b', 1551)}${video}`,
    });
    const { media } = parseSessionDescription(mixed);
    assert.deepEqual(
      media.map(({ kind, mid, port }) => [kind, mid, port !== 0]),
      [
        ['audio', 'a', true],
        ['audio', 'b', true],
        ['video', 'x', true],
      ],
    );
    assert.equal(new Set(media.flatMap(({ ssrcs }) => ssrcs.map((each) => each.ssrc))).size, 4);
    // It is the default video now: the loopback goes on with it.
    const count = made.peer.rtp.length;
    await waitFor('video on its new line', () => {
      sendVideo(made, 2552);
      return made.peer.rtp.slice(count).some(({ payloadType }) => payloadType === 96);
    });
    assert.equal(Buffer.from(made.peer.rtp.at(-1)!.extensions.get(4)!).toString(), 'x');
  });

  test('what is announced for a line stays, whichever lines before it come and go', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline);
    const second = offerOf(made.peer, { audio: false, video: { ssrc: 7000, rtxSsrc: 7001 } })
      .split('m=video')[1]!
      .replace('a=mid:v', 'a=mid:w');
    const both = `${offerOf(made.peer).replace('BUNDLE a v', 'BUNDLE a v w')}m=video${second}`;
    const ssrcsOf = async (offer: string): Promise<number[][]> =>
      parseSessionDescription(
        await harness.invoke<string>(made.endpoint, 'processOffer', { offer }),
      ).media.map(({ ssrcs }) => ssrcs.map(({ ssrc }) => ssrc));
    const [audio, , last] = await ssrcsOf(both);
    const stopped = both.replace('BUNDLE a v w', 'BUNDLE a w').replace('m=video 9', 'm=video 0');
    assert.deepEqual(await ssrcsOf(stopped), [audio, [], last]);
  });

  test('a second video line has its own place in the graph, named by its MID', async () => {
    pipeline = await harness.create('MediaPipeline', null);
    const made = await call(harness, pipeline);
    const second = offerOf(made.peer, { audio: false, video: { ssrc: 7000, rtxSsrc: 7001 } })
      .split('m=video')[1]!
      .replace('a=mid:v', 'a=mid:screen');
    const offer = `${offerOf(made.peer).replace('BUNDLE a v', 'BUNDLE a v screen')}m=video${second}`;
    const answer = await harness.invoke<string>(made.endpoint, 'processOffer', { offer });
    assert.deepEqual(
      parseSessionDescription(answer).media.map(({ port, mid }) => [port !== 0, mid]),
      [
        [true, 'a'],
        [true, 'v'],
        [true, 'screen'],
      ],
    );
    // The screen goes to the first line of a viewer.
    const viewer = await call(harness, pipeline, { direction: 'recvonly' });
    await harness.invoke(made.endpoint, 'connect', {
      sink: viewer.endpoint,
      mediaType: 'VIDEO',
      sourceMediaDescription: 'screen',
      sinkMediaDescription: 'default',
    });
    sequence++;
    const send = (ssrc: number, fill: number): void =>
      made.peer.sendRtp({
        payloadType: 96,
        marker: true,
        sequence: ++sequence,
        timestamp: sequence * 3000,
        ssrc,
        payload: vp8Payload(true, 100, fill),
      });
    await waitFor('the screen', () => {
      send(2222, 1);
      send(7000, 2);
      return viewer.peer.rtp.length > 3;
    });
    assert.ok(viewer.peer.rtp.every(({ payload }) => payload[50] === 2));
  });

  test('with Kurento’s rule a second offer is refused', async () => {
    const strict = await WorkerHarness.start({ renegotiation: false });
    const strictPipeline = await strict.create('MediaPipeline', null);
    const made = await call(strict, strictPipeline);
    await assert.rejects(strict.invoke(made.endpoint, 'processOffer', { offer: offerOf(made.peer) }), {
      code: 40208,
    });
    await strict.release(strictPipeline);
    await made.peer.close();
    await strict.close();
  });
});
