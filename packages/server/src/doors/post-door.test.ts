import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { Admission } from '../http/admission.js';
import { silentLogger } from '../log/logger.js';
import { Refusals } from '../log/refusals.js';
import type { MediaObject } from '../objects/media-object.js';
import { startServer } from '../test-support/test-server.js';
import { PostDoor } from './post-door.js';

const admission = { check: () => {} } as unknown as Admission;

function makeDoor(isOpen = true): PostDoor {
  const log = silentLogger();
  const baseUrl = (): string => 'https://media.example.com/';
  return new PostDoor({ isOpen, baseUrl, admission, log, refusals: new Refusals(log) });
}

/** An endpoint whose worker says that it takes uploads at this URL. */
function makeEndpoint(url: () => string): MediaObject {
  const worker = {
    call: (_method: string, _params: unknown, answer: (error: undefined, url: string) => void) =>
      answer(undefined, url()),
  };
  return { id: 'endpoint', state: 'live', worker } as unknown as MediaObject;
}

test('a URL has the configured beginning and the token of the endpoint', () => {
  const url = makeDoor().publish(
    makeEndpoint(() => ''),
    'http://127.0.0.1:1234/token',
  );
  assert.equal(url, 'https://media.example.com/post/token');
});

test('a closed door gives no URL', async () => {
  const publish = (): string =>
    makeDoor(false).publish(
      makeEndpoint(() => ''),
      'http://127.0.0.1:1/token',
    );
  assert.throws(publish, { type: 'NOT_ENOUGH_RESOURCES', message: /doors\.post/ });
  const server = await startServer({ doors: { post: false } });
  try {
    const url = `http://127.0.0.1:${server.port}/post/x`;
    assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 405);
  } finally {
    await server.stop();
  }
});

test('an upload needs no token of a client, but that of its endpoint', async () => {
  const server = await startServer({ auth: { tokens: ['door:secret-token-of-the-door'] } });
  try {
    const url = `http://127.0.0.1:${server.port}/post/x`;
    assert.equal((await fetch(url, { method: 'POST', body: 'x' })).status, 404);
    assert.equal((await fetch(url, { method: 'OPTIONS' })).status, 204);
    const headers = { origin: 'https://elsewhere.example' };
    assert.equal((await fetch(url, { method: 'POST', body: 'x', headers })).status, 403);
  } finally {
    await server.stop();
  }
});

test('an upload and its answer go through the door, an early refusal as well; nothing is left of them', async () => {
  const taken: { method: string | undefined; type: string | undefined; bytes: number }[] = [];
  const inside = createServer(async (request, response) => {
    if (request.url === '/refuses') {
      response.writeHead(409).end('busy');
      request.resume();
      return;
    }
    let bytes = 0;
    for await (const part of request) bytes += (part as Buffer).length;
    taken.push({ method: request.method, type: request.headers['content-type'], bytes });
    response.end('played');
  }).listen(0, '127.0.0.1');
  const door = makeDoor();
  const outside = createServer((request, response) => void door.serve(request, response)).listen(
    0,
    '127.0.0.1',
  );
  try {
    await Promise.all(
      [inside, outside].map((server) => new Promise((resolve) => server.once('listening', resolve))),
    );
    const internal = (path: string): string =>
      `http://127.0.0.1:${(inside.address() as AddressInfo).port}/${path}`;
    let gone = false;
    for (const path of ['takes', 'refuses', 'vanishes']) {
      const where = (): string => (path === 'vanishes' && gone ? 'http://127.0.0.1:1/' : internal(path));
      door.publish(makeEndpoint(where), internal(path));
    }
    const url = `http://127.0.0.1:${(outside.address() as AddressInfo).port}/post/`;
    const body = Buffer.alloc(3_000_000);
    const headers = { 'content-type': 'video/webm' };
    const answer = await fetch(`${url}takes?x=1`, { method: 'PUT', body, headers });
    assert.equal(`${answer.status} ${await answer.text()}`, '200 played');
    assert.deepEqual(taken, [{ method: 'POST', type: 'video/webm', bytes: body.length }]);
    const busy = await fetch(`${url}refuses`, { method: 'POST', body });
    assert.equal(`${busy.status} ${await busy.text()}`, '409 busy');
    gone = true;
    assert.equal((await fetch(`${url}vanishes`, { method: 'POST', body: 'x' })).status, 502);
    assert.equal((await fetch(`${url}takes`)).status, 405);
    assert.equal(door.size, 0);
  } finally {
    door.close();
    for (const server of [inside, outside]) {
      server.close();
      server.closeAllConnections();
    }
  }
});
