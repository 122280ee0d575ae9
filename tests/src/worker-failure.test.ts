import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { callServer, mediaArrives } from './support/call.js';
import { useHarness } from './support/harness.js';
import { errorCode, recordEvents } from './support/kurento.js';
import { waitFor } from './support/wait.js';

const LOOPBACK = { send: { audio: true, video: true }, receive: { audio: true, video: true } };
const MEDIA_OBJECT_NOT_FOUND = 40101;

describe('a media worker dies', () => {
  const harness = useHarness({ server: { workers: 2 } });

  const startCall = async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    const errors = [...[pipeline, endpoint].map((object) => recordEvents(object, ['Error']))];
    await endpoint.connect(endpoint);
    const peer = await harness.browser.newPeer(LOOPBACK);
    await callServer(peer, endpoint);
    await mediaArrives(peer);
    return { pipeline, endpoint, peer, errors };
  };

  test('its objects are gone and say so, the calls of the other worker flow on, a new worker takes over', async () => {
    const calls = [await startCall(), await startCall()];
    const [victim] = harness.server.workers;
    assert.equal(harness.server.workers.length, 2);
    process.kill(victim!, 'SIGKILL');

    const found = await waitFor('one of the calls to be gone', async () => {
      const codes = await Promise.all(calls.map(({ endpoint }) => errorCode(endpoint)));
      return codes.includes(MEDIA_OBJECT_NOT_FOUND) ? codes : undefined;
    });
    assert.deepEqual(found.toSorted(), [MEDIA_OBJECT_NOT_FOUND, undefined]);
    const lost = calls[found.indexOf(MEDIA_OBJECT_NOT_FOUND)]!;
    const kept = calls[found.indexOf(undefined)]!;

    await mediaArrives(kept.peer);
    const { received } = await kept.peer.statistics();
    assert.deepEqual([received.audio.packetsLost, received.video.packetsLost], [0, 0]);
    assert.deepEqual(kept.errors, [[], []]);
    await waitFor('Error events of the lost objects', () => lost.errors.every((events) => events.length > 0));
    for (const [event] of lost.errors) {
      assert.match(String(event?.data.description), /worker/i);
      assert.equal(typeof event?.data.errorCode, 'number');
    }
    assert.equal(await errorCode(lost.pipeline), MEDIA_OBJECT_NOT_FOUND);
    assert.equal(await errorCode(kept.pipeline), undefined);

    await waitFor('a new worker', () => harness.server.workers.length === 2);
    assert.ok(!harness.server.workers.includes(victim!));
    const fresh = [await startCall(), await startCall()];
    for (const { peer, pipeline } of [kept, ...fresh]) {
      await peer.close();
      await pipeline.release();
    }
    await lost.peer.close();
  });
});
