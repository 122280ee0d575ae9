import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertNoLoss, callServer, mediaArrives } from './support/call.js';
import { useHarness } from './support/harness.js';
import { kurento6 } from './support/kurento.js';

describe('kurento-client 6.18', () => {
  const harness = useHarness();

  test('a loopback call', async () => {
    const client = await kurento6(harness.server.uri);
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
