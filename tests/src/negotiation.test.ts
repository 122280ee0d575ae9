import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PeerOptions, TestBrowser } from './support/browser.js';
import { assertNoLoss, callBrowser, callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';

const BOTH = { audio: true, video: true };
const TWO_WAY: PeerOptions = { send: BOTH, receive: BOTH };

describe('ways to set up a call with Chromium', () => {
  const harness = useHarness();

  test('the server offers, the browser answers', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const peer = await harness.browser.newPeer(TWO_WAY);
    await callBrowser(peer, endpoint);
    assertNoLoss(await mediaArrives(peer));
    await pictureMoves(peer);
    await peer.close();
    await pipeline.release();
  });

  test('the server offers to a sender and to a receiver', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const source = await pipeline.create('WebRtcEndpoint', { recvonly: true });
    const sink = await pipeline.create('WebRtcEndpoint', { sendonly: true });
    await source.connect(sink);
    const sender = await harness.browser.newPeer({ send: BOTH });
    const receiver = await harness.browser.newPeer({ receive: BOTH });
    await callBrowser(sender, source);
    await callBrowser(receiver, sink);
    assertNoLoss(await mediaArrives(receiver));
    assert.equal((await sender.statistics()).received.video.packets, 0);
    await Promise.all([sender.close(), receiver.close()]);
    await pipeline.release();
  });

  test('complete descriptions both ways, no trickled candidates', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const peer = await harness.browser.newPeer(TWO_WAY);
    await peer.createOffer();
    const offer = await peer.completeDescription();
    assert.match(offer, /^a=candidate:/m);
    const gathered = new Promise<void>((resolve) => endpoint.on('IceGatheringDone', () => resolve()));
    await endpoint.processOffer(offer);
    await endpoint.gatherCandidates();
    await gathered;
    const answer = await endpoint.getLocalSessionDescriptor();
    assert.match(answer, /^a=candidate:/m);
    await peer.acceptAnswer(answer);
    await peer.connected();
    assertNoLoss(await mediaArrives(peer));
    await peer.close();
    await pipeline.release();
  });

  test('without a bundle: each m-line has a transport of its own', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const peer = await harness.browser.newPeer(TWO_WAY);
    await callServer(peer, endpoint, undefined, (offer) => offer.replace(/a=group:BUNDLE.*\r\n/, ''));
    assertNoLoss(await mediaArrives(peer));
    await pictureMoves(peer);
    const pairs = (await endpoint.getICECandidatePairs()) as { remoteCandidate: string }[];
    assert.equal(new Set(pairs.map(({ remoteCandidate }) => remoteCandidate.split(' ')[5])).size, 2);
    await peer.close();
    await pipeline.release();
  });

  test('sound alone, and a picture alone', async () => {
    for (const kind of ['audio', 'video'] as const) {
      const pipeline = await harness.client.create('MediaPipeline');
      const endpoint = await pipeline.create('WebRtcEndpoint');
      await endpoint.connect(endpoint);
      const peer = await harness.browser.newPeer({ send: { [kind]: true }, receive: { [kind]: true } });
      await callServer(peer, endpoint);
      assertNoLoss(await mediaArrives(peer, [kind]));
      await peer.close();
      await pipeline.release();
    }
  });
});

describe('a browser that hides its addresses', () => {
  const harness = useHarness();

  test('candidates with mDNS names are no obstacle', async () => {
    const anonymous = await TestBrowser.launch({ camera: false });
    const pipeline = await harness.client.create('MediaPipeline');
    const source = await pipeline.create('WebRtcEndpoint');
    const sink = await pipeline.create('WebRtcEndpoint');
    await source.connect(sink);
    const sender = await harness.browser.newPeer({ send: BOTH });
    const receiver = await anonymous.newPeer({ receive: BOTH });
    await callServer(sender, source);
    await callServer(receiver, sink);
    assertNoLoss(await mediaArrives(receiver));
    assert.ok(receiver.candidates.length > 0);
    for (const { candidate } of receiver.candidates) assert.match(candidate, / [\w-]+\.local /);
    for (const { candidate } of sender.candidates) assert.doesNotMatch(candidate, /\.local /);
    await sender.close();
    await anonymous.close();
    await pipeline.release();
  });
});
