import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterEach, test } from 'node:test';
import { WebSocket } from 'ws';
import { type Client, connect } from './client.js';
import type { ConnectOptions } from './connection/options.js';
import type { RiveroError } from './errors.js';
import { type Script, ScriptedServer, sessionScript } from './testing/scripted-server.js';
import { waitFor } from './testing/wait.js';

const QUICK = { reconnect: { initialDelay: 1, maxDelay: 10 } };
const PIPELINE = 'p_kurento.MediaPipeline';

let server: ScriptedServer;
let client: Client | undefined;

afterEach(async () => {
  await client?.close();
  client = undefined;
  await server.stop();
});

async function start(script: Script, options: ConnectOptions = QUICK): Promise<Client> {
  server = await ScriptedServer.start(script);
  client = await connect(server.url, options);
  return client;
}

/** Answers every request; drops the connection in place of the first answer to `method`. */
function droppingOnce(method: string, serverIds: readonly string[] = ['server']): Script {
  let dropped = false;
  return (request, connection) => {
    const serverId = serverIds[Math.min(server.connections.length, serverIds.length) - 1];
    if (request.method === method && !dropped) {
      dropped = true;
      connection.drop();
      return;
    }
    sessionScript((r, c) => {
      const value = r.method === 'create' ? PIPELINE : null;
      c.answer(r, { sessionId: 'session', value });
    }, serverId)(request, connection);
  };
}

test('a request whose answer was lost is sent again as it was, after the session has been resumed', async () => {
  const ours = await start(droppingOnce('create'));
  const states: string[] = [];
  ours.on('disconnected', ({ code }) => states.push(`disconnected ${code}`));
  ours.on('reconnected', () => states.push('reconnected'));
  const pipeline = await ours.create('MediaPipeline');
  assert.equal(pipeline.id, PIPELINE);
  const [first, second] = server.requestsOf('create');
  assert.deepEqual(second, first);
  const connects = server.requestsOf('connect');
  assert.equal(connects[0]?.params, undefined);
  assert.deepEqual(connects[1]?.params, { sessionId: 'session' });
  assert.deepEqual(states, ['disconnected 1006', 'reconnected']);
});

test('requests made while there is no connection wait for the next one, in order', async () => {
  const ours = await start(droppingOnce('invoke'));
  const pipeline = await ours.create('MediaPipeline');
  const later = new Promise<void>((resolve, reject) => {
    ours.on('disconnected', () => {
      Promise.all([pipeline.setName('b'), pipeline.setName('c')]).then(() => resolve(), reject);
    });
  });
  await pipeline.setName('a');
  await later;
  const names = server
    .requestsOf('invoke')
    .map(({ params }) => (params?.operationParams as { name?: string } | undefined)?.name);
  assert.deepEqual(names, ['a', 'a', 'b', 'c']);
});

test('another server has no memory of requests: only what may run twice is sent again', async () => {
  const ours = await start((request, connection) => {
    const serverId = `server-${server.connections.length}`;
    if (request.method === 'invoke' && server.connections.length === 1) {
      if (server.requestsOf('invoke').length === 2) connection.drop();
      return;
    }
    sessionScript((r, c) => c.answer(r, { sessionId: 'session', value: PIPELINE }), serverId)(
      request,
      connection,
    );
  });
  const pipeline = await ours.create('MediaPipeline');
  const [write, read] = await Promise.allSettled([pipeline.addTag('a', 'b'), pipeline.getName()]);
  assert.equal(write.status === 'rejected' && write.reason.type, 'CONNECTION_LOST');
  assert.equal(read.status === 'fulfilled' && read.value, PIPELINE);
  assert.equal(server.requestsOf('invoke').length, 3);
});

test('a connection that ends with the answer to `connect` is not taken for one', async () => {
  const ours = await start((request, connection) => {
    sessionScript((r, c) => c.answer(r, { sessionId: 'session', value: PIPELINE }))(request, connection);
    if (request.method === 'connect' && server.connections.length === 2) connection.close();
  });
  server.connections[0]?.drop();
  await new Promise<void>((resolve) => ours.on('disconnected', () => resolve()));
  assert.equal((await ours.create('MediaPipeline')).id, PIPELINE);
  assert.equal(server.connections.length, 3);
});

test('a request made on the news of the connection comes after those that wait', async () => {
  const ours = await start(
    sessionScript((r, c) =>
      c.answer(r, { sessionId: 'session', value: r.method === 'create' ? PIPELINE : null }),
    ),
  );
  const pipeline = await ours.create('MediaPipeline');
  const calls: Promise<void>[] = [];
  ours.on('disconnected', () => calls.push(pipeline.setName('first')));
  const back = new Promise<void>((resolve) => {
    ours.on('reconnected', () => {
      calls.push(pipeline.setName('second'));
      resolve();
    });
  });
  server.connections[0]?.drop();
  await back;
  await Promise.all(calls);
  assert.deepEqual(
    server.requestsOf('invoke').map(({ params }) => params?.operationParams),
    [{ name: 'first' }, { name: 'second' }],
  );
});

test('a request under which the connection breaks again and again is given up', async () => {
  const ours = await start(sessionScript((_request, connection) => connection.drop()));
  await assert.rejects(ours.create('MediaPipeline'), { type: 'CONNECTION_LOST' });
  assert.equal(server.requestsOf('create').length, 3);
});

test('when the session is gone, calls and streams end with SESSION_LOST and new objects can be made', async () => {
  let known = true;
  const ours = await start((request, connection) => {
    if (request.method === 'connect' && !known) {
      connection.refuse(request, 40007, 'INVALID_SESSION', 'Invalid session');
    } else if (request.method === 'invoke') {
      known = false;
      connection.drop();
    } else {
      sessionScript((r, c) => c.answer(r, { sessionId: 'session', value: PIPELINE }))(request, connection);
    }
  });
  const lost: RiveroError[] = [];
  ours.on('sessionLost', (error) => lost.push(error));
  const pipeline = await ours.create('MediaPipeline');
  const errors = pipeline.events('Error');
  await assert.rejects(pipeline.getName(), { type: 'SESSION_LOST' });
  await assert.rejects(errors.next(), { type: 'SESSION_LOST' });
  assert.equal(lost.length, 1);
  await ours.create('MediaPipeline');
  assert.deepEqual(server.requestsOf('create')[1]?.params?.sessionId, 'session');
});

test('a session that held nothing cannot be lost', async () => {
  let lost = 0;
  const ours = await start((request, connection) => {
    if (request.method === 'connect' && request.params !== undefined) {
      connection.refuse(request, 40007, 'INVALID_SESSION', 'Invalid session');
    } else if (request.method === 'create' && server.connections.length === 1) connection.drop();
    else sessionScript((r, c) => c.answer(r, { sessionId: 'session', value: PIPELINE }))(request, connection);
  });
  ours.on('sessionLost', () => lost++);
  await ours.create('MediaPipeline');
  assert.equal(lost, 0);
});

test('a server that answers no ping is left and looked for again', async () => {
  const ours = await start(
    (request, connection) => {
      const silent = server.connections.length === 1;
      if (request.method !== 'ping' || !silent) sessionScript()(request, connection);
    },
    { ...QUICK, pingInterval: 5, pingTimeout: 20 },
  );
  await new Promise<void>((resolve) => ours.on('reconnected', () => resolve()));
  assert.equal(server.connections.length, 2);
  const [ping] = server.requestsOf('ping');
  assert.deepEqual(ping?.params, { interval: 5, sessionId: 'session' });
});

test('without reconnecting the client ends with its connection', async () => {
  const ours = await start(droppingOnce('create'), { reconnect: false });
  const ended = new Promise<RiveroError | undefined>((resolve) => ours.on('closed', resolve));
  await assert.rejects(ours.create('MediaPipeline'), { type: 'CONNECTION_LOST' });
  assert.equal((await ended)?.type, 'CONNECTION_LOST');
  assert.equal(ours.state, 'closed');
  await assert.rejects(ours.create('MediaPipeline'), { type: 'CLIENT_CLOSED' });
});

test('it gives up after the time it was given', async () => {
  const ours = await start(sessionScript(), { reconnect: { initialDelay: 1, maxDelay: 5, giveUpAfter: 30 } });
  const ended = new Promise<RiveroError | undefined>((resolve) => ours.on('closed', resolve));
  await server.stop();
  assert.equal((await ended)?.type, 'CONNECTION_LOST');
  await assert.rejects(ours.ping(), { type: 'CLIENT_CLOSED' });
});

test('closing ends session, requests and streams, once', async () => {
  const ours = await start(
    sessionScript((request, connection) => {
      if (request.method !== 'invoke') connection.answer(request, { sessionId: 'session', value: PIPELINE });
    }),
  );
  const pipeline = await ours.create('MediaPipeline');
  const stream = pipeline.events('Error');
  const closings: unknown[] = [];
  ours.on('closed', (error) => closings.push(error));
  const waiting = assert.rejects(pipeline.getName(), { type: 'CLIENT_CLOSED' });
  await Promise.all([ours.close(), ours.close()]);
  await ours.close();
  await waiting;
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.deepEqual(closings, [undefined]);
  assert.equal(server.requestsOf('closeSession').length, 1);
});

test('closing while there is no connection stops looking for one', async () => {
  const ours = await start(sessionScript(), { reconnect: { initialDelay: 60_000, maxDelay: 60_000 } });
  server.connections[0]?.drop();
  await waitFor('the loss', () => ours.state === 'connecting');
  await ours.close();
  assert.equal(ours.state, 'closed');
});

test('a session can be kept and resumed elsewhere, with ids the server has not seen', async () => {
  const ours = await start(sessionScript());
  await ours.close({ keepSession: true });
  assert.equal(server.requestsOf('closeSession').length, 0);
  client = await connect(server.url, { sessionId: ours.sessionId });
  const [first, second] = server.requestsOf('connect');
  assert.deepEqual(second?.params, { sessionId: 'session' });
  assert.notEqual(second?.id, first?.id);
});

test('no more requests wait than allowed', async () => {
  const ours = await start(sessionScript(), { maxPendingRequests: 2 });
  const waiting = [ours.request('a'), ours.request('b')].map((call) =>
    assert.rejects(call, { type: 'CLIENT_CLOSED' }),
  );
  await assert.rejects(ours.request('c'), { type: 'TOO_MANY_REQUESTS' });
  await ours.close();
  await Promise.all(waiting);
});

test('an aborted request is not sent when there was no connection, and undone when it was', async () => {
  const answers: (() => void)[] = [];
  const ours = await start(
    sessionScript((request, connection) => {
      if (request.method === 'release') connection.answer(request, { sessionId: 'session' });
      else answers.push(() => connection.answer(request, { sessionId: 'session', value: PIPELINE }));
    }),
  );
  const abort = new AbortController();
  const creating = ours.create('MediaPipeline', {}, { signal: abort.signal });
  await waitFor('the request', () => answers.length > 0);
  abort.abort(new Error('enough'));
  await assert.rejects(creating, /enough/);
  answers[0]?.();
  const released = await waitFor('the release', () => server.requestsOf('release')[0]);
  assert.equal(released.params?.object, PIPELINE);

  const unsent = new Promise((resolve, reject) => {
    ours.on('disconnected', () => {
      const late = new AbortController();
      ours.create('MediaPipeline', {}, { signal: late.signal }).then(resolve, reject);
      late.abort();
    });
  });
  server.connections[0]?.drop();
  await assert.rejects(unsent, { name: 'AbortError' });
  await waitFor('the connection', () => ours.state === 'open');
  await ours.ping();
  assert.equal(server.requestsOf('create').length, 1);
});

test('the token is asked for before every attempt and sent in the query', async () => {
  let asked = 0;
  const ours = await start(sessionScript(), { ...QUICK, accessToken: () => `token ${++asked}` });
  server.connections[0]?.drop();
  await new Promise<void>((resolve) => ours.on('reconnected', () => resolve()));
  assert.deepEqual(
    server.connections.map(({ url }) => url),
    ['/kurento?access_token=token+1', '/kurento?access_token=token+2'],
  );
});

test('connecting fails with a clear error', async () => {
  server = await ScriptedServer.start((request, connection) => connection.answer(request, {}));
  await assert.rejects(connect(server.url), { type: 'CONNECTION_FAILED' });
  await assert.rejects(connect('ws://127.0.0.1:1/kurento'), {
    type: 'CONNECTION_FAILED',
    message: /^ws:\/\/127\.0\.0\.1:1\/kurento: ./,
  });
  server.script = () => {};
  await assert.rejects(connect(server.url, { connectTimeout: 20 }), { type: 'CONNECTION_FAILED' });
  await assert.rejects(connect(server.url, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  const abort = new AbortController();
  const { length } = server.requestsOf('connect');
  const waiting = assert.rejects(connect(server.url, { signal: abort.signal }), /changed my mind/);
  await waitFor('the request', () => server.requestsOf('connect').length > length);
  abort.abort(new Error('changed my mind'));
  await waiting;
});

test('a server that accepts no WebSocket is not waited for', async () => {
  server = await ScriptedServer.start(sessionScript());
  const mute = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const { port } = mute.address() as { port: number };
  await assert.rejects(connect(`ws://127.0.0.1:${port}/kurento`, { connectTimeout: 30 }), {
    message: /not open after 30 ms/,
  });
  await new Promise((resolve) => mute.close(resolve));
});

test('what is not understood is reported and harms nobody', async () => {
  const ours = await start(sessionScript());
  const problems: RiveroError[] = [];
  ours.on('error', (error) => problems.push(error));
  for (const text of [
    'no json',
    '[]',
    '{"id":null,"error":{"code":-32600,"message":"Invalid"}}',
    '{"id":77}',
  ]) {
    server.connections[0]?.sendText(text);
  }
  await ours.ping();
  assert.deepEqual(
    problems.map(({ type }) => type),
    ['PROTOCOL_ERROR', 'PROTOCOL_ERROR', 'PROTOCOL_ERROR'],
  );
});

test('the WebSocket of the platform is used where there is one, or one of the caller', async () => {
  server = await ScriptedServer.start(sessionScript());
  const opened: string[] = [];
  class Platform extends WebSocket {
    constructor(url: string) {
      super(url);
      opened.push('platform');
    }
  }
  const slot = globalThis as { WebSocket?: unknown };
  const original = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
  Object.defineProperty(globalThis, 'WebSocket', { value: Platform, configurable: true, writable: true });
  try {
    await (await connect(server.url)).close();
  } finally {
    if (original === undefined) delete slot.WebSocket;
    else Object.defineProperty(globalThis, 'WebSocket', original);
  }
  const own = await connect(server.url, {
    webSocket: (url) => {
      opened.push('own');
      return new WebSocket(url);
    },
  });
  await own.close();
  assert.deepEqual(opened, ['platform', 'own']);
});
