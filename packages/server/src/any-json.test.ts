import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { RiveroServer } from './server.js';
import { type Answer, TestClient } from './test-support/test-client.js';
import { startServer } from './test-support/test-server.js';

// Whatever is sent as a message gets a valid answer, and the connection survives.

const METHODS = [
  'ping',
  'connect',
  'keepAlive',
  'closeSession',
  'create',
  'invoke',
  'describe',
  'subscribe',
  'unsubscribe',
  'release',
  'ref',
  'unref',
  'transaction',
];

function checkAnswer(answer: Answer): void {
  assert.equal(answer.jsonrpc, '2.0');
  assert.ok('id' in answer);
  const { error, result } = answer;
  assert.ok((error === undefined) !== (result === undefined), JSON.stringify(answer));
  if (error !== undefined) {
    assert.ok(Number.isInteger(error.code) && typeof error.message === 'string');
    assert.equal(error.code > 0, typeof error.data?.type === 'string' && error.code !== -32602);
    // A fault of the server would be one of these.
    assert.ok(error.code !== 40003, JSON.stringify(answer));
    if (error.code === -32603) assert.match(error.message, /requires objectValue/);
  }
}

describe('any message', () => {
  let server: RiveroServer;
  let client: TestClient;
  let pipeline = '';
  let element = '';
  before(async () => {
    server = await startServer();
    client = await TestClient.open(server.url);
    pipeline = await client.create('MediaPipeline');
    element = await client.create('PassThrough', { mediaPipeline: pipeline });
  });
  after(async () => {
    await client.close();
    await server.stop();
  });

  const survives = async () => assert.equal(await client.value('ping'), 'pong');

  test('any JSON value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => checkAnswer(await client.raw(text))),
      { numRuns: 200 },
    );
    await survives();
  });

  test('any text, in text and binary frames', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.boolean(), async (text, binary) => {
        const answer = await client.raw(binary ? Buffer.from(text) : text);
        checkAnswer(answer);
        assert.ok(answer.error !== undefined);
      }),
      { numRuns: 100 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), async (bytes) => checkAnswer(await client.raw(Buffer.from(bytes)))),
      { numRuns: 50 },
    );
    await survives();
  });

  test('requests with any params', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...METHODS, 'other'),
        fc.jsonValue(),
        fc.jsonValue(),
        async (method, id, params) => {
          checkAnswer(await client.raw(JSON.stringify({ jsonrpc: '2.0', id, method, params })));
        },
      ),
      { numRuns: 200 },
    );
    await survives();
  });

  test('requests that are nearly right', async () => {
    const name = fc.constantFrom(
      'getName',
      'setName',
      'connect',
      'getTags',
      'addTag',
      'setSendTagsInEvents',
      'x',
    );
    const type = fc.constantFrom(
      'MediaPipeline',
      'PassThrough',
      'WebRtcEndpoint',
      'HubPort',
      'ElementConnected',
    );
    const id = fc.constantFrom('pipeline', 'element', 'manager_ServerManager', 'newref:0', '');
    const any = fc.oneof(fc.jsonValue(), type, id, name);
    const known = (value: unknown) =>
      value === 'pipeline' ? pipeline : value === 'element' ? element : value;
    const params = fc.record(
      {
        type: fc.oneof({ weight: 3, arbitrary: type }, any),
        object: fc.oneof({ weight: 3, arbitrary: id }, any),
        operation: fc.oneof({ weight: 3, arbitrary: name }, any),
        constructorParams: fc.oneof(fc.record({ mediaPipeline: id, hub: any }, { requiredKeys: [] }), any),
        operationParams: fc.oneof(
          fc.record({ name: any, sink: id, key: any, value: any, mediaType: any }, { requiredKeys: [] }),
          any,
        ),
        subscription: any,
        sessionId: fc.oneof(fc.constantFrom('a', 'b', '', 5, null), fc.jsonValue()),
        operations: fc.oneof(
          fc.array(
            fc.record({ jsonrpc: fc.constant('2.0'), method: fc.constantFrom(...METHODS), params: any }),
          ),
          any,
        ),
      },
      { requiredKeys: [] },
    );
    const methods = METHODS.filter(
      (method) => method !== 'release' && method !== 'closeSession' && method !== 'unref',
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), params, async (method, given) => {
        const text = JSON.stringify(
          { jsonrpc: '2.0', id: 1, method, params: given },
          (_key, value: unknown) => known(value),
        );
        checkAnswer(await client.raw(text));
      }),
      { numRuns: 500 },
    );
    await survives();
  });

  test('deeply nested JSON', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    checkAnswer(await client.raw(deep));
    checkAnswer(
      await client.raw(
        `{"jsonrpc":"2.0","id":1,"method":"transaction","params":{"operations":[{"jsonrpc":"2.0","method":"create","params":{"type":${deep}}}]}}`,
      ),
    );
    checkAnswer(
      await client.raw(
        `{"jsonrpc":"2.0","id":2,"method":"invoke","params":{"object":${JSON.stringify(pipeline)},"operation":"addTag","operationParams":{"key":${deep},"value":""}}}`,
      ),
    );
    let nested = '{"jsonrpc":"2.0","method":"ping"}';
    for (let i = 0; i < 5000; i++) {
      nested = `{"jsonrpc":"2.0","method":"transaction","params":{"operations":[${nested}]}}`;
    }
    checkAnswer(await client.raw(nested.replace('{', '{"id":3,')));
    await survives();
  });
});
