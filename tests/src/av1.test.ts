import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import { probeFile } from './support/media-file.js';
import { waitFor } from './support/wait.js';

describe('AV1 through the graph, with Chromium', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const harness = useHarness();
  const directory = mkdtempSync(join(tmpdir(), 'rivero-av1-'));
  after(() => rmSync(directory, { recursive: true }));

  test('what Chromium sends is decoded for viewers of VP8 and H.264, and one of AV1 gets it untouched', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const source = await pipeline.create('WebRtcEndpoint');
    const sender = await harness.browser.newPeer({ send: { video: true }, videoCodec: 'AV1' });
    await callServer(sender, source);
    const peers = [];
    for (const videoCodec of ['VP8', 'H264', 'AV1']) {
      const viewer = await pipeline.create('WebRtcEndpoint');
      const peer = await harness.browser.newPeer({ receive: { video: true }, videoCodec });
      await callServer(peer, viewer);
      await source.connect(viewer);
      peers.push(peer);
      const { received } = await mediaArrives(peer, ['video'], 30_000);
      await pictureMoves(peer);
      assert.equal(received.video.codec, videoCodec);
    }
    const { sent } = await sender.statistics();
    assert.equal(sent.video.codec, 'AV1');
    await pipeline.release();
    await Promise.all([sender, ...peers].map((peer) => peer.close()));
  });

  test('it is made for a viewer that takes nothing else', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const [source, viewer] = [
      await pipeline.create('WebRtcEndpoint'),
      await pipeline.create('WebRtcEndpoint'),
    ];
    const sender = await harness.browser.newPeer({ send: { video: true }, videoCodec: 'VP8' });
    await callServer(sender, source);
    const peer = await harness.browser.newPeer({ receive: { video: true }, videoCodec: 'AV1' });
    await callServer(peer, viewer);
    await source.connect(viewer);
    const { received } = await mediaArrives(peer, ['video'], 30_000);
    await pictureMoves(peer);
    assert.equal(received.video.codec, 'AV1');
    assert.equal(await source.isMediaTranscoding('VIDEO'), true);
    await pipeline.release();
    await Promise.all([sender, peer].map((each) => each.close()));
  });

  test('it is recorded as it comes in WebM, MKV and MP4, and a recording is played as it is', async () => {
    const pipeline = await harness.client.create('MediaPipeline');
    const source = await pipeline.create('WebRtcEndpoint');
    const sender = await harness.browser.newPeer({ send: { audio: true, video: true }, videoCodec: 'AV1' });
    const profiles = { WEBM: 'av1.webm', MKV: 'av1.mkv', MP4: 'av1.mp4' };
    const recorders = await Promise.all(
      Object.entries(profiles).map(async ([mediaProfile, name]) => {
        const path = join(directory, name);
        const recorder = await pipeline.create('RecorderEndpoint', { uri: `file://${path}`, mediaProfile });
        await source.connect(recorder);
        return { recorder, path };
      }),
    );
    await callServer(sender, source);
    for (const { recorder } of recorders) await recorder.record();
    for (const { path } of recorders) {
      await waitFor(
        `${path} to grow`,
        () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 150_000,
        30_000,
      );
    }
    for (const { recorder } of recorders) await recorder.stopAndWait();
    assert.equal(await source.isMediaTranscoding('VIDEO'), false);
    for (const { path } of recorders) {
      const file = probeFile(path);
      assert.deepEqual(file.streams.map(({ codec }) => codec).sort(), ['av1', 'opus'], path);
      assert.ok(file.decodedFrames > 10, `${path}: ${file.decodedFrames} frames`);
      assert.ok(file.largestGap < 1, `${path}: ${file.largestGap} s`);
    }
    await sender.close();

    const player = await pipeline.create('PlayerEndpoint', { uri: `file://${recorders[2]!.path}` });
    const viewer = await pipeline.create('WebRtcEndpoint');
    const peer = await harness.browser.newPeer({ receive: { audio: true, video: true }, videoCodec: 'AV1' });
    await callServer(peer, viewer);
    await player.connect(viewer);
    await player.play();
    const { received } = await mediaArrives(peer, ['audio', 'video'], 30_000);
    assert.equal(received.video.codec, 'AV1');
    assert.equal(await player.isMediaTranscoding('VIDEO'), false);
    await pipeline.release();
    await peer.close();
  });

  test('a file that another encoder made is played as it is', async () => {
    const path = join(directory, 'libaom.mp4');
    execFileSync('ffmpeg', [
      ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=15', '-t', '8'],
      ...['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-g', '15', '-lag-in-frames', '0'],
      ...['-pix_fmt', 'yuv420p', path],
    ]);
    const pipeline = await harness.client.create('MediaPipeline');
    const player = await pipeline.create('PlayerEndpoint', { uri: `file://${path}` });
    const viewer = await pipeline.create('WebRtcEndpoint');
    const peer = await harness.browser.newPeer({ receive: { video: true }, videoCodec: 'AV1' });
    await callServer(peer, viewer);
    await player.connect(viewer);
    await player.play();
    const { received } = await mediaArrives(peer, ['video'], 30_000);
    await pictureMoves(peer);
    assert.equal(received.video.codec, 'AV1');
    assert.equal(await player.isMediaTranscoding('VIDEO'), false);
    await pipeline.release();
    await peer.close();
  });
});
