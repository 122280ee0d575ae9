import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { soakRecorder } from './soak/recorder-soak.js';
import {
  type KurentoClient,
  type MediaElement,
  type MediaPipeline,
  openClient,
  type RecorderEndpoint,
  recordEvents,
} from './support/kurento.js';
import { makeVp8File, probeFile } from './support/media-file.js';
import { RtpFan, smallMedia } from './support/rtp-fan.js';
import { describeRtp, portsOf, type RtpPorts, type VideoCodec } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

/** What a recording of a source that loses packets may be apart at most, ms. */
const MAX_SKEW_MS = 40;

describe('RecorderEndpoint: what is in the files', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-recorder-media-'));
  const spool = join(folder, 'spool');
  let server: TestServer;
  let client: KurentoClient;
  const fans = {} as Record<VideoCodec, RtpFan>;
  let pipeline: MediaPipeline;
  let fed: [RtpFan, RtpPorts][] = [];

  before(async () => {
    server = await TestServer.start({
      args: ['--media.loopback', 'always', '--media.spoolDirectory', spool],
    });
    client = await openClient(server.uri);
    fans.VP8 = await RtpFan.start(smallMedia('VP8'));
    fans.H264 = await RtpFan.start(smallMedia('H264'));
  });
  after(async () => {
    for (const fan of Object.values(fans)) fan.stop();
    client?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    pipeline = await client.create('MediaPipeline');
  });
  afterEach(async () => {
    for (const [fan, ports] of fed) fan.remove(ports);
    fed = [];
    await pipeline.release();
  });

  async function camera(
    codec: VideoCodec,
    kinds: Partial<RtpPorts> = {},
    fan = fans[codec],
  ): Promise<MediaElement> {
    const endpoint = await pipeline.create('RtpEndpoint');
    const ports = { ...portsOf(await endpoint.processOffer(describeRtp(codec))), ...kinds };
    fan.add(ports);
    fed.push([fan, ports]);
    for (const kind of ['AUDIO', 'VIDEO'] as const)
      if (ports[kind === 'AUDIO' ? 'audio' : 'video'] > 0)
        await waitFor(`${kind} to flow`, () => endpoint.isMediaFlowingOut(kind));
    return endpoint;
  }

  async function recorder(
    name: string,
    mediaProfile: string,
  ): Promise<{ path: string; recorder: RecorderEndpoint }> {
    const path = join(folder, name);
    return {
      path,
      recorder: await pipeline.create('RecorderEndpoint', { uri: `file://${path}`, mediaProfile }),
    };
  }

  const grown = (path: string, bytes: number): Promise<true> =>
    waitFor(
      `${path} to grow`,
      () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > bytes,
      30_000,
    ) as Promise<true>;

  const codecs = (path: string): string[] =>
    probeFile(path)
      .streams.map(({ codec }) => codec)
      .sort();

  test('MP4 of H.264: written as it comes', async () => {
    const source = await camera('H264');
    const { recorder: it, path } = await recorder('native.mp4', 'MP4');
    await source.connect(it);
    await it.record();
    await grown(path, 60_000);
    assert.equal(await source.isMediaTranscoding('VIDEO'), false);
    assert.doesNotMatch(await pipeline.getGstreamerDot(), /x264enc|avdec_h264|openh264/);
    await it.stopAndWait();
    assert.deepEqual(codecs(path), ['h264', 'opus']);
    assert.ok(probeFile(path).decodedFrames > 20);
  });

  test('FLV: H.264 as it comes, AAC', async () => {
    const { recorder: it, path } = await recorder('a.flv', 'FLV');
    await (await camera('H264')).connect(it);
    await it.record();
    await grown(path, 60_000);
    await it.stopAndWait();
    assert.deepEqual(codecs(path), ['aac', 'h264']);
    assert.ok(probeFile(path).decodedFrames > 20);
  });

  test('JPEG_VIDEO_ONLY: whole pictures', async () => {
    const { recorder: it, path } = await recorder('a.jpg', 'JPEG_VIDEO_ONLY');
    await (await camera('VP8')).connect(it);
    await it.record();
    await grown(path, 40_000);
    await it.stopAndWait();
    const decoded = execFileSync('ffmpeg', ['-v', 'error', '-f', 'mjpeg', '-i', path, '-f', 'framecrc', '-']);
    const pictures = decoded
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('0,'));
    assert.ok(pictures.length > 5, `${pictures.length} pictures`);
  });

  test('KURENTO_SPLIT_RECORDER: a track of its own for each source', async () => {
    const { recorder: it, path } = await recorder('split.mkv', 'KURENTO_SPLIT_RECORDER');
    for (const [index, codec] of (['VP8', 'H264'] as const).entries()) {
      const source = (await camera(codec)) as unknown as {
        connect(sink: unknown, kind: string, from: string, to: string): Promise<void>;
      };
      for (const kind of ['AUDIO', 'VIDEO']) await source.connect(it, kind, 'default', `camera${index}`);
    }
    await it.record();
    await grown(path, 150_000);
    await it.stopAndWait();
    assert.deepEqual(codecs(path), ['h264', 'opus', 'opus', 'vp8']);
  });

  test('sound alone until a picture comes late; then a larger picture; then another codec', async () => {
    const fan = await RtpFan.start(smallMedia('VP8'));
    try {
      const source = await camera('VP8', { video: 0 }, fan);
      const { recorder: it, path } = await recorder('changes.webm', 'WEBM');
      const told = recordEvents(it, ['Recording', 'Error']);
      await source.connect(it);
      await it.record();
      await waitFor('the recording to begin', () => told.length > 0, 30_000);
      const began = told[0]!.at;
      await grown(path, 12_000);
      const late = (performance.now() - began) / 1000;
      await (await camera('VP8', { audio: 0 }, fan)).connect(it, 'VIDEO');
      await grown(path, 60_000);
      fan.launch(smallMedia('VP8', 320, 240));
      const size = statSync(path).size;
      await grown(path, size + 60_000);
      await (await camera('H264', { audio: 0 })).connect(it, 'VIDEO');
      await grown(path, statSync(path).size + 60_000);
      const elapsed = (performance.now() - began) / 1000;
      await it.stopAndWait();
      assert.deepEqual(
        told.map(({ type }) => type),
        ['Recording'],
      );
      const { streams, duration, decodedFrames } = probeFile(path);
      assert.deepEqual(streams.map(({ codec }) => codec).sort(), ['opus', 'vp8']);
      const video = streams.find(({ codec }) => codec === 'vp8')!;
      assert.ok(video.start > late - 0.5, `${video.start} s, ${late} s`);
      assert.ok(Math.abs(duration - elapsed) < 1.5, `${duration} s recorded in ${elapsed} s`);
      assert.ok(decodedFrames > 40, `${decodedFrames} pictures`);
    } finally {
      fan.stop();
    }
  });

  test('a pause that is asked for at once is cut out', async () => {
    const source = await camera('VP8');
    const { recorder: it, path } = await recorder('paused.webm', 'WEBM');
    const told = recordEvents(it, ['Recording', 'Paused']);
    await source.connect(it);
    await it.record();
    await it.pause();
    await waitFor('Paused', () => told.some(({ type }) => type === 'Paused'));
    const pausedAt = performance.now();
    await waitFor('the pause to pass', () => performance.now() - pausedAt > 2000);
    const resumedAt = performance.now();
    await it.record();
    await grown(path, 20_000);
    await it.stopAndWait();
    const resumed = (performance.now() - resumedAt) / 1000;
    const { duration } = probeFile(path);
    assert.ok(duration < resumed + 1, `${duration} s recorded in ${resumed} s`);
    assert.equal(told.at(-1)?.type, 'Recording');
  });

  test('stopOnEndOfStream: the file is complete when its player is at the end', async () => {
    const seconds = 2;
    const player = await pipeline.create('PlayerEndpoint', {
      uri: makeVp8File(join(folder, 'played.webm'), seconds),
    });
    const path = join(folder, 'to-the-end.webm');
    const it = await pipeline.create('RecorderEndpoint', { uri: `file://${path}`, stopOnEndOfStream: true });
    const told = recordEvents(it, ['Recording', 'Stopped', 'Error']);
    await player.connect(it);
    await it.record();
    await player.play();
    await waitFor('Stopped', () => told.length >= 2, 30_000);
    assert.deepEqual(
      told.map(({ type }) => type),
      ['Recording', 'Stopped'],
    );
    assert.equal(await it.getState(), 'STOP');
    const { decodedFrames, duration } = probeFile(path);
    assert.equal(decodedFrames, seconds * 25);
    assert.ok(Math.abs(duration - seconds) < 0.2, `${duration} s`);
  });

  test('a full disk is told, and what was written can be played', async (t) => {
    const mount = join(folder, 'small');
    mkdirSync(mount);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160k', 'tmpfs', mount], { stdio: 'ignore' });
    } catch {
      t.skip('no right to mount a small file system');
      return;
    }
    try {
      for (const [profile, name] of [
        ['WEBM', 'a.webm'],
        ['MP4', 'a.mp4'],
      ] as const) {
        const source = await camera(profile === 'MP4' ? 'H264' : 'VP8');
        const path = join(mount, name);
        const full = await pipeline.create('RecorderEndpoint', {
          uri: `file://${path}`,
          mediaProfile: profile,
        });
        const told = recordEvents(full, ['Error', 'Stopped']);
        await source.connect(full);
        await full.record();
        await waitFor('Error and Stopped', () => told.length >= 2, 60_000);
        assert.deepEqual(
          told.map(({ type }) => type),
          ['Error', 'Stopped'],
        );
        assert.equal(told[0]!.data.type, 'RESOURCE_ERROR_NO_SPACE_LEFT');
        assert.equal(await full.getState(), 'STOP');
        const { decodedFrames } = probeFile(path);
        assert.ok(decodedFrames > 20, `${decodedFrames} pictures`);
        rmSync(path);
      }
    } finally {
      execFileSync('umount', [mount]);
    }
  });

  test('an upload that fails is told, and the recording is kept', async () => {
    const refusing = createServer((request, response) => {
      request.resume();
      request.on('end', () => response.writeHead(403).end());
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = refusing.address() as AddressInfo;
      const it = await pipeline.create('RecorderEndpoint', { uri: `http://127.0.0.1:${port}/a.webm` });
      const told = recordEvents(it, ['Recording', 'Error', 'Stopped']);
      await (await camera('VP8')).connect(it);
      await it.record();
      await waitFor('the recording to begin', () => told.length > 0, 30_000);
      await waitFor('bytes', () =>
        readdirSync(spool).some((name) => statSync(join(spool, name)).size > 30_000),
      );
      await it.stopAndWait();
      await waitFor('Stopped', () => told.length >= 3);
      assert.deepEqual(
        told.map(({ type }) => type),
        ['Recording', 'Error', 'Stopped'],
      );
      assert.equal(told[1]!.data.type, 'RESOURCE_ERROR_NOT_AUTHORIZED');
      const [kept] = readdirSync(spool);
      assert.match(String(told[1]!.data.description), new RegExp(kept!));
      const path = join(folder, 'kept.webm');
      writeFileSync(path, readFileSync(join(spool, kept!)));
      assert.ok(probeFile(path).decodedFrames > 10);
    } finally {
      refusing.close();
    }
  });

  test('five percent loss: sound and picture stay together, the length is right', async () => {
    const { skew, file, elapsed } = await soakRecorder(client, folder, { seconds: 20, loss: 0.05 });
    assert.ok(skew.medians.length > 0, `${skew.pairs} pairs`);
    for (const ms of skew.medians) assert.ok(Math.abs(ms) < MAX_SKEW_MS, `${ms} ms apart`);
    assert.ok(Math.abs(file.duration - elapsed) < 1, `${file.duration} s recorded in ${elapsed} s`);
  });
});
