import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Json, ParamDecl } from '@rivero/api';
import { bundledApi } from '@rivero/module/loader';
import { WebSocket } from 'ws';
import { TestServer } from './support/server.js';

const api = await bundledApi();

interface Answer {
  id: number;
  result?: { value?: Json; qualifiedType?: string };
  error?: { code: number; message: string };
}

let server: TestServer;
let socket: WebSocket;
let nextId = 1;

before(async () => {
  server = await TestServer.start();
  socket = new WebSocket(server.uri);
  await new Promise((resolve) => socket.once('open', resolve));
});
after(async () => {
  socket.close();
  await server.stop();
});

function request(method: string, params: Record<string, Json>): Promise<Answer> {
  const id = nextId++;
  return new Promise((resolve) => {
    const listener = (data: Buffer): void => {
      const answer = JSON.parse(data.toString()) as Answer;
      if (answer.id !== id) return;
      socket.off('message', listener);
      resolve(answer);
    };
    socket.on('message', listener);
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  });
}

async function create(type: string, constructorParams: Record<string, Json>): Promise<string> {
  const { result, error } = await request('create', { type, constructorParams });
  assert.equal(error, undefined, `${type}: ${error?.message}`);
  return String(result?.value);
}

/** A value that a required parameter takes. */
function sample({ name, type }: ParamDecl, pipeline: string, hub: string): Json {
  if (type === 'MediaPipeline') return pipeline;
  if (type === 'Hub') return hub;
  if (name === 'command') return 'videoflip';
  if (type === 'String') return 'file:///tmp/rivero-test';
  if (type === 'int') return 100;
  if (type.endsWith('[]')) return [];
  if (type === 'WindowParam') return { topRightCornerX: 1, topRightCornerY: 2, width: 3, height: 4 };
  throw new Error(`no sample for ${name}: ${type}`);
}

test('every class of every module is created, described and released', async () => {
  const pipeline = await create('MediaPipeline', {});
  const hub = await create('Composite', { mediaPipeline: pipeline });
  const factories = api
    .moduleSummaries()
    .flatMap(({ name, factories }) => factories.map((type) => [name, type] as const));
  assert.ok(factories.length > 25, `${factories.length} classes`);
  for (const [module, type] of factories) {
    const params = (api.findClass(type)?.constructorParams ?? []).filter(
      ({ optional, default: value }) => optional !== true && value === undefined,
    );
    const given = Object.fromEntries(params.map((param) => [param.name, sample(param, pipeline, hub)]));
    const id = await create(type, given);
    const described = await request('describe', { object: id });
    assert.match(String(described.result?.qualifiedType), new RegExp(`^(kurento|${module})\\.${type}$`));
    const name = await request('invoke', { object: id, operation: 'getName', operationParams: {} });
    assert.equal(name.result?.value, id);
    assert.equal((await request('release', { object: id })).error, undefined);
  }
});
