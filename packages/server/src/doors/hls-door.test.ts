import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Admission } from '../http/admission.js';
import { silentLogger } from '../log/logger.js';
import { Refusals } from '../log/refusals.js';
import type { MediaObject } from '../objects/media-object.js';
import { type Overrides, startServer } from '../test-support/test-server.js';
import { HlsDoor } from './hls-door.js';

async function withServer(overrides: Overrides, run: (base: string) => Promise<void>): Promise<void> {
  const server = await startServer(overrides);
  try {
    await run(`http://127.0.0.1:${server.port}`);
  } finally {
    await server.stop();
  }
}

test('the door asks for the tokens that the WebSocket asks for', () =>
  withServer({ auth: { tokens: ['door:secret-token-of-the-door'] } }, async (base) => {
    const refused = await fetch(`${base}/hls/x/index.m3u8`);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get('www-authenticate'), 'Bearer');
    const headers = { authorization: 'Bearer secret-token-of-the-door' };
    assert.equal((await fetch(`${base}/hls/x/index.m3u8`, { headers })).status, 404);
    assert.equal((await fetch(`${base}/hls/x/index.m3u8?access_token=secret-token-of-the-door`)).status, 404);
  }));

test('it is closed to pages of other origins', () =>
  withServer({ origins: ['https://good.example'] as never }, async (base) => {
    const get = (origin: string): Promise<Response> =>
      fetch(`${base}/hls/x/index.m3u8`, { headers: { origin } });
    assert.equal((await get('https://bad.example')).status, 403);
    assert.equal((await get('https://good.example')).status, 404);
  }));

test('a closed door is a page that does not exist', () =>
  withServer({ doors: { hls: false } }, async (base) => {
    assert.equal((await fetch(`${base}/hls/x/index.m3u8`)).status, 404);
    assert.equal((await fetch(`${base}/hls/x/index.m3u8`, { method: 'POST' })).status, 405);
  }));

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(context: TestContext, handler: Handler): Promise<string> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function makeDoor(context: TestContext, origin: string, maxRequests = 100) {
  const log = silentLogger();
  const door = new HlsDoor({
    isOpen: true,
    objects: {} as never,
    sessions: {} as never,
    admission: {} as unknown as Admission,
    baseUrl: () => 'https://media.example.com/',
    maxRequests,
    log,
    refusals: new Refusals(log),
  });
  const recorder = { id: 'recorder', state: 'live' } as unknown as MediaObject;
  const url = door.publish(recorder, `${origin}/token/media.m3u8`);
  const base = await listen(context, (request, response) => void door.serve(request, response));
  return { door, recorder, url, base };
}

test('many players cost one request at the stream; what is named is kept, playlists are not', async (context) => {
  const asked: string[] = [];
  const waiting: ServerResponse[] = [];
  const origin = await listen(context, (request, response) => {
    asked.push(request.url!);
    waiting.push(response);
  });
  const { url, base } = await makeDoor(context, origin);
  assert.equal(url, 'https://media.example.com/hls/stream/token/media.m3u8');
  const get = (path: string): Promise<Response> => fetch(`${base}/hls/stream/token/${path}`);
  const answerAll = async (count: number, text: string): Promise<void> => {
    while (waiting.length < count) await new Promise((resolve) => setImmediate(resolve));
    for (const response of waiting.splice(0)) response.end(text);
  };
  for (const [path, again] of [
    ['part-7.m4s', 1],
    ['media.m3u8?_HLS_msn=1', 2],
  ] as const) {
    asked.length = 0;
    const players = Array.from({ length: 20 }, () => get(path));
    await answerAll(1, 'first');
    for (const player of players) assert.equal(await (await player).text(), 'first');
    assert.deepEqual(asked, [`/token/${path}`]);
    const later = get(path);
    if (again === 2) await answerAll(1, 'second');
    assert.equal(await (await later).text(), again === 2 ? 'second' : 'first');
    assert.equal(asked.length, again);
  }
});

test('more requests at a time than allowed are refused, and served again when others have ended', async (context) => {
  let release: (() => void) | undefined;
  const origin = await listen(context, (_request, response) => {
    release = () => response.end('media');
  });
  const { base } = await makeDoor(context, origin, 2);
  const get = (): Promise<Response> => fetch(`${base}/hls/stream/token/part-1.m4s`);
  const players = [get(), get(), get()];
  const refused = await Promise.race(players);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '2');
  while (release === undefined) await new Promise((resolve) => setImmediate(resolve));
  release();
  const answers = await Promise.all(players);
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 503]);
  await Promise.all(answers.map((answer) => answer.text()));
  assert.equal(await (await get()).text(), 'media');
});

test('a stream whose process or recorder has gone is not found', async (context) => {
  const { base, door, recorder } = await makeDoor(context, 'http://127.0.0.1:1');
  assert.equal(door.size, 1);
  assert.equal((await fetch(`${base}/hls/stream/token/media.m3u8`)).status, 404);
  assert.equal(door.size, 0);
  door.publish(recorder, 'http://127.0.0.1:1/other/media.m3u8');
  Object.assign(recorder, { state: 'gone' });
  assert.equal((await fetch(`${base}/hls/stream/other/media.m3u8`)).status, 404);
  door.sweep();
  assert.equal(door.size, 0);
});
