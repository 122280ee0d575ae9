import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { type Client, connect } from './client.js';
import type { PassThrough } from './generated/index.js';
import { type Script, ScriptedServer, sessionScript } from './testing/scripted-server.js';
import { TranscriptScript } from './testing/transcript-script.js';
import { waitFor } from './testing/wait.js';

let server: ScriptedServer;
let client: Client;

afterEach(async () => {
  await client.close();
  await server.stop();
});

async function start(script: Script): Promise<void> {
  server = await ScriptedServer.start(script);
  client = await connect(server.url);
}

test('a recorded transaction: objects as parameters, methods, a subscription, results', async () => {
  const recording = new TranscriptScript('05-transactions');
  let sent: unknown;
  await start((request, connection) => {
    if (request.method !== 'transaction') {
      recording.script(request, connection);
      return;
    }
    sent = request.params?.operations;
    connection.event('pipeline-1/webrtc-1', 'Error', { description: 'early' });
    connection.answer(request, recording.recordedResult('transaction'));
  });
  const events: string[] = [];
  const { pipeline, endpoint, name } = await client.transaction(async (tx) => {
    const pipeline = tx.create('MediaPipeline');
    const endpoint = tx.create('WebRtcEndpoint', { mediaPipeline: pipeline });
    const sink = tx.create('PassThrough', { mediaPipeline: pipeline });
    const connected = endpoint.connect(sink);
    const name = endpoint.getName();
    endpoint.on('Error', ({ description }) => events.push(description));
    await connected;
    return { pipeline, endpoint, name: await name };
  });
  assert.deepEqual(
    [pipeline.id, endpoint.id, name],
    ['pipeline-1', 'pipeline-1/webrtc-1', 'pipeline-1/webrtc-1'],
  );
  const operation = (id: number, method: string, params: unknown) => ({ id, jsonrpc: '2.0', method, params });
  assert.deepEqual(sent, [
    operation(0, 'create', { type: 'MediaPipeline', constructorParams: {} }),
    operation(1, 'create', { type: 'WebRtcEndpoint', constructorParams: { mediaPipeline: 'newref:0' } }),
    operation(2, 'create', { type: 'PassThrough', constructorParams: { mediaPipeline: 'newref:0' } }),
    operation(3, 'invoke', {
      object: 'newref:1',
      operation: 'connect',
      operationParams: { sink: 'newref:2' },
    }),
    operation(4, 'invoke', { object: 'newref:1', operation: 'getName', operationParams: {} }),
    operation(5, 'subscribe', { object: 'newref:1', type: 'Error' }),
  ]);
  assert.deepEqual(events, ['early']);
});

interface Operation {
  id: number;
  method: string;
  params: { operation?: string };
}

/** Creates `o0`, `o1` …; an operation `fail` fails. */
function transactions(request: Parameters<Script>[0], connection: Parameters<Script>[1]): void {
  if (request.method !== 'transaction') {
    connection.answer(request, { sessionId: 'session' });
    return;
  }
  const answers: unknown[] = [];
  const operations = request.params?.operations as Operation[];
  for (const { id, method, params } of operations) {
    if (params.operation === 'fail') {
      answers.push({ id, error: { code: 40101, message: 'no', data: { type: 'MEDIA_OBJECT_NOT_FOUND' } } });
      break;
    }
    answers.push({ id, jsonrpc: '2.0', result: { value: method === 'create' ? `o${id}` : null } });
  }
  connection.answer(request, { sessionId: 'session', value: answers });
}

test('a failure rejects the operation, those after it and the transaction, and releases what was created', async () => {
  await start(sessionScript(transactions));
  let bad: Promise<unknown> | undefined;
  let after: Promise<unknown> | undefined;
  const whole = client.transaction((tx) => {
    const pipeline = tx.create('MediaPipeline');
    const element = tx.create('PassThrough', { mediaPipeline: pipeline });
    bad = element.invoke('fail');
    after = element.setName('x');
    return element;
  });
  await assert.rejects(whole, { type: 'MEDIA_OBJECT_NOT_FOUND', code: 40101 });
  await assert.rejects(bad!, { type: 'MEDIA_OBJECT_NOT_FOUND' });
  await assert.rejects(after!, { type: 'TRANSACTION_ABORTED' });
  await waitFor('both releases', () => server.requestsOf('release').length === 2);
  assert.deepEqual(
    server.requestsOf('release').map(({ params }) => params?.object),
    ['o1', 'o0'],
  );
});

test('an uncommitted object is of no use outside, afterwards it is an object like any other', async () => {
  await start(sessionScript(transactions));
  let inside: PassThrough | undefined;
  const other = client.transaction(async (tx) => {
    const pipeline = tx.create('MediaPipeline');
    inside = tx.create('PassThrough', { mediaPipeline: pipeline });
    const named = inside.setName('x');
    const outside = client.request('describe', { object: inside });
    await assert.rejects(outside, { type: 'TRANSACTION_NOT_COMMITTED' });
    await named;
    assert.throws(() => tx.create('MediaPipeline'), { type: 'TRANSACTION_COMMITTED' });
    await inside.setName('y');
  });
  await client.transaction((tx) => {
    assert.throws(() => tx.use(inside!), { type: 'TRANSACTION_NOT_COMMITTED' });
  });
  await other;
  assert.equal(inside?.id, 'o1');
  assert.deepEqual(server.requestsOf('invoke')[0]?.params, {
    object: 'o1',
    operation: 'setName',
    operationParams: { name: 'y' },
    sessionId: 'session',
  });
});

test('objects that exist take part through `use`', async () => {
  await start(
    sessionScript((request, connection) => {
      if (request.method === 'create') connection.answer(request, { sessionId: 'session', value: 'p' });
      else transactions(request, connection);
    }),
  );
  const pipeline = await client.create('MediaPipeline');
  const element = await client.transaction((tx) => {
    const inside = tx.use(pipeline);
    void inside.setName('z');
    return inside.create('PassThrough');
  });
  assert.equal(element.id, 'o1');
  assert.equal(server.requestsOf('transaction').length, 1);
  assert.equal(server.requestsOf('invoke').length, 0);
});

test('an empty transaction, and one whose function throws, send nothing', async () => {
  await start(sessionScript(transactions));
  assert.equal(await client.transaction(() => 5), 5);
  const failing = client.transaction((tx) => {
    tx.create('MediaPipeline');
    throw new Error('mine');
  });
  await assert.rejects(failing, /mine/);
  assert.equal(server.requestsOf('transaction').length, 0);
});

test('an aborted transaction releases what it created after all', async () => {
  const abort = new AbortController();
  await start(
    sessionScript((request, connection) => {
      if (request.method === 'transaction') abort.abort(new Error('enough'));
      setImmediate(() => transactions(request, connection));
    }),
  );
  const whole = client.transaction((tx) => tx.create('MediaPipeline'), { signal: abort.signal });
  await assert.rejects(whole, /enough/);
  const release = await waitFor('the release', () => server.requestsOf('release')[0]);
  assert.equal(release.params?.object, 'o0');
});
