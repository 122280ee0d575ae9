import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertNoLoss, callServer, mediaArrives } from './support/call.js';
import { useHarness } from './support/harness.js';
import { loadKurento6, openClient } from './support/kurento.js';

describe('kurento-client 6.18', () => {
  const harness = useHarness();

  test('a loopback call', { timeout: 60_000 }, async () => {
    const kurento6 = loadKurento6();
    const client = await openClient(harness.server.uri, Infinity, kurento6);
    const pipeline = await client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const both = { audio: true, video: true };
    const peer = await harness.browser.newPeer({ send: both, receive: both });
    await callServer(peer, endpoint, kurento6);
    assertNoLoss(await mediaArrives(peer));
    assert.equal(await endpoint.getMediaState(), 'CONNECTED');
    await peer.close();
    await pipeline.release();
    client.close();
  });
});
