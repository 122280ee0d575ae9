import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { BrowserPeer } from './support/browser.js';
import { callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import { waitFor } from './support/wait.js';

describe('PlayerEndpoint', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const harness = useHarness();
  const directory = mkdtempSync(join(tmpdir(), 'rivero-player-'));
  after(() => rmSync(directory, { recursive: true }));

  /** Seconds of a moving test picture and a tone. */
  function makeFile(name: string, seconds: number, video: string, audio: string, muxer: string): string {
    const path = join(directory, name);
    const chain = `${muxer} name=mux ! filesink location=${path} videotestsrc pattern=ball background-color=0xff208020 num-buffers=${seconds * 15} ! video/x-raw,format=I420,width=320,height=240,framerate=15/1 ! ${video} ! queue ! mux. audiotestsrc num-buffers=${seconds * 50} samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! ${audio} ! queue ! mux.`;
    execFileSync('gst-launch-1.0', ['-q', ...chain.split(' ')]);
    return `file://${path}`;
  }

  test('two viewers see and hear a WebM file as it is encoded; it ends, and plays again', async () => {
    const uri = makeFile('a.webm', 5, 'vp8enc deadline=1 keyframe-max-dist=15', 'opusenc', 'webmmux');
    const pipeline = await harness.client.create('MediaPipeline');
    const player = await pipeline.create('PlayerEndpoint', { uri });
    const events: string[] = [];
    player.on('EndOfStream', () => events.push('EndOfStream'));
    player.on('UriEndpointStateChanged', ({ state }) => events.push(state));
    player.on('Error', ({ type }) => events.push(String(type)));
    const both = { audio: true, video: true };
    const peers = [];
    for (const _ of [1, 2]) {
      const viewer = await pipeline.create('WebRtcEndpoint');
      const peer = await harness.browser.newPeer({ receive: both, videoCodec: 'VP8', audioCodec: 'opus' });
      await callServer(peer, viewer);
      await player.connect(viewer);
      peers.push(peer);
    }
    await player.play();
    for (const peer of peers) {
      const { received } = await mediaArrives(peer, ['audio', 'video'], 30_000);
      assert.equal(received.video.codec, 'VP8');
      assert.equal(received.audio.codec, 'opus');
    }
    assert.equal(await player.isMediaTranscoding('VIDEO'), false);
    assert.equal(await player.isMediaTranscoding('AUDIO'), false);
    const { isSeekable, seekableInit, seekableEnd, duration } = await player.getVideoInfo();
    assert.deepEqual([isSeekable, seekableInit, seekableEnd], [true, 0, duration]);
    // The last frame of sound may be a little longer than the picture.
    assert.ok(duration >= 5000 && duration < 5100, `${duration} ms`);
    assert.ok((await player.getPosition()) > 0);
    assert.match(await player.getElementGstreamerDot(), /matroskademux/i);
    await waitFor('the end', () => events.includes('EndOfStream') && events.includes('STOP'), 20_000);
    assert.equal(await player.getPosition(), 0);
    await player.play();
    await pictureMoves(peers[0]!);
    await player.stop();
    assert.equal(await player.getState(), 'STOP');
    await waitFor('all events', () => events.length === 5);
    assert.deepEqual(events, ['START', 'EndOfStream', 'STOP', 'START', 'STOP']);
    await pipeline.release();
    await Promise.all(peers.map((peer) => peer.close()));
  });

  test('H.264 and AAC of an MP4 file: the picture untouched, the sound as Opus', async () => {
    const uri = makeFile(
      'a.mp4',
      40,
      'x264enc tune=zerolatency key-int-max=15 ! video/x-h264,profile=constrained-baseline',
      'avenc_aac ! aacparse',
      'mp4mux',
    );
    const pipeline = await harness.client.create('MediaPipeline');
    const player = await pipeline.create('PlayerEndpoint', { uri });
    const viewer = await pipeline.create('WebRtcEndpoint');
    const peer = await harness.browser.newPeer({
      receive: { audio: true, video: true },
      videoCodec: 'H264',
      audioCodec: 'opus',
    });
    await callServer(peer, viewer);
    await player.connect(viewer);
    await player.play();
    const { received } = await mediaArrives(peer, ['audio', 'video'], 30_000);
    assert.equal(received.video.codec, 'H264');
    assert.equal(received.audio.codec, 'opus');
    assert.equal(await player.isMediaTranscoding('VIDEO'), false);
    assert.equal(await player.isMediaTranscoding('AUDIO'), true);
    await pictureMoves(peer);
    await player.setPosition(20_000);
    await waitFor('the place', async () => (await player.getPosition()) >= 20_000);
    await pictureMoves(peer);
    await pipeline.release();
    await peer.close();
  });

  /** What there is on most disks: H.264 as encoders make it unless told otherwise. */
  const ORDINARY = 'x264enc bframes=2 b-adapt=false key-int-max=250 ! video/x-h264,profile=high';

  test('an ordinary MP4, with bidirectional pictures and rare key frames, is decoded for its viewers', async () => {
    const uri = makeFile('ordinary.mp4', 20, ORDINARY, 'avenc_aac ! aacparse', 'mp4mux');
    const pipeline = await harness.client.create('MediaPipeline');
    const player = await pipeline.create('PlayerEndpoint', { uri });
    const watch = async (): Promise<BrowserPeer> => {
      const viewer = await pipeline.create('WebRtcEndpoint');
      const peer = await harness.browser.newPeer({ receive: { audio: true, video: true } });
      await callServer(peer, viewer);
      await player.connect(viewer);
      return peer;
    };
    const first = await watch();
    await player.play();
    await mediaArrives(first, ['audio', 'video'], 10_000);
    assert.equal(await player.isMediaTranscoding('VIDEO'), true);
    const later = await watch();
    await mediaArrives(later, ['audio', 'video'], 10_000);
    assert.equal(await player.getState(), 'START');
    await pipeline.release();
    await Promise.all([first.close(), later.close()]);
  });

  test('a viewer who comes between rare key frames does not wait for the next one', async () => {
    const uri = makeFile('rare.webm', 40, 'vp8enc deadline=1 keyframe-max-dist=1000', 'opusenc', 'webmmux');
    const pipeline = await harness.client.create('MediaPipeline');
    const player = await pipeline.create('PlayerEndpoint', { uri });
    await player.play();
    await waitFor('some of it to be over', async () => (await player.getPosition()) > 2000);
    const viewer = await pipeline.create('WebRtcEndpoint');
    const peer = await harness.browser.newPeer({ receive: { audio: true, video: true }, videoCodec: 'VP8' });
    await callServer(peer, viewer);
    await player.connect(viewer);
    await mediaArrives(peer, ['audio', 'video'], 12_000);
    const position = await player.getPosition();
    assert.ok(position > 2000 && position < 20_000, `${position} ms`);
    await pipeline.release();
    await peer.close();
  });

  test('a pause loses nothing, and nothing comes late after it', async () => {
    const uri = makeFile('paused.webm', 4, 'vp8enc deadline=1 keyframe-max-dist=15', 'opusenc', 'webmmux');
    const pipeline = await harness.client.create('MediaPipeline');
    const player = await pipeline.create('PlayerEndpoint', { uri });
    const viewer = await pipeline.create('WebRtcEndpoint');
    const peer = await harness.browser.newPeer({ receive: { audio: true, video: true } });
    await callServer(peer, viewer);
    await player.connect(viewer);
    let over = false;
    player.on('EndOfStream', () => {
      over = true;
    });
    await player.play();
    await mediaArrives(peer);
    await player.pause();
    const pausedAt = Date.now();
    await waitFor('some time to pass', () => Date.now() - pausedAt > 2500);
    const rest = (4000 - (await player.getPosition())) / 1000;
    const { audio, video } = (await peer.statistics()).received;
    await player.play();
    await waitFor('the end', () => over);
    // Sound in frames of 20 ms, 15 pictures a second; a browser throws away what comes at the wrong time.
    await waitFor(`the rest (${rest} s)`, async () => {
      const { received } = await peer.statistics();
      const sound = (received.audio.packets - audio.packets) / 50;
      const pictures = (received.video.frames - video.frames) / 15;
      return sound > rest - 0.5 && pictures > rest - 1;
    });
    await pipeline.release();
    await peer.close();
  });

  test('bad URIs give one Error of the right type', async () => {
    const text = join(directory, 'text.txt');
    writeFileSync(text, 'no media');
    const pipeline = await harness.client.create('MediaPipeline');
    for (const [uri, type] of [
      [`file://${join(directory, 'nonexistent.webm')}`, 'INVALID_URI'],
      ['/a/path', 'INVALID_URI'],
      ['http://127.0.0.1:1/x.webm', 'INVALID_URI'],
      ['rtsp://127.0.0.1:1/x', 'INVALID_URI'],
      ['foo://x/y', 'UNEXPECTED_ELEMENT_ERROR'],
      ['smb://127.0.0.1/y', 'RESOURCE_ERROR_NOT_AUTHORIZED'],
      ['file:///etc/passwd', 'RESOURCE_ERROR_NOT_AUTHORIZED'],
      [`file://${directory}/../../etc/passwd`, 'RESOURCE_ERROR_NOT_AUTHORIZED'],
      ['http://169.254.169.254/latest/', 'RESOURCE_ERROR_NOT_AUTHORIZED'],
      [`file://${text}`, 'INVALID_MEDIA'],
    ]) {
      const player = await pipeline.create('PlayerEndpoint', { uri: uri! });
      const errors: string[] = [];
      player.on('Error', ({ type: given }) => errors.push(String(given)));
      await player.play();
      await waitFor(`an error of ${uri}`, () => errors.length > 0);
      assert.equal(await player.getState(), 'START');
      await player.release();
      assert.deepEqual(errors, [type], uri);
    }
    await pipeline.release();
  });
});
