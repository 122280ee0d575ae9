import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import { waitFor } from './support/wait.js';

describe('transcoding, with Chromium at both ends', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const harness = useHarness();

  test('VP8 and Opus reach a viewer that takes H.264 and PCMU only; a viewer of VP8 gets it untouched', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const [source, odd, plain] = await Promise.all([
      pipeline.create('WebRtcEndpoint'),
      pipeline.create('WebRtcEndpoint'),
      pipeline.create('WebRtcEndpoint'),
    ]);
    const states: string[] = [];
    source.on('MediaTranscodingStateChanged', ({ mediaType, state }) => states.push(`${mediaType} ${state}`));
    const both = { audio: true, video: true };
    const sender = await harness.browser.newPeer({ send: both, videoCodec: 'VP8', audioCodec: 'opus' });
    await callServer(sender, source);
    const oddPeer = await harness.browser.newPeer({ receive: both, videoCodec: 'H264', audioCodec: 'PCMU' });
    await callServer(oddPeer, odd);
    const plainPeer = await harness.browser.newPeer({ receive: both, videoCodec: 'VP8', audioCodec: 'opus' });
    await callServer(plainPeer, plain);
    await source.connect(odd);
    await source.connect(plain);
    const { received } = await mediaArrives(oddPeer, ['audio', 'video'], 30_000);
    await pictureMoves(oddPeer);
    assert.equal(received.video.codec, 'H264');
    assert.equal(received.audio.codec, 'PCMU');
    const untouched = (await mediaArrives(plainPeer, ['audio', 'video'], 30_000)).received;
    assert.equal(untouched.video.codec, 'VP8');
    assert.equal(await source.isMediaTranscoding('VIDEO'), true);
    assert.match(await pipeline.getGstreamerDot(), /vp8dec/);
    await waitFor(
      'both to be told',
      () => states.includes('VIDEO TRANSCODING') && states.includes('AUDIO TRANSCODING'),
    );
    await odd.release();
    await waitFor('the end of transcoding', () => states.includes('VIDEO NOT_TRANSCODING'));
    assert.equal(await source.isMediaTranscoding('VIDEO'), false);
    await mediaArrives(plainPeer);
    await pipeline.release();
    await Promise.all([sender, oddPeer, plainPeer].map((peer) => peer.close()));
  });
});
