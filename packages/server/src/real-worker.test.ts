import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { RiveroServer } from './server.js';
import { TestClient } from './test-support/test-client.js';
import { realLauncher, startServer } from './test-support/test-server.js';
import { MEDIA_TYPES, TreeModel } from './test-support/tree-model.js';

const MANAGER = 'manager_ServerManager';

let server: RiveroServer;

before(async () => {
  server = await startServer(
    { sessions: { collectAfter: 1 }, media: { interfaces: ['127.0.0.1'] } },
    realLauncher,
  );
});
after(() => server.stop());

async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Objects and pipelines in the worker, and its open files, where the system tells. */
async function workerState(): Promise<{ objects: number; pipelines: number; files: number }> {
  const [status] = await server.workerStatus();
  const [pid] = server.workerPids;
  let files = 0;
  try {
    files = readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    // No such folder on this system.
  }
  return { objects: status!.objects, pipelines: status!.pipelines, files };
}

const serverObjects = async (): Promise<number> =>
  ((await (await fetch(`${server.pageUrl}health`)).json()) as { objects: number }).objects;

/** Pipelines with endpoints that have sockets, timers and connections; all of it is left to the session. */
async function fill(client: TestClient, pipelines: number): Promise<void> {
  for (let i = 0; i < pipelines; i++) {
    const mediaPipeline = await client.create('MediaPipeline');
    const [a, b] = [
      await client.create('WebRtcEndpoint', { mediaPipeline }),
      await client.create('WebRtcEndpoint', { mediaPipeline }),
    ];
    const mixer = await client.create('Dispatcher', { mediaPipeline });
    const port = await client.create('HubPort', { hub: mixer });
    await client.subscribe(a, 'IceCandidateFound');
    await client.subscribe(b, 'ConnectionStateChanged');
    const offer = await client.invoke(a, 'generateOffer');
    const answer = await client.invoke(b, 'processOffer', { offer });
    await client.invoke(a, 'processAnswer', { answer });
    for (const endpoint of [a, b]) await client.invoke(endpoint, 'gatherCandidates');
    await client.invoke(a, 'connect', { sink: b });
    await client.invoke(b, 'connect', { sink: a });
    await client.invoke(a, 'connect', { sink: port });
  }
}

describe('what a session leaves behind in the worker', () => {
  for (const [how, end] of [
    ['closeSession', (client: TestClient) => client.call('closeSession')],
    ['the collection of a dead one', (client: TestClient) => client.close()],
    ['a connection that breaks', async (client: TestClient) => client.socket.terminate()],
  ] as const) {
    test(`${how}: nothing`, async () => {
      const first = await TestClient.open(server.url);
      await fill(first, 1);
      await first.call('closeSession');
      await first.close();
      await eventually(async () => (await workerState()).objects === 0);
      const empty = await workerState();

      const client = await TestClient.open(server.url);
      await fill(client, 4);
      assert.equal((await workerState()).objects, 20);
      await end(client);
      await eventually(async () => (await serverObjects()) === 0);
      assert.deepEqual(await workerState(), empty);
      await client.close();
      await eventually(async () => (await workerState()).files === empty.files);
    });
  }

  test('memory does not grow from one session to the next', async (t) => {
    const residentMiB = () => {
      const pages = readFileSync(`/proc/${server.workerPids[0]}/statm`, 'utf8').split(' ')[1];
      return (Number(pages) * 4096) / 2 ** 20;
    };
    try {
      residentMiB();
    } catch {
      t.skip('the system does not tell');
      return;
    }
    const round = async () => {
      const client = await TestClient.open(server.url);
      await fill(client, 5);
      await client.call('closeSession');
      await client.close();
    };
    for (let i = 0; i < 20; i++) await round();
    // A heap grows in steps until it has the size that it needs; a leak grows in every stretch.
    const sizes = [residentMiB()];
    while (sizes.length < 5) {
      for (let i = 0; i < 20; i++) await round();
      sizes.push(residentMiB());
      // 200 endpoints with their transports would be far more.
      if (sizes.at(-1)! - sizes.at(-2)! < 15) return;
    }
    assert.fail(`MiB after each 20 rounds: ${sizes}`);
  });

  test('a session goes on over another connection, also when the first one is still open', async () => {
    const first = await TestClient.open(server.url);
    const mediaPipeline = await first.create('MediaPipeline');
    const endpoint = await first.create('WebRtcEndpoint', { mediaPipeline });
    await first.subscribe(endpoint, 'IceGatheringDone');
    const sessionId = (await first.call('ping')).result?.sessionId as string;
    const second = await TestClient.open(server.url);
    assert.equal((await second.call('connect', { sessionId })).result?.sessionId, sessionId);
    await second.invoke(endpoint, 'generateOffer');
    await second.invoke(endpoint, 'gatherCandidates');
    await second.event('IceGatheringDone');
    assert.deepEqual(first.events, []);
    await first.close();
    assert.equal(await second.invoke(endpoint, 'getName'), endpoint);
    await second.call('closeSession');
    await second.close();
    await eventually(async () => (await workerState()).objects === 0);
  });
});

test('no sequence of create, connect and release leaks or corrupts the tree, and no id comes twice', async () => {
  const seen = new Set<string>();
  const place = fc.nat(20);
  const type = fc.option(fc.constantFrom(...MEDIA_TYPES), { nil: undefined });
  const command = fc.oneof(
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pipeline' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('create' as const),
        className: fc.constantFrom('PassThrough', 'WebRtcEndpoint', 'Dispatcher', 'HubPort'),
        at: place,
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constantFrom('connect', 'disconnect'), at: place, to: place, type }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), at: place }) },
  );

  const isHub = ({ id }: { id: string }) => id.endsWith('Dispatcher');
  const isElement = (node: { isElement: boolean }) => node.isElement;
  const isPipeline = ({ parent }: { parent: unknown }) => parent === undefined;

  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
      const client = await TestClient.open(server.url);
      const model = new TreeModel();
      const made = (id: string) => {
        assert.ok(!seen.has(id), `${id} came twice`);
        seen.add(id);
        return id;
      };
      model.add(made(await client.create('MediaPipeline')), undefined, false);
      for (const step of commands) {
        switch (step.kind) {
          case 'pipeline':
            model.add(made(await client.create('MediaPipeline')), undefined, false);
            break;
          case 'create': {
            const port = step.className === 'HubPort';
            const parent = model.pick(step.at, port ? isHub : isPipeline);
            if (parent === undefined) break;
            const params = { [port ? 'hub' : 'mediaPipeline']: parent.id };
            const hub = step.className === 'Dispatcher';
            model.add(made(await client.create(step.className, params)), parent, !hub);
            break;
          }
          case 'connect':
          case 'disconnect': {
            const [source, sink] = [model.pick(step.at, isElement), model.pick(step.to, isElement)];
            if (source === undefined || sink === undefined || source === sink) break;
            const params = { sink: sink.id, ...(step.type && { mediaType: step.type }) };
            if (model.pipelineOf(source) !== model.pipelineOf(sink)) {
              await assert.rejects(client.invoke(source.id, step.kind, params), { code: 40004 });
              break;
            }
            await client.invoke(source.id, step.kind, params);
            model[step.kind](source, sink, step.type);
            break;
          }
          case 'release': {
            const node = model.pick(step.at, () => true);
            if (node === undefined) break;
            await client.value('release', { object: node.id });
            await assert.rejects(client.invoke(node.id, 'getName'), { code: 40101 });
            model.release(node);
          }
        }
      }
      await model.check(client);
      assert.equal((await server.workerStatus())[0]?.objects, model.objects.length);
      await client.call('closeSession');
      await client.close();
      assert.equal((await server.workerStatus())[0]?.objects, 0);
      assert.equal(await serverObjects(), 0);
    }),
    { numRuns: 40 },
  );
  const client = await TestClient.open(server.url);
  assert.deepEqual(await client.invoke(MANAGER, 'getPipelines'), []);
  await client.close();
});
