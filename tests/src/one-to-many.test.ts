import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BrowserPeer } from './support/browser.js';
import { assertNoLoss, callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import { pause, waitFor } from './support/wait.js';

describe('one presenter, three viewers, all Chromium', () => {
  const harness = useHarness();

  test('every viewer sees and hears the presenter, the one who joins five seconds later too', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const source = await pipeline.create('WebRtcEndpoint');
    const presenter = await harness.browser.newPeer({ send: { audio: true, video: true } });
    await callServer(presenter, source);

    const addViewer = async (): Promise<BrowserPeer> => {
      const sink = await pipeline.create('WebRtcEndpoint');
      const viewer = await harness.browser.newPeer({ receive: { audio: true, video: true } });
      await source.connect(sink);
      await callServer(viewer, sink);
      return viewer;
    };
    const viewers = await Promise.all([addViewer(), addViewer()]);
    await Promise.all(viewers.map((viewer) => pictureMoves(viewer)));

    await pause(5000);
    const late = await addViewer();
    const joined = performance.now();
    await waitFor('the first picture of the late viewer', () => late.picture());
    const delay = performance.now() - joined;
    viewers.push(late);

    for (const viewer of viewers) {
      const statistics = await mediaArrives(viewer);
      await pictureMoves(viewer);
      assertNoLoss(statistics);
      assert.ok(statistics.received.audio.audioEnergy > 0);
      assert.equal(statistics.received.video.codec, 'VP8');
      assert.equal(statistics.received.audio.codec, 'opus');
    }
    // A key frame was asked of the presenter: nobody waits for one that comes by itself.
    const { sent } = await presenter.statistics();
    assert.ok(sent.video.plis + sent.video.firs > 0, 'the presenter was asked for a key frame');
    assert.ok(delay < 10_000, `the late viewer waited ${Math.round(delay)} ms for a picture`);

    await Promise.all([presenter, ...viewers].map((peer) => peer.close()));
    await pipeline.release();
  });

  test('a viewer who leaves is not missed by the others', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const source = await pipeline.create('WebRtcEndpoint');
    const presenter = await harness.browser.newPeer({ send: { audio: true, video: true } });
    await callServer(presenter, source);
    const [staying, leaving] = await Promise.all(
      [0, 1].map(async () => {
        const sink = await pipeline.create('WebRtcEndpoint');
        const viewer = await harness.browser.newPeer({ receive: { audio: true, video: true } });
        await source.connect(sink);
        await callServer(viewer, sink);
        await mediaArrives(viewer);
        return { sink, viewer };
      }),
    );
    await leaving!.viewer.close();
    await leaving!.sink.release();
    assertNoLoss(await mediaArrives(staying!.viewer));
    await staying!.viewer.close();
    await presenter.close();
    await pipeline.release();
  });
});
