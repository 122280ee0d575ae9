import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type ClientRequest, request as openRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';
import { waitFor } from '../test-support/wait-for.js';

const directory = mkdtempSync(join(tmpdir(), 'rivero-post-'));
after(() => rmSync(directory, { recursive: true }));

/** A WebM file of so many seconds of a test picture at 10 fps and of a tone. */
function webm(seconds: number): Buffer {
  const path = join(directory, `${seconds}.webm`);
  const line =
    `videotestsrc num-buffers=${seconds * 10} ! video/x-raw,width=160,height=120,framerate=10/1 ! vp8enc deadline=1 ! queue ! m. ` +
    `audiotestsrc num-buffers=${seconds * 50} samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=2 ! opusenc ! queue ! m. ` +
    `webmmux name=m ! filesink location=${path}`;
  execFileSync('gst-launch-1.0', ['-q', ...line.split(' ')]);
  return readFileSync(path);
}

describe('HttpPost', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  let graph: GraphProcess;
  const sockets: Socket[] = [];
  let count = 0;
  before(async () => {
    graph = await GraphProcess.start();
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    await graph.close();
  });

  async function makePost(timeout = 1000): Promise<{ element: string; url: string; events: () => string[] }> {
    const element = `post-${++count}`;
    const { port } = (await graph.request('createElement', {
      element,
      type: 'HttpPost',
      params: { token: `token-${count}`, timeout },
    })) as { port: number };
    const events = (): string[] =>
      graph.events
        .filter(({ type }) => type === 'elementEvent')
        .map(({ data }) => data as { element: string; type: string })
        .filter((event) => event.element === element)
        .map(({ type }) => type);
    return { element, url: `http://127.0.0.1:${port}/token-${count}`, events };
  }

  function hasStream(stream: string): boolean {
    return graph.events.some(
      ({ type, data }) => type === 'streamAdded' && (data as { stream: string }).stream === stream,
    );
  }

  /** Counts the RTP packets of a stream. */
  async function receive(stream: string): Promise<{ packets: number }> {
    await waitFor(stream, () => hasStream(stream));
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'listening');
    const received = { packets: 0 };
    socket.on('message', () => received.packets++);
    const output = `out-${stream.replace('/', '-')}`;
    const { port } = socket.address();
    await graph.request('createOutput', { output, stream, port, ssrc: 1, payloadType: 96, mtu: 1200 });
    await graph.request('startOutput', { output });
    return received;
  }

  /** A request whose body the test writes itself. */
  function open(url: string): { request: ClientRequest; status: Promise<number | undefined> } {
    const request = openRequest(url, { method: 'POST', headers: { 'content-type': 'video/webm' } });
    const status = new Promise<number | undefined>((resolve) => {
      request.on('response', (response) => resolve(response.resume().statusCode));
      request.on('error', () => resolve(undefined));
    });
    return { request, status };
  }

  test('an upload plays as it is encoded, to its end, and another one after it', async () => {
    const { element, url, events } = await makePost(30_000);
    const posted = fetch(url, { method: 'POST', body: webm(2) });
    const [video, audio] = [await receive(`${element}/video`), await receive(`${element}/audio`)];
    await waitFor('media', () => video.packets > 3 && audio.packets > 10);
    assert.equal((await graph.request('status', {})).branches, 0);
    const second = await fetch(url, { method: 'POST', body: webm(2) });
    assert.equal(second.status, 409);
    await second.text();
    const answer = await posted;
    assert.equal(answer.status, 200, await answer.text());
    await waitFor('the end', () => events().length === 2);
    assert.deepEqual(events(), ['started', 'ended']);
    const before = video.packets;
    const form = new FormData();
    form.append('title', 'a picture');
    form.append('media', new Blob([webm(2)]), 'a.webm');
    const again = await fetch(url, { method: 'PUT', body: form });
    assert.equal(again.status, 200, await again.text());
    assert.ok(video.packets > before + 3);
    await waitFor('its end', () => events().length === 3);
    assert.deepEqual(events(), ['started', 'ended', 'ended']);
    await graph.request('releaseElement', { element });
    await assert.rejects(fetch(url, { method: 'POST', body: 'x' }));
  });

  test('the session ends when nothing follows', async () => {
    const { element, url, events } = await makePost(0);
    for (const sessions of [1, 2]) {
      assert.equal((await fetch(url, { method: 'POST', body: webm(1) })).status, 200);
      await waitFor('the end of the session', () => events().length === 3 * sessions);
      assert.deepEqual(events().slice(-3), ['started', 'ended', 'terminated']);
    }
    await graph.request('releaseElement', { element });
  });

  test('what is no media, no form, or nothing is refused, and the next upload plays', async () => {
    const { element, url, events } = await makePost(30_000);
    const post = async (body: string | FormData, headers: Record<string, string> = {}): Promise<number> => {
      const response = await fetch(url, { method: 'POST', body, headers });
      await response.text();
      return response.status;
    };
    assert.equal(await post('this is no media at all\n'.repeat(1000)), 415);
    await waitFor('the error', () => events().length === 2);
    assert.deepEqual(events(), ['started', 'error']);
    assert.equal(await post(''), 400);
    assert.equal(await post('x', { 'content-type': 'multipart/mixed; boundary=a' }), 415);
    const form = new FormData();
    form.append('field', 'no file');
    assert.equal(await post(form), 400);
    assert.equal((await fetch(url)).status, 405);
    assert.equal((await fetch(`${url}x`, { method: 'POST', body: 'x' })).status, 404);
    assert.equal((await fetch(url, { method: 'POST', body: webm(1) })).status, 200);
    await waitFor('the end', () => events().includes('ended'));
    await graph.request('releaseElement', { element });
  });

  test('a client that stops or goes away ends its upload; one that is slow does not', async () => {
    const { element, url, events } = await makePost();
    const media = webm(2);
    const half = media.subarray(0, media.length / 2);

    const stalled = open(url);
    stalled.request.write(half);
    assert.equal(await stalled.status, 408);
    stalled.request.destroy();
    await waitFor('its end', () => events().includes('ended'));
    assert.deepEqual(events().slice(0, 3), ['started', 'broken', 'ended']);

    const gone = open(url);
    gone.request.write(half, () => gone.request.destroy());
    await gone.status;
    await waitFor('its end', () => events().filter((type) => type === 'ended').length === 2);
    assert.equal(events().filter((type) => type === 'broken').length, 2);

    const slow = open(url);
    const step = Math.ceil(media.length / 20);
    for (let at = 0; at < media.length; at += step) {
      await new Promise((resolve) => slow.request.write(media.subarray(at, at + step), resolve));
    }
    slow.request.end();
    assert.equal(await slow.status, 200);
    await graph.request('releaseElement', { element });
  });

  test('a large upload waits for its media to play: little of it is in memory', async () => {
    const { element, url } = await makePost();
    // Raw video: 92 MB, 20 s of it.
    const line =
      'videotestsrc num-buffers=200 ! video/x-raw,format=I420,width=640,height=480,framerate=10/1 ! matroskamux ! fdsink';
    const media = execFileSync('gst-launch-1.0', ['-q', ...line.split(' ')], { maxBuffer: 1 << 27 });
    const { rssBytes } = await graph.request('status', {});
    const { request, status } = open(url);
    request.write(media);
    const position = async (): Promise<number> =>
      Number(await graph.request('invoke', { element, method: 'position', params: {} }));
    while ((await position()) < 1e9);
    const waiting = request.socket!.writableLength;
    assert.ok(waiting > media.length / 3, `${waiting} bytes wait at the client`);
    const grown = (await graph.request('status', {})).rssBytes - rssBytes;
    assert.ok(grown < 80e6, `${grown} bytes more in the graph process`);
    await graph.request('releaseElement', { element });
    assert.equal(await status, 410);
    request.destroy();
  });

  test('uploads that are begun and released leave no thread, descriptor or memory behind', async () => {
    const media = webm(2);
    const cycle = async (): Promise<void> => {
      const { element, url } = await makePost();
      const { request, status } = open(url);
      request.end(media);
      await waitFor('a stream', () => hasStream(`${element}/video`));
      await graph.request('releaseElement', { element });
      assert.equal(await status, 410);
    };
    const { pid } = graph.child;
    const figures = async (): Promise<{ threads: number; files: number; rssBytes: number }> => ({
      threads: readdirSync(`/proc/${pid}/task`).length,
      files: readdirSync(`/proc/${pid}/fd`).length,
      rssBytes: (await graph.request('status', {})).rssBytes,
    });
    for (let i = 0; i < 20; i++) await cycle();
    const before = await figures();
    for (let i = 0; i < 40; i++) await cycle();
    const after = await figures();
    const { elements, branches } = await graph.request('status', {});
    assert.deepEqual({ elements, branches }, { elements: 0, branches: 0 });
    // What is removed is freed with the next collection of garbage, after a few more.
    const text = JSON.stringify({ before, after });
    assert.ok(after.threads - before.threads <= 6, text);
    assert.ok(after.files - before.files <= 40, text);
    assert.ok(after.rssBytes - before.rssBytes < 20e6, text);
  });
});
