import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { type Client, connect } from './client.js';
import type { ElementConnectedEvent, WebRtcEndpoint } from './generated/index.js';
import { RealServer } from './testing/real-server.js';
import { waitFor } from './testing/wait.js';

let server: RealServer;

before(async () => {
  server = await RealServer.start();
});
after(() => server.stop());

/** A client whose connection can be broken. */
async function breakable(): Promise<{ client: Client; breakConnection: () => void }> {
  let socket: WebSocket | undefined;
  const client = await connect(server.url, {
    reconnect: { initialDelay: 1, maxDelay: 20 },
    webSocket: (url) => {
      socket = new WebSocket(url);
      return socket;
    },
  });
  return { client, breakConnection: () => socket?.terminate() };
}

test('a pipeline with endpoints is created, described and released', async () => {
  await using client = await connect(server.url);
  const pipeline = await client.create('MediaPipeline');
  const endpoint = await pipeline.create('WebRtcEndpoint', { useDataChannels: true });
  const hub = await pipeline.create('Composite', { width: 320, height: 240 });
  const port = await hub.createHubPort();
  assert.equal(await port.getParent(), hub);
  assert.equal(await endpoint.getMediaPipeline(), pipeline);
  assert.deepEqual(new Set(await pipeline.getChildren()), new Set([endpoint, hub]));
  assert.equal(await client.object(endpoint.id), endpoint);
  await endpoint.setName('camera');
  assert.equal(await endpoint.getName(), 'camera');
  await endpoint.setRembParams({ upLosses: 5 });
  assert.equal((await endpoint.getRembParams()).upLosses, 5);
  assert.match(await endpoint.generateOffer(), /^v=0\r\n/);
  assert.match(
    await endpoint.generateOffer().catch((error: { type: string }) => error.type),
    /ALREADY_NEGOTIATED/,
  );
  await pipeline.release();
  await pipeline.release();
  await assert.rejects(endpoint.getName(), { type: 'MEDIA_OBJECT_NOT_FOUND', code: 40101 });
  await assert.rejects(client.object('nobody'), { type: 'MEDIA_OBJECT_NOT_FOUND' });
});

test('the server manager tells about objects', async () => {
  await using client = await connect(server.url);
  const manager = client.serverManager;
  const created = manager.events('ObjectCreated');
  const pipeline = await client.create('MediaPipeline');
  for await (const { object } of created) if (object === pipeline) break;
  assert.ok((await manager.getPipelines()).includes(pipeline));
  assert.ok((await manager.getSessions()).includes(client.sessionId));
  assert.equal((await manager.getInfo()).type, 'KMS');
  const destroyed = manager.once('ObjectDestroyed');
  await pipeline.release();
  assert.equal((await destroyed).objectId, pipeline.id);
});

test('events reach listeners and streams, also those of gathering', async () => {
  await using client = await connect(server.url);
  await using pipeline = await client.create('MediaPipeline');
  const [from, to] = await Promise.all([pipeline.create('PassThrough'), pipeline.create('WebRtcEndpoint')]);
  const connected: ElementConnectedEvent[] = [];
  const done = new Promise<void>((resolve) => {
    from.on('ElementConnected', (event) => {
      if (connected.push(event) === 3) resolve();
    });
  });
  await from.connect(to);
  await done;
  assert.deepEqual(connected.map(({ mediaType }) => mediaType).sort(), ['AUDIO', 'DATA', 'VIDEO']);
  assert.ok(connected.every(({ source, sink }) => source === from && sink === to));

  const candidates = to.events('IceCandidateFound');
  const gathered = to.once('IceGatheringDone');
  await to.generateOffer();
  await to.gatherCandidates();
  await gathered;
  for await (const { candidate } of candidates) {
    assert.match(candidate.candidate, /^candidate:/);
    break;
  }
});

test('a transaction creates, connects and asks with one request', async () => {
  await using client = await connect(server.url);
  const { endpoint, sinks } = await client.transaction(async (tx) => {
    const pipeline = tx.create('MediaPipeline');
    const endpoint = tx.create('WebRtcEndpoint', { mediaPipeline: pipeline });
    const recorder = tx.create('PassThrough', { mediaPipeline: pipeline });
    endpoint.connect(recorder, 'AUDIO');
    return { endpoint, sinks: await endpoint.getSinkConnections() };
  });
  assert.equal(sinks.length, 1);
  assert.equal(sinks[0]?.source, endpoint);
  await endpoint.release();

  const before = (await client.serverManager.getPipelines()).length;
  const failing = client.transaction((tx) => {
    const pipeline = tx.create('MediaPipeline');
    pipeline.create('PlayerEndpoint', { uri: 'file:///x' });
    pipeline.invoke('noSuchOperation');
  });
  await assert.rejects(failing, { type: 'MALFORMED_TRANSACTION' });
  await waitFor(
    'what was created to be released',
    async () => (await client.serverManager.getPipelines()).length === before,
  );
});

test('after a lost connection the session goes on: objects, subscriptions, and requests under way', async () => {
  const { client, breakConnection } = await breakable();
  const pipeline = await client.create('MediaPipeline');
  const endpoint = await pipeline.create('WebRtcEndpoint');
  const events = endpoint.events('ElementConnected');
  await client.ping();
  const back = new Promise<void>((resolve) => client.on('reconnected', () => resolve()));
  const { sessionId } = client;
  breakConnection();
  const more = pipeline.create('PassThrough');
  await back;
  const element = await more;
  assert.equal(client.sessionId, sessionId);
  await endpoint.connect(element);
  const { value } = await events.next();
  assert.equal(value?.sink, element);
  await client.close();
});

test('connections that break under load create nothing twice and lose nothing', async () => {
  const { client, breakConnection } = await breakable();
  const pipeline = await client.create('MediaPipeline');
  const elements = [];
  for (let round = 0; round < 5; round++) {
    const creating = Array.from({ length: 20 }, () => pipeline.create('PassThrough'));
    await creating[round * 2];
    breakConnection();
    elements.push(...(await Promise.all(creating)));
  }
  const children = await pipeline.getChildren();
  assert.equal(new Set(elements).size, 100);
  assert.deepEqual(new Set(children), new Set(elements));
  await client.close();
});

test('a session that was kept is resumed by another client; a closed one is gone with its objects', async () => {
  const first = await connect(server.url);
  const pipeline = await first.create('MediaPipeline');
  await first.close({ keepSession: true });
  const second = await connect(server.url, { sessionId: first.sessionId });
  assert.equal((await second.object(pipeline.id, 'MediaPipeline')).id, pipeline.id);
  await second.close();
  await assert.rejects(connect(server.url, { sessionId: first.sessionId }), { type: 'INVALID_SESSION' });
  const third = await connect(server.url);
  await assert.rejects(third.object(pipeline.id), { type: 'MEDIA_OBJECT_NOT_FOUND' });
  await third.close();
});

test('what is aborted leaves nothing behind', async () => {
  await using client = await connect(server.url);
  const pipeline = await client.create('MediaPipeline');
  const abort = new AbortController();
  const creating = pipeline.create('WebRtcEndpoint', {}, { signal: abort.signal });
  abort.abort();
  await assert.rejects(creating, { name: 'AbortError' });
  await waitFor('the element to be released', async () => (await pipeline.getChildren()).length === 0);
  await assert.rejects(pipeline.getName({ signal: AbortSignal.abort() }), { name: 'AbortError' });
});

test('errors of the server come with code and type', async () => {
  await using client = await connect(server.url);
  const pipeline = await client.create('MediaPipeline');
  const endpoint: WebRtcEndpoint = await pipeline.create('WebRtcEndpoint');
  await assert.rejects(endpoint.processOffer(''), {
    name: 'KurentoError',
    code: 40201,
    type: 'SDP_PARSE_ERROR',
  });
  await assert.rejects(endpoint.processAnswer('v=0\r\n'), { name: 'KurentoError' });
  await assert.rejects(endpoint.getTag('none'), { type: 'MEDIA_OBJECT_TAG_KEY_NOT_FOUND' });
  await assert.rejects(endpoint.isMediaFlowingIn('DATA'), { type: 'MEDIA_OBJECT_ILLEGAL_PARAM_ERROR' });
  await assert.rejects(client.request('noSuchMethod'), { code: -32601, type: 'METHOD_NOT_FOUND' });
  await assert.rejects(client.create('NoSuchClass' as 'MediaPipeline'), {
    type: 'MEDIA_OBJECT_NOT_AVAILABLE',
  });
});

test('a server that was restarted has lost the session', async () => {
  const own = await RealServer.start();
  const client = await connect(own.url, { reconnect: { initialDelay: 10, maxDelay: 50 } });
  const pipeline = await client.create('MediaPipeline');
  const stream = pipeline.events('Error');
  await client.ping();
  const lost = new Promise<void>((resolve) => client.on('sessionLost', () => resolve()));
  await own.stop('SIGKILL');
  const again = await RealServer.start(own.port);
  await lost;
  await assert.rejects(stream.next(), { type: 'SESSION_LOST' });
  await assert.rejects(pipeline.getName(), { type: 'MEDIA_OBJECT_NOT_FOUND' });
  const next = await client.create('MediaPipeline');
  assert.equal(await next.getName(), next.id);
  await client.close();
  await again.stop();
});
