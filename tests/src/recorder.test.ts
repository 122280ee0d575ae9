import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { S3Server } from '@rivero/recording/testing';
import type { BrowserPeer } from './support/browser.js';
import { callServer } from './support/call.js';
import { useHarness } from './support/harness.js';
import {
  type MediaPipeline,
  type RecorderEndpoint,
  recordEvents,
  type WebRtcEndpoint,
} from './support/kurento.js';
import { probeFile } from './support/media-file.js';
import { childrenOf } from './support/process.js';
import { waitFor } from './support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-recorder-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const s3 = await S3Server.start('calls');
after(() => s3.close());

describe('RecorderEndpoint with Chromium', () => {
  const harness = useHarness({
    server: {
      args: [
        ...['--media.s3Endpoint', s3.endpoint, '--media.s3AccessKeyId', s3.accessKeyId],
        ...['--media.s3SecretAccessKey', s3.secretAccessKey, '--media.spoolDirectory', join(folder, 'spool')],
      ],
    },
  });
  let pipeline: MediaPipeline;
  let endpoint: WebRtcEndpoint;
  let peer: BrowserPeer;

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    endpoint = await pipeline.create('WebRtcEndpoint');
    peer = await harness.browser.newPeer({ send: { audio: true, video: true } });
  });
  afterEach(async () => {
    await pipeline.release();
    await peer.close();
  });

  async function recorderFor(
    name: string,
    mediaProfile: string,
  ): Promise<{ recorder: RecorderEndpoint; path: string }> {
    const path = join(folder, name);
    const recorder = await pipeline.create('RecorderEndpoint', { uri: `file://${path}`, mediaProfile });
    await endpoint.connect(recorder);
    return { recorder, path };
  }

  /** Bytes of what waits to be uploaded. */
  function spooled(): number {
    const spool = join(folder, 'spool');
    if (!existsSync(spool)) return 0;
    return readdirSync(spool).reduce((sum, name) => sum + statSync(join(spool, name)).size, 0);
  }

  /** Records for so long, counted by the size of the file and the clock of the recording. */
  async function record(recorder: RecorderEndpoint, path: string, bytes: number): Promise<void> {
    await recorder.record();
    await waitFor(
      'the recording to grow',
      () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > bytes,
      30_000,
    );
    await recorder.stopAndWait();
  }

  test('WEBM: what the browser sends is written as it comes, with events when they are true', async () => {
    const { recorder, path } = await recorderFor('plain.webm', 'WEBM');
    const events = recordEvents(recorder, [
      'Recording',
      'Paused',
      'Stopped',
      'UriEndpointStateChanged',
      'Error',
    ]);
    await callServer(peer, endpoint);
    assert.equal(await recorder.getState(), 'STOP');
    await record(recorder, path, 150_000);
    await waitFor('Stopped', () => events.some(({ type }) => type === 'Stopped'));
    assert.deepEqual(
      events.map(({ type, data }) => (data.state === undefined ? type : `${type} ${data.state}`)),
      ['UriEndpointStateChanged START', 'Recording', 'UriEndpointStateChanged STOP', 'Stopped'],
    );
    const file = probeFile(path);
    assert.deepEqual(file.streams.map(({ codec }) => codec).sort(), ['opus', 'vp8']);
    assert.ok(file.decodedFrames > 10, `${file.decodedFrames} frames`);
    const ends = file.streams.map(({ end }) => end);
    assert.ok(Math.max(...ends) - Math.min(...ends) < 0.5, `streams end at ${ends}`);
    assert.ok(Math.abs(file.duration - Math.max(...ends)) < 0.2);
  });

  test('MP4: video is transcoded for the container, Opus is not', async () => {
    const { recorder, path } = await recorderFor('transcoded.mp4', 'MP4');
    await callServer(peer, endpoint);
    await record(recorder, path, 100_000);
    const file = probeFile(path);
    assert.deepEqual(file.streams.map(({ codec }) => codec).sort(), ['h264', 'opus']);
    assert.ok(file.decodedFrames > 10);
  });

  test('HLS: a playlist that grows, whose segments begin with key frames, and that can be played to its end', async () => {
    const path = join(folder, 'hls', 'call.m3u8');
    const recorder = await pipeline.create('RecorderEndpoint', {
      uri: `file://${path}`,
      mediaProfile: 'MP4',
    });
    const events = recordEvents(recorder, ['Error']);
    await endpoint.connect(recorder);
    await callServer(peer, endpoint);
    await recorder.record();
    const segments = (): string[] =>
      existsSync(path)
        ? readFileSync(path, 'utf8')
            .split('\n')
            .filter((line) => line.endsWith('.m4s'))
        : [];
    await waitFor('three segments', () => segments().length >= 3, 40_000);
    assert.doesNotMatch(readFileSync(path, 'utf8'), /ENDLIST/);
    for (const segment of segments()) assert.ok(existsSync(join(folder, 'hls', segment)), segment);
    await recorder.stopAndWait();
    assert.deepEqual(events, []);
    const text = readFileSync(path, 'utf8');
    assert.match(text, /#EXT-X-ENDLIST/);
    const listed = [...text.matchAll(/#EXTINF:([\d.]+),/g)].reduce(
      (sum, [, seconds]) => sum + Number(seconds),
      0,
    );
    const file = probeFile(path);
    assert.deepEqual(file.streams.map(({ codec }) => codec).sort(), ['aac', 'h264']);
    assert.ok(file.decodedFrames > 40, `${file.decodedFrames} frames`);
    assert.ok(Math.abs(file.duration - listed) < 0.5, `${file.duration} s, listed ${listed}`);
    assert.ok(file.largestGap < 1, `${file.largestGap} s`);
    const init = readFileSync(join(folder, 'hls', 'call-init-1.mp4'));
    for (const segment of segments()) {
      const alone = join(folder, 'segment.mp4');
      writeFileSync(alone, Buffer.concat([init, readFileSync(join(folder, 'hls', segment))]));
      const flags = execFileSync('ffprobe', [
        ...['-v', 'error', '-select_streams', 'v', '-show_entries', 'packet=flags', '-of', 'csv=p=0', alone],
      ]);
      assert.match(String(flags), /^(K|$)/, `${segment} begins with a key frame`);
    }
  });

  test('s3: a recording is in the bucket when stopAndWait answers', async () => {
    const recorder = await pipeline.create('RecorderEndpoint', { uri: 's3://calls/2026/call.webm' });
    const events = recordEvents(recorder, ['Error']);
    await endpoint.connect(recorder);
    await callServer(peer, endpoint);
    await recorder.record();
    await waitFor('the recording to grow', () => spooled() > 100_000, 30_000);
    assert.equal(s3.objects.size, 0);
    await recorder.stopAndWait();
    assert.deepEqual(events, []);
    const { content, type } = s3.objects.get('calls/2026/call.webm')!;
    assert.equal(type, 'video/webm');
    const path = join(folder, 'from-s3.webm');
    writeFileSync(path, content);
    assert.ok(probeFile(path).decodedFrames > 10);
    assert.equal(spooled(), 0);
  });

  test('a pause is cut out', async () => {
    const { recorder, path } = await recorderFor('paused.webm', 'WEBM');
    const events = recordEvents(recorder, ['Recording', 'Paused']);
    await callServer(peer, endpoint);
    await recorder.record();
    await waitFor(
      'the recording to grow',
      () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 60_000,
    );
    await recorder.pause();
    await waitFor('Paused', () => events.some(({ type }) => type === 'Paused'));
    assert.equal(await recorder.getState(), 'PAUSE');
    const paused = statSync(path).size;
    const pausedAt = Date.now();
    await waitFor('time to pass', () => Date.now() - pausedAt > 2500);
    assert.equal(statSync(path).size, paused);
    const begun = Date.now();
    await recorder.record();
    await waitFor('the recording to go on', () => statSync(path).size > paused + 60_000);
    await recorder.stopAndWait();
    const after = (Date.now() - begun) / 1000;
    const file = probeFile(path);
    assert.ok(file.largestGap < 1, `a gap of ${file.largestGap} s`);
    assert.ok(file.duration < (begun - pausedAt) / 1000 + after + 10);
  });

  test('a kill of the graph process leaves a playable file, an Error event and the call as it was', async () => {
    const { recorder, path } = await recorderFor('killed.mp4', 'MP4_AUDIO_ONLY');
    const events = recordEvents(recorder, ['Error', 'Stopped']);
    await callServer(peer, endpoint);
    await recorder.record();
    await waitFor(
      'the recording to grow',
      () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 20_000,
    );
    const graphs = harness.server.workers.flatMap(childrenOf);
    assert.ok(graphs.length > 0);
    for (const graph of graphs) process.kill(graph, 'SIGKILL');
    await waitFor('Error and Stopped', () => events.length >= 2);
    assert.deepEqual(events.map(({ type }) => type).sort(), ['Error', 'Stopped'], JSON.stringify(events));
    assert.ok(probeFile(path).duration > 1);
    assert.equal(await endpoint.getConnectionState(), 'CONNECTED');
  });

  test('places that can not be written to are told', async () => {
    await callServer(peer, endpoint);
    for (const [uri, code] of [
      ['foo://x/y', 15],
      ['file:///etc/rivero.webm', 15],
      [`file://${folder}/../../etc/rivero.webm`, 15],
      ['http://169.254.169.254/x.webm', 15],
      ['rtsp://127.0.0.1/x.webm', 3],
    ] as const) {
      const recorder = await pipeline.create('RecorderEndpoint', { uri });
      const events = recordEvents(recorder, ['Error', 'Recording']);
      await endpoint.connect(recorder);
      await recorder.record();
      await waitFor('an Error', () => events.some(({ type }) => type === 'Error'));
      assert.equal(events[0]!.data.errorCode, code, uri);
      await recorder.stopAndWait();
      assert.equal(await recorder.getState(), 'STOP');
    }
    assert.equal(existsSync('/etc/rivero.webm'), false);
  });
});
