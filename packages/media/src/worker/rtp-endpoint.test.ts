import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { type CryptoSuite, parseSessionDescription } from '@rivero/sdp';
import { announcedSsrcs, call } from '../test-support/call.js';
import { RtpPeer } from '../test-support/rtp-peer.js';
import { vp8Payload } from '../test-support/session-descriptions.js';
import type { TestPeer } from '../test-support/test-peer.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const VIDEO = ['a=rtpmap:100 VP8/90000'];
const FEEDBACK = ['nack', 'nack pli', 'ccm fir', 'goog-remb'].map((value) => `a=rtcp-fb:100 ${value}`);

interface OfferedLine {
  peer: RtpPeer;
  kind?: 'audio' | 'video';
  formats?: string;
  port?: number;
  lines?: readonly string[];
}

/** A description as phones write it: LF, no mid, no ssrc. */
function describeLines(offered: readonly OfferedLine[], profile = 'RTP/AVP', address = '127.0.0.1'): string {
  const version = address.includes(':') ? 'IP6' : 'IP4';
  return [
    `v=0\no=- 1 1 IN ${version} ${address}\ns=-\nc=IN ${version} ${address}\nt=0 0\n`,
    ...offered.map(({ peer, kind = 'audio', formats = kind === 'audio' ? '0' : '100', port, lines }) =>
      [
        `m=${kind} ${port ?? peer.port} ${profile} ${formats}`,
        `a=rtcp:${peer.rtcpPort}`,
        ...(kind === 'video' ? VIDEO : []),
        ...(lines ?? []),
        '',
      ].join('\n'),
    ),
  ].join('');
}

describe('RtpEndpoint', () => {
  let harness: WorkerHarness;
  let pipeline: string;
  const peers: (RtpPeer | TestPeer)[] = [];

  before(async () => {
    harness = await WorkerHarness.start();
  });
  after(() => harness.close());
  afterEach(async () => {
    if (pipeline !== '') await harness.release(pipeline);
    for (const peer of peers.splice(0)) await peer.close();
    harness.events.length = 0;
    pipeline = '';
  });

  async function open(address?: string): Promise<RtpPeer> {
    const peer = await RtpPeer.open(address);
    peers.push(peer);
    return peer;
  }

  async function endpoint(params: Record<string, unknown> = {}): Promise<string> {
    pipeline ||= await harness.create('MediaPipeline', null);
    return harness.create('RtpEndpoint', pipeline, params);
  }

  /** A peer whose only m-line an endpoint has answered. */
  async function joined(
    line: Omit<OfferedLine, 'peer'> = {},
    profile = 'RTP/AVP',
    id?: string,
  ): Promise<{ peer: RtpPeer; id: string; answer: string }> {
    const peer = await open();
    const made = id ?? (await endpoint());
    const offer = describeLines([{ peer, ...line }], profile);
    const answer = await harness.invoke<string>(made, 'processOffer', { offer });
    peer.accept(answer, 0);
    return { peer, id: made, answer };
  }

  function audio(peer: RtpPeer | TestPeer, sequence: number, payloadType = 0, ssrc = 500): void {
    peer.sendRtp({
      payloadType,
      marker: false,
      sequence,
      timestamp: sequence * 160,
      ssrc,
      payload: new Uint8Array(160).fill(sequence),
    });
  }

  function video(
    peer: RtpPeer | TestPeer,
    sequence: number,
    keyFrame: boolean,
    type: number,
    ssrc = 600,
  ): void {
    peer.sendRtp({
      payloadType: type,
      marker: true,
      sequence,
      timestamp: sequence * 3000,
      ssrc,
      payload: vp8Payload(keyFrame),
    });
  }

  test('plain RTP goes in at one endpoint and out at the other, audio and video, with reports', async () => {
    const [fromAudio, fromVideo, toAudio, toVideo] = [await open(), await open(), await open(), await open()];
    const [from, to] = [await endpoint(), await endpoint()];
    const offerOf = (a: RtpPeer, v: RtpPeer): string =>
      describeLines([{ peer: a }, { peer: v, kind: 'video', formats: '100' }]);
    const fromAnswer = await harness.invoke<string>(from, 'processOffer', {
      offer: offerOf(fromAudio, fromVideo),
    });
    const toAnswer = await harness.invoke<string>(to, 'processOffer', { offer: offerOf(toAudio, toVideo) });
    assert.equal(harness.eventsOf(from, 'MediaSessionStarted').length, 1);
    assert.deepEqual(harness.eventsOf(from, 'ConnectionStateChanged'), [
      { oldState: 'DISCONNECTED', newState: 'CONNECTED' },
    ]);
    for (const [index, peer] of [fromAudio, fromVideo].entries()) peer.accept(fromAnswer, index);
    for (const [index, peer] of [toAudio, toVideo].entries()) peer.accept(toAnswer, index);
    await harness.invoke(from, 'connect', { sink: to });

    for (let i = 1; i <= 5; i++) audio(fromAudio, i);
    video(fromVideo, 70, true, 100);
    video(fromVideo, 71, false, 100);
    await waitFor('audio', () => toAudio.rtp.length === 5);
    await waitFor('video', () => toVideo.rtp.length === 2);
    assert.deepEqual(
      toAudio.rtp.map(({ payloadType, payload }) => [payloadType, payload[0]]),
      [1, 2, 3, 4, 5].map((fill) => [0, fill]),
    );
    assert.equal(toVideo.rtp[0]!.payload.length, 100);
    const [ssrc] = announcedSsrcs(toAnswer, 'audio');
    assert.equal(toAudio.rtp[0]!.ssrc, ssrc);
    await waitFor('a sender report', () => toAudio.rtcp.find(({ type }) => type === 'SR'));
    await waitFor('a report block', () => fromVideo.rtcp.find(({ type }) => type === 'RB'));
    await waitFor('MediaStateChanged', () => harness.eventsOf(from, 'MediaStateChanged').length === 1);
    await waitFor('flow', () => harness.eventsOf(to, 'MediaFlowInStateChanged').length >= 2);
    assert.ok(
      fromVideo.rtcp.every(({ type }) => type === 'SR' || type === 'RB'),
      'AVP: no feedback',
    );
    const stats = await harness.invoke<Record<string, { type: string }>>(from, 'getStats', {});
    assert.equal(Object.values(stats).filter(({ type }) => type === 'inboundrtp').length, 2);
  });

  test('WebRTC to RTP and back: VP8 with feedback, PCMU', async () => {
    const phone = await open();
    const camera = await open();
    const rtp = await endpoint();
    const offer = describeLines(
      [{ peer: phone }, { peer: camera, kind: 'video', formats: '100', lines: FEEDBACK }],
      'RTP/AVPF',
    );
    const answer = await harness.invoke<string>(rtp, 'processOffer', { offer });
    for (const [index, peer] of [phone, camera].entries()) peer.accept(answer, index);
    const browser = await call(harness, pipeline);
    peers.push(browser.peer);
    await harness.invoke(rtp, 'connect', { sink: browser.endpoint });
    await harness.invoke(browser.endpoint, 'connect', { sink: rtp });

    video(camera, 1, false, 100);
    await waitFor('a PLI', () => camera.rtcp.find(({ type, ssrc }) => type === 'PLI' && ssrc === 600));
    video(camera, 2, true, 100);
    await waitFor('video at the browser', () =>
      browser.peer.rtp.find(({ payloadType }) => payloadType === 96),
    );
    video(camera, 4, false, 100);
    await waitFor('a NACK', () =>
      camera.rtcp.find(({ type, sequence }) => type === 'NACK' && sequence === 3),
    );
    audio(phone, 9);
    await waitFor('audio at the browser', () =>
      browser.peer.rtp.find(({ payloadType }) => payloadType === 0),
    );

    audio(browser.peer, 30, 0, 1111);
    await waitFor('audio at the phone', () => phone.rtp.length === 1);
    assert.deepEqual([...phone.rtp[0]!.payload.subarray(0, 2)], [30, 30]);
    video(browser.peer, 40, false, 96, 2222);
    const [ssrc] = announcedSsrcs(answer, 'video');
    camera.sendRtcp((writer) => writer.pli(ssrc! | 0));
    await waitFor('the PLI at the browser', () => browser.peer.rtcp.find(({ type }) => type === 'PLI'));
    video(browser.peer, 41, true, 96, 2222);
    await waitFor('video at the camera', () => camera.rtp.length >= 1);
    assert.equal(camera.rtp[0]!.payloadType, 100);
  });

  for (const suite of [
    'AES_CM_128_HMAC_SHA1_80',
    'AES_CM_128_HMAC_SHA1_32',
    'AES_256_CM_HMAC_SHA1_80',
    'AES_256_CM_HMAC_SHA1_32',
  ] satisfies CryptoSuite[]) {
    test(`SRTP with keys of the description: ${suite}`, async () => {
      const length = suite.includes('256') ? 46 : 30;
      const key = 'k'.repeat(length);
      const secured = async (params: Record<string, unknown>, fill: number) => {
        const id = await endpoint(params);
        const mine = new Uint8Array(length).fill(fill);
        const crypto = `a=crypto:3 ${suite} inline:${Buffer.from(mine).toString('base64')}|2^31`;
        const { peer, answer } = await joined({ lines: [crypto] }, 'RTP/SAVP', id);
        const [theirs] = parseSessionDescription(answer).media[0]!.cryptos!;
        assert.equal(theirs!.tag, 3);
        assert.equal(theirs!.suite, suite);
        peer.secure(suite, mine, theirs!.key);
        return { peer, id, theirs: theirs!.key };
      };
      const from = await secured({ crypto: { crypto: suite.replace('AES_CM_128', 'AES_128_CM'), key } }, 1);
      const to = await secured({}, 2);
      assert.equal(Buffer.from(from.theirs).toString(), key);
      await harness.invoke(from.id, 'connect', { sink: to.id });
      audio(from.peer, 1);
      audio(from.peer, 2);
      await waitFor('decrypted audio', () => to.peer.rtp.length === 2);
      assert.deepEqual([...to.peer.rtp[1]!.payload.subarray(0, 2)], [2, 2]);
      await waitFor('a decrypted report', () => to.peer.rtcp.find(({ type }) => type === 'SR'));
    });
  }

  test('keys of a wrong length are refused; an endpoint with a suite takes no plain RTP', async () => {
    for (const crypto of [
      { crypto: 'AES_128_CM_HMAC_SHA1_80', key: 'x' },
      { crypto: 'AES_256_CM_HMAC_SHA1_80', key: 'k'.repeat(30) },
      { crypto: 'AES_128_CM_HMAC_SHA1_32', keyBase64: 'not base64!' },
    ]) {
      await assert.rejects(endpoint({ crypto }), { code: 40107, message: 'Master key size is wrong' });
    }
    await endpoint({ crypto: { key: 'x' } });
    const id = await endpoint({ crypto: { crypto: 'AES_128_CM_HMAC_SHA1_80' } });
    const { answer } = await joined({}, 'RTP/AVP', id);
    assert.match(answer, /m=audio 0 RTP\/AVP 0/);
  });
});
