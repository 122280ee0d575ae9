import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertNoLoss, callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';

describe('codecs, each the only one that Chromium offers', () => {
  const harness = useHarness();

  const loopback = async (codecs: { videoCodec?: string; audioCodec?: string }) => {
    const pipeline = await harness.client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const both = { audio: true, video: true };
    const peer = await harness.browser.newPeer({ send: both, receive: both, ...codecs });
    await callServer(peer, endpoint);
    const statistics = await mediaArrives(peer, ['audio', 'video'], 30_000);
    await pictureMoves(peer);
    await pipeline.release();
    await peer.close();
    assertNoLoss(statistics);
    return statistics;
  };

  for (const videoCodec of ['VP8', 'VP9', 'H264', 'AV1']) {
    test(`${videoCodec} video goes and comes back`, async () => {
      const { sent, received } = await loopback({ videoCodec });
      assert.equal(sent.video.codec, videoCodec);
      assert.equal(received.video.codec, videoCodec);
    });
  }

  for (const audioCodec of ['opus', 'PCMU', 'PCMA']) {
    test(`${audioCodec} audio goes and comes back`, async () => {
      const { sent, received } = await loopback({ audioCodec });
      assert.equal(sent.audio.codec, audioCodec);
      assert.equal(received.audio.codec, audioCodec);
    });
  }

  test('Opus with redundancy is heard by who takes it and by who takes Opus alone', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const presenter = await pipeline.create('WebRtcEndpoint');
    const source = await harness.browser.newPeer({ send: { audio: true }, receive: {}, audioCodec: 'red' });
    await callServer(source, presenter);
    const viewers = [];
    for (const audioCodec of ['red', 'opus']) {
      const endpoint = await pipeline.create('WebRtcEndpoint');
      await presenter.connect(endpoint);
      const viewer = await harness.browser.newPeer({ send: {}, receive: { audio: true }, audioCodec });
      await callServer(viewer, endpoint);
      viewers.push(viewer);
    }
    const sizes = [];
    for (const viewer of viewers) {
      const { audio } = (await mediaArrives(viewer, ['audio'], 30_000)).received;
      sizes.push(audio.bytes / audio.packets);
      await viewer.close();
    }
    // Chromium's statistics say opus for both, but each packet with redundancy has the one before it as well.
    const [whole, plain] = sizes;
    assert.ok(whole! > plain! * 1.3, `${whole} bytes a packet, and ${plain}`);
    await pipeline.release();
    await source.close();
  });
});
