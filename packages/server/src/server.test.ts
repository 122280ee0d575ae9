import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import pino from 'pino';
import type { RiveroServer } from './server.js';
import { TestClient } from './test-support/test-client.js';
import { memoryLauncher, type Overrides, processLauncher, startServer } from './test-support/test-server.js';
import type { WorkerLauncher } from './workers/worker-process.js';

/** Runs a test with a server and gives it clients that are closed at the end. */
async function withServer(
  run: (server: RiveroServer, open: () => Promise<TestClient>) => Promise<void>,
  overrides: Overrides = {},
  launch?: WorkerLauncher,
): Promise<void> {
  const server = await startServer(overrides, launch);
  const clients: TestClient[] = [];
  try {
    await run(server, async () => {
      const client = await TestClient.open(server.url);
      clients.push(client);
      return client;
    });
  } finally {
    for (const client of clients) client.socket.terminate();
    await server.stop();
  }
}

/** Waits for a condition that no message announces. */
async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('order', () => {
  test('answers and events of one object keep their order', () =>
    withServer(async (_server, open) => {
      const client = await open();
      const pipeline = await client.create('MediaPipeline');
      const [a, b] = [
        await client.create('PassThrough', { mediaPipeline: pipeline }),
        await client.create('PassThrough', { mediaPipeline: pipeline }),
      ];
      await client.subscribe(a, 'ElementConnected');
      await client.subscribe(a, 'ElementDisconnected');
      client.received.length = 0;
      const text = (id: number, operation: string) =>
        JSON.stringify({
          jsonrpc: '2.0',
          id,
          method: 'invoke',
          params: { object: a, operation, operationParams: { sink: b, mediaType: 'AUDIO' } },
        });
      for (let i = 0; i < 20; i++) client.socket.send(text(100 + i, i % 2 === 0 ? 'connect' : 'disconnect'));
      await client.until(() => client.received.length === 40);
      const order = client.received.map((message) => {
        const { id, params } = JSON.parse(message) as { id?: number; params?: { value: { type: string } } };
        return id ?? params?.value.type;
      });
      const expected = Array.from({ length: 20 }, (_, i) => [
        i % 2 === 0 ? 'ElementConnected' : 'ElementDisconnected',
        100 + i,
      ]).flat();
      assert.deepEqual(order, expected);
    }));

  test('a slow call on one pipeline holds back neither other pipelines nor other calls', () =>
    withServer(
      async (_server, open) => {
        const client = await open();
        const [slow, quick] = [await client.create('MediaPipeline'), await client.create('MediaPipeline')];
        const order: string[] = [];
        const calls = [
          client.invoke(slow, 'getGstreamerDot').then(() => order.push('slow')),
          client.invoke(quick, 'getName').then(() => order.push('quick')),
          client.invoke(slow, 'getName').then(() => order.push('same')),
          client.value('ping').then(() => order.push('ping')),
        ];
        await Promise.all(calls);
        assert.equal(order.at(-1), 'slow');
      },
      { workers: 2 },
    ));

  test('a transaction runs its operations one after the other', () =>
    withServer(async (_server, open) => {
      const client = await open();
      const value = (await client.value('transaction', {
        operations: [
          { method: 'create', params: { type: 'MediaPipeline' } },
          { method: 'invoke', params: { object: 'newref:0', operation: 'getGstreamerDot' } },
          {
            method: 'create',
            params: { type: 'PassThrough', constructorParams: { mediaPipeline: 'newref:0' } },
          },
          { method: 'release', params: { object: 'newref:2' } },
          { method: 'invoke', params: { object: 'newref:2', operation: 'getName' } },
          { method: 'ping' },
        ].map((operation) => ({ jsonrpc: '2.0', ...operation })),
      })) as { error?: { code: number }; result?: { value: unknown } }[];
      assert.equal(value.length, 5);
      assert.equal(value[1]?.result?.value, 'slow');
      assert.equal(value[4]?.error?.code, 40101);
    }));

  test('an object whose parent goes while it is made is gone too', () =>
    withServer(async (_server, open) => {
      const client = await open();
      const pipeline = await client.create('MediaPipeline');
      await client.subscribe('manager_ServerManager', 'ObjectCreated');
      const making = client.call('create', {
        type: 'PassThrough',
        constructorParams: { mediaPipeline: pipeline },
      });
      const releasing = client.call('release', { object: pipeline });
      assert.equal((await making).error?.code, 40101);
      assert.equal((await releasing).error, undefined);
      assert.deepEqual(client.events, []);
      assert.deepEqual(await client.invoke('manager_ServerManager', 'getPipelines'), []);
    }));
});

describe('sessions', () => {
  test('objects outlive the connection, and another connection takes the session over', () =>
    withServer(async (_server, open) => {
      const first = await open();
      const pipeline = await first.create('MediaPipeline');
      const sessionId = (await first.call('ping')).result?.sessionId as string;
      await first.subscribe(pipeline, 'Error');
      await first.close();
      const second = await open();
      assert.equal((await second.call('connect', { sessionId })).result?.sessionId, sessionId);
      assert.equal(await second.invoke(pipeline, 'getName'), pipeline);
    }));

  test('a connect that names a session of another server fails, one without a session then makes a new one', () =>
    withServer(async (_server, open) => {
      const client = await open();
      const dead = { sessionId: 'from-before-the-restart' };
      assert.equal((await client.call('connect', dead)).error?.code, 40007);
      const fresh = await client.call('connect');
      assert.equal(fresh.error, undefined);
      const { sessionId } = fresh.result as { sessionId: string };
      assert.notEqual(sessionId, dead.sessionId);
      const { result } = await client.call('create', { type: 'MediaPipeline', constructorParams: {} });
      assert.equal((result as { sessionId: string }).sessionId, sessionId);
      // Nor does it take a connection out of its session.
      assert.equal((await client.call('keepAlive', dead)).error?.code, 40007);
      assert.equal((await client.call('connect')).result?.sessionId, sessionId);
    }));

  test('what only a dead session holds ends after the period, what another holds stays', () =>
    withServer(
      async (_server, open) => {
        const [gone, alive] = [await open(), await open()];
        const [lost, shared] = [await gone.create('MediaPipeline'), await gone.create('MediaPipeline')];
        await alive.value('describe', { object: shared });
        await alive.subscribe('manager_ServerManager', 'ObjectDestroyed');
        await gone.close();
        const destroyed = await alive.event('ObjectDestroyed');
        assert.equal(destroyed.data.objectId, lost);
        assert.deepEqual(await alive.invoke('manager_ServerManager', 'getPipelines'), [shared]);
        assert.equal(((await alive.invoke('manager_ServerManager', 'getSessions')) as string[]).length, 1);
      },
      { sessions: { collectAfter: 1 } },
    ));

  test('a request that is repeated on another connection is not run again', () =>
    withServer(async (_server, open) => {
      const first = await open();
      await first.create('MediaPipeline');
      const sessionId = (await first.call('ping')).result?.sessionId as string;
      const request = JSON.stringify({
        jsonrpc: '2.0',
        id: 'x',
        method: 'create',
        params: { type: 'MediaPipeline', sessionId },
      });
      first.socket.send(request);
      first.socket.send(request);
      const second = await open();
      const again = await second.raw(request);
      await first.until(() => first.received.length >= 4);
      assert.deepEqual(
        first.received.slice(-2).map((text) => JSON.parse(text)),
        [again, again],
      );
      assert.equal(((await second.invoke('manager_ServerManager', 'getPipelines')) as string[]).length, 2);
    }));

  test('limits are told as NOT_ENOUGH_RESOURCES', () =>
    withServer(
      async (_server, open) => {
        const client = await open();
        const pipeline = await client.create('MediaPipeline');
        await client.create('PassThrough', { mediaPipeline: pipeline });
        await assert.rejects(client.create('PassThrough', { mediaPipeline: pipeline }), { code: 40009 });
        await client.subscribe(pipeline, 'Error');
        await assert.rejects(client.subscribe(pipeline, 'Error'), { code: 40009 });
        const other = await open();
        assert.equal((await other.call('connect')).error, undefined);
        const third = await open();
        const refused = await third.call('connect');
        assert.deepEqual(refused.error?.data, { type: 'NOT_ENOUGH_RESOURCES' });
        await other.close();
        await eventually(async () => (await third.call('connect')).error === undefined);
      },
      { limits: { objectsPerSession: 2, subscriptionsPerSession: 1, sessions: 2 } },
    ));

  test('requests that are sent at once do not get past a limit', () =>
    withServer(
      async (_server, open) => {
        const client = await open();
        const mediaPipeline = await client.create('MediaPipeline');
        const answers = await Promise.all(
          Array.from({ length: 10 }, () =>
            client.call('create', { type: 'PassThrough', constructorParams: { mediaPipeline } }),
          ),
        );
        assert.equal(answers.filter(({ error }) => error === undefined).length, 3);
        const children = (await client.invoke(mediaPipeline, 'getChildren')) as string[];
        assert.equal(children.length, 3);
        await client.value('release', { object: children[0] });
        await client.create('PassThrough', { mediaPipeline });
      },
      { limits: { objectsPerSession: 4 } },
    ));

  test('events go to the connection of the last request', () =>
    withServer(async (_server, open) => {
      const [first, second] = [await open(), await open()];
      const pipeline = await first.create('MediaPipeline');
      const element = await first.create('PassThrough', { mediaPipeline: pipeline });
      await first.subscribe(element, 'ElementConnected');
      const sessionId = (await first.call('ping')).result?.sessionId as string;
      await second.call('ping', { sessionId });
      const other = await open();
      const connect = () => other.invoke(element, 'connect', { sink: element, mediaType: 'AUDIO' });
      await connect();
      await second.event('ElementConnected');
      assert.deepEqual(first.events, []);
      await second.close();
      await eventually(async () => {
        await connect();
        return first.events.length > 0;
      });
    }));

  test('a session that is closed leaves to others what they hold, unless it is told to release it', () =>
    withServer(async (_server, open) => {
      const other = await open();
      const makeAndClose = async (release: boolean): Promise<string> => {
        const maker = await open();
        const pipeline = await maker.create('MediaPipeline');
        await other.invoke(pipeline, 'getChildren');
        assert.equal((await maker.call('closeSession', { release })).result, null);
        return pipeline;
      };
      const left = await makeAndClose(false);
      const gone = await makeAndClose(true);
      const { error } = await other.call('invoke', { object: gone, operation: 'getChildren' });
      assert.equal(error?.code, 40101);
      assert.deepEqual(await other.invoke(left, 'getChildren'), []);
    }));

  test('closing a session leaves nothing behind', () =>
    withServer(async (server, open) => {
      const client = await open();
      for (let i = 0; i < 20; i++) {
        const pipeline = await client.create('MediaPipeline');
        const element = await client.create('PassThrough', { mediaPipeline: pipeline });
        await client.subscribe(element, 'ElementConnected');
      }
      assert.equal((await client.call('closeSession')).result, null);
      const health = (await (await fetch(`${server.pageUrl}health`)).json()) as { objects: number };
      assert.equal(health.objects, 0);
    }));
});

describe('a client that does not read', () => {
  test('is closed when too much waits for it, others notice nothing', () =>
    withServer(
      async (server, open) => {
        const [slow, other] = [await open(), await open()];
        const pipeline = await other.create('MediaPipeline');
        slow.socket.pause();
        const closed = slow.closed();
        const name = 'x'.repeat(20_000);
        await other.invoke(pipeline, 'setName', { name });
        const request = (id: number) =>
          JSON.stringify({
            jsonrpc: '2.0',
            id,
            method: 'invoke',
            params: { object: pipeline, operation: 'getName' },
          });
        // What the kernel buffers comes on top of the limit.
        const connections = async () =>
          ((await (await fetch(`${server.pageUrl}health`)).json()) as { connections: number }).connections;
        let id = 0;
        while ((await connections()) === 2 && id < 5000) {
          for (let i = 0; i < 50; i++) slow.socket.send(request(id++));
          assert.equal(await other.value('ping'), 'pong');
        }
        slow.socket.resume();
        assert.ok([1013, 1006].includes((await closed).code));
        assert.equal(await other.invoke(pipeline, 'getName'), name);
      },
      { limits: { outboundBytes: 100_000, pendingRequests: 100_000 } },
    ));

  test('is closed when too many events wait for it, and the log says why; its session lives on', async () => {
    const lines: { msg: string; remote?: string; connection?: number }[] = [];
    const sink = { write: (line: string) => void lines.push(JSON.parse(line)) };
    const server = await startServer(
      { limits: { outboundBytes: 100_000 } },
      memoryLauncher,
      pino({ level: 'warn' }, sink),
    );
    const [slow, other] = [await TestClient.open(server.url), await TestClient.open(server.url)];
    try {
      const pipeline = await slow.create('MediaPipeline');
      const element = await slow.create('PassThrough', { mediaPipeline: pipeline });
      await slow.subscribe(element, 'ElementConnected');
      // Events that carry a lot, so that the kernel's buffers are full soon.
      await slow.invoke(element, 'addTag', { key: 'much', value: 'x'.repeat(50_000) });
      await slow.invoke(element, 'setSendTagsInEvents', { sendTagsInEvents: true });
      slow.socket.pause();
      const params = { sink: element, mediaType: 'AUDIO' };
      for (let i = 0; i < 5000 && lines.length === 0; i++) await other.invoke(element, 'connect', params);
      assert.deepEqual(
        lines.map(({ msg, remote }) => ({ msg, remote })),
        [{ msg: 'Closed the connection of a client that reads too slowly', remote: '127.0.0.1' }],
      );
      assert.equal(typeof lines[0]?.connection, 'number');
      assert.equal(await other.invoke(element, 'getName'), element);
    } finally {
      for (const client of [slow, other]) client.socket.terminate();
      await server.stop();
    }
  });

  test('a flood of requests is read only as fast as it is answered', () =>
    withServer(
      async (_server, open) => {
        const client = await open();
        const pipeline = await client.create('MediaPipeline');
        const calls = Array.from({ length: 500 }, () => client.invoke(pipeline, 'getName'));
        assert.equal(new Set(await Promise.all(calls)).size, 1);
      },
      { limits: { pendingRequests: 10 } },
    ));
});

describe('a media worker dies', () => {
  test('its objects are gone, who listens is told, others notice nothing, and it is replaced', () =>
    withServer(
      async (server, open) => {
        const client = await open();
        const pipelines = [await client.create('MediaPipeline'), await client.create('MediaPipeline')];
        const elements = await Promise.all(
          pipelines.map((mediaPipeline) => client.create('PassThrough', { mediaPipeline })),
        );
        for (const object of [...pipelines, ...elements]) await client.subscribe(object, 'Error');
        await client.subscribe('manager_ServerManager', 'ObjectDestroyed');
        const [victim] = server.workerPids;
        // One of the two is in the way: it fails with a coded error, the other is answered.
        const pending = pipelines.map((object) =>
          client.call('invoke', { object, operation: 'getGstreamerDot' }),
        );
        process.kill(victim!, 'SIGKILL');

        const answers = await Promise.all(pending);
        const dead = answers.findIndex(({ error }) => error !== undefined);
        const alive = 1 - dead;
        assert.equal(answers[dead]?.error?.data?.type, 'UNEXPECTED_ERROR');
        assert.match(answers[dead]?.error?.message ?? '', /worker ended/);
        assert.equal(answers[alive]?.result?.value, 'slow');

        await client.until(() => client.events.length === 4);
        const [element, pipeline] = [elements[dead]!, pipelines[dead]!];
        const errors = client.events.filter(({ type }) => type === 'Error');
        assert.deepEqual(errors.map(({ object }) => object).sort(), [element, pipeline].sort());
        for (const { object, data } of errors) {
          assert.equal(data.source, object);
          assert.equal(data.errorCode, 40003);
          assert.equal(data.type, 'UNEXPECTED_ERROR');
          assert.match(data.description as string, /media worker/);
          assert.deepEqual(data.tags, []);
          assert.match(data.timestampMillis as string, /^\d+$/);
        }
        assert.deepEqual(
          client.events.filter(({ type }) => type === 'ObjectDestroyed').map(({ data }) => data.objectId),
          [element, pipeline],
        );
        for (const object of [element, pipeline]) {
          await assert.rejects(client.invoke(object, 'getName'), { code: 40101 });
        }
        assert.equal(await client.invoke(elements[alive]!, 'getName'), elements[alive]);
        await eventually(() => server.workerPids.length === 2);
        assert.ok(!server.workerPids.includes(victim!));
        await client.create('MediaPipeline');
      },
      { workers: 2 },
      processLauncher,
    ));

  test('a new pipeline waits for the replacement of the only worker', () =>
    withServer(
      async (server, open) => {
        const client = await open();
        await client.create('MediaPipeline');
        const [victim] = server.workerPids;
        process.kill(victim!, 'SIGKILL');
        await eventually(() => server.workerPids.length === 0);
        const pipeline = await client.create('MediaPipeline');
        assert.equal(await client.invoke(pipeline, 'getName'), pipeline);
      },
      {},
      processLauncher,
    ));

  test('a worker that hangs is killed and replaced', () =>
    withServer(
      async (server, open) => {
        const client = await open();
        const pipeline = await client.create('MediaPipeline');
        const [victim] = server.workerPids;
        const answer = await client.call('invoke', { object: pipeline, operation: 'dumpGstreamerDot' });
        assert.equal(answer.error?.data?.type, 'UNEXPECTED_ERROR');
        await assert.rejects(client.invoke(pipeline, 'getName'), { code: 40101 });
        assert.equal(typeof (await client.create('MediaPipeline')), 'string');
        await eventually(() => !isAlive(victim!));
      },
      { supervision: { probeSeconds: 1, timeoutSeconds: 1 } },
      processLauncher,
    ));
});

test('pipelines are spread over the workers', () =>
  withServer(
    async (server, open) => {
      const client = await open();
      const pipelines = await Promise.all(Array.from({ length: 6 }, () => client.create('MediaPipeline')));
      const [victim] = server.workerPids;
      process.kill(victim!, 'SIGKILL');
      await eventually(() => !isAlive(victim!));
      const found = await Promise.all(pipelines.map((object) => client.call('describe', { object })));
      assert.equal(found.filter(({ error }) => error === undefined).length, 4);
    },
    { workers: 3 },
    processLauncher,
  ));

test('stopping closes connections with 1001 and leaves no process', async () => {
  const server = await startServer({ workers: 2 }, processLauncher);
  const client = await TestClient.open(server.url);
  await client.create('MediaPipeline');
  const pids = server.workerPids;
  const closed = client.closed();
  await server.stop();
  assert.deepEqual(await closed, { code: 1001, reason: 'Server ends' });
  assert.deepEqual(pids.filter(isAlive), []);
  await assert.rejects(TestClient.open(server.url));
});
