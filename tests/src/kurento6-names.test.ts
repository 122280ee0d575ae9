import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  loadKurento6,
  type MediaObject,
  openClient,
  recordEvents,
  type WebRtcEndpoint,
} from './support/kurento.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

/** What kurento-client 6.18 offers beyond the names of today. */
interface Endpoint6 extends WebRtcEndpoint {
  setOutputBitrate(bitrate: number): Promise<void>;
  setMaxOuputBitrate(bitrate: number): Promise<void>;
  getMaxOutputBitrate(): Promise<number>;
  setExternalAddress(address: string): Promise<void>;
}

/** The same object as a client of today sees it. */
interface Endpoint7 extends MediaObject {
  getEncoderBitrate(): Promise<number>;
  getExternalIPv4(): Promise<string>;
}

const OFFER = [
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\na=mid:0\r\na=rtcp-mux\r\n',
  'a=ice-ufrag:user\r\na=ice-pwd:passwordpasswordpassword\r\na=setup:actpass\r\n',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}\r\n`,
].join('');

let server: TestServer;

before(async () => {
  server = await TestServer.start({ args: ['--compatibility.kurento6', 'true'] });
});
after(() => server.stop());

test('a program that uses the names of Kurento 6 finds them', { timeout: 60_000 }, async () => {
  const client = await openClient(server.uri, Number.POSITIVE_INFINITY, loadKurento6());
  const today = await openClient(server.uri);
  try {
    const pipeline = await client.create('MediaPipeline');
    const endpoint = (await pipeline.create('WebRtcEndpoint')) as Endpoint6;
    const same = (await today.getMediaobjectById(endpoint.id)) as Endpoint7;
    await endpoint.setOutputBitrate(123_000);
    assert.equal(await same.getEncoderBitrate(), 123_000);
    await endpoint.setMaxOuputBitrate(456_000);
    assert.equal(await endpoint.getMaxOutputBitrate(), 456_000);
    await endpoint.setExternalAddress('198.51.100.4');
    assert.equal(await same.getExternalIPv4(), '198.51.100.4');
    const events = recordEvents(endpoint, ['OnIceCandidate', 'IceCandidateFound', 'OnIceGatheringDone']);
    await endpoint.processOffer(OFFER);
    await endpoint.gatherCandidates();
    await waitFor('the old event', () => events.some(({ type }) => type === 'OnIceGatheringDone'));
    const lines = (type: string): unknown[] =>
      events
        .filter((event) => event.type === type)
        .map(({ data }) => (data.candidate as { candidate: string }).candidate);
    assert.ok(lines('OnIceCandidate').length > 0);
    assert.deepEqual(lines('OnIceCandidate'), lines('IceCandidateFound'));
    await pipeline.release();
  } finally {
    client.close();
    today.close();
  }
});
