import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request as openRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { BrowserPeer } from './support/browser.js';
import { callServer, mediaArrives, pictureMoves } from './support/call.js';
import { useHarness } from './support/harness.js';
import { type HttpPostEndpoint, type MediaPipeline, recordEvents } from './support/kurento.js';
import { probeFile } from './support/media-file.js';
import { childrenOf } from './support/process.js';
import { waitFor } from './support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-http-post-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A WebM file with a test picture, part of which is noise, and a tone. */
function webm(seconds: number): Uint8Array<ArrayBuffer> {
  const path = join(folder, `${seconds}.webm`);
  const line =
    `webmmux name=mux ! filesink location=${path} ` +
    `videotestsrc num-buffers=${seconds * 15} ! video/x-raw,width=320,height=240,framerate=15/1 ! vp8enc deadline=1 keyframe-max-dist=5 ! queue ! mux. ` +
    `audiotestsrc num-buffers=${seconds * 50} samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! opusenc ! queue ! mux.`;
  execFileSync('gst-launch-1.0', ['-q', ...line.split(' ')]);
  return new Uint8Array(readFileSync(path));
}

const EVENTS = ['MediaSessionStarted', 'MediaSessionTerminated', 'EndOfStream', 'Error'];

describe('HttpPostEndpoint', () => {
  const harness = useHarness();
  let pipeline: MediaPipeline;
  let endpoint: HttpPostEndpoint;
  let events: { type: string; data: Record<string, unknown> }[];
  let peer: BrowserPeer | undefined;
  let short: Uint8Array<ArrayBuffer>;

  before(() => {
    short = webm(3);
  });
  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    endpoint = await pipeline.create('HttpPostEndpoint', { disconnectionTimeout: 1 });
    events = recordEvents(endpoint, EVENTS);
  });
  afterEach(async () => {
    await pipeline.release();
    await peer?.close();
    peer = undefined;
  });

  const told = (type: string): Promise<unknown> =>
    waitFor(type, () => events.some((event) => event.type === type), 20_000);

  test('a file that is posted is seen and heard by Chromium as it was encoded', async () => {
    const url = await endpoint.getUrl();
    assert.match(url, /^http:\/\/(localhost|127\.0\.0\.1):\d+\/post\/[0-9a-f-]{36}$/);
    assert.equal(Number(new URL(url).port), harness.server.port);
    const viewer = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(viewer);
    peer = await harness.browser.newPeer({ receive: { audio: true, video: true } });
    await callServer(peer, viewer);
    const media = webm(10);
    const client = openRequest(url, { method: 'POST' });
    client.on('error', () => {});
    client.write(media.subarray(0, media.length - 5000));
    await mediaArrives(peer);
    await pictureMoves(peer);
    assert.equal(await viewer.isMediaTranscoding('VIDEO'), false);
    assert.equal((await fetch(url, { method: 'POST', body: short })).status, 409);
    // What a client has sent before it went away is played.
    client.destroy();
    await told('Error');
    assert.equal(events.find(({ type }) => type === 'Error')?.data.type, 'RESOURCE_ERROR_READ');
    await told('MediaSessionTerminated');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['MediaSessionStarted', 'Error', 'EndOfStream', 'MediaSessionTerminated'],
    );
  });

  test('a form with a file is recorded, and the events tell of it', async () => {
    const path = join(folder, 'recorded.webm');
    const recorder = await pipeline.create('RecorderEndpoint', { uri: `file://${path}` });
    await endpoint.connect(recorder);
    await recorder.record();
    const form = new FormData();
    form.append('media', new Blob([short]), 'short.webm');
    const answer = await fetch(await endpoint.getUrl(), { method: 'POST', body: form });
    assert.equal(answer.status, 200, await answer.text());
    await told('EndOfStream');
    await recorder.stopAndWait();
    await told('MediaSessionTerminated');
    assert.deepEqual(
      events.map(({ type }) => type),
      ['MediaSessionStarted', 'EndOfStream', 'MediaSessionTerminated'],
    );
    const file = probeFile(path);
    assert.deepEqual(file.streams.map(({ codec }) => codec).sort(), ['opus', 'vp8']);
    // What is played before the recorder is connected to it, and up to the next key frame, is not recorded.
    assert.ok(file.decodedFrames >= 15 && file.decodedFrames <= 45, `${file.decodedFrames} of 45 pictures`);
    assert.ok(file.duration > 1 && file.duration < 3.2, `${file.duration} s`);
  });

  test('what is no media, stalls or has no endpoint is refused with a status and an Error', async () => {
    const url = await endpoint.getUrl();
    const bad = await fetch(url, { method: 'POST', body: 'no media\n'.repeat(1000) });
    assert.equal(bad.status, 415);
    await told('Error');
    assert.equal(events.find(({ type }) => type === 'Error')?.data.type, 'INVALID_MEDIA');
    events.length = 0;

    const stalled = openRequest(url, { method: 'POST' });
    stalled.write(short.subarray(0, 20_000));
    const status = await new Promise((resolve, reject) => {
      stalled.on('response', (response) => resolve(response.resume().statusCode));
      stalled.on('error', reject);
    });
    assert.equal(status, 408);
    await told('Error');
    stalled.destroy();

    assert.equal((await fetch(url)).status, 405);
    assert.equal((await fetch(`${url}0`, { method: 'POST', body: short })).status, 404);
    const page = { origin: 'https://elsewhere.example' };
    assert.equal((await fetch(url, { method: 'POST', body: short, headers: page })).status, 403);
    await endpoint.release();
    assert.equal((await fetch(url, { method: 'POST', body: short })).status, 404);
  });

  test('when its graph process dies the upload fails, and the same URL takes the next one', async () => {
    const url = await endpoint.getUrl();
    const posted = fetch(url, { method: 'POST', body: short });
    await told('MediaSessionStarted');
    for (const graph of harness.server.workers.flatMap(childrenOf)) process.kill(graph, 'SIGKILL');
    assert.equal((await posted).status, 502);
    await told('MediaSessionTerminated');
    assert.equal((await fetch(url, { method: 'POST', body: short })).status, 200);
  });
});
