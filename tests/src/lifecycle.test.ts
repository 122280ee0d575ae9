import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestBrowser } from './support/browser.js';
import { callServer, mediaArrives } from './support/call.js';
import { useHarness } from './support/harness.js';
import { errorCode, type KurentoClient, openClient } from './support/kurento.js';
import { isRunning, openSockets, residentMemory } from './support/process.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const LOOPBACK = { send: { audio: true, video: true }, receive: { audio: true, video: true } };
const MEDIA_OBJECT_NOT_FOUND = 40101;
const MEBIBYTE = 1024 * 1024;

describe('endpoints come and go', () => {
  const harness = useHarness({ server: { heapMebibytes: 64 } });

  test('sockets and memory stay flat over rounds of 50 endpoints', async () => {
    const peer = await harness.browser.newPeer(LOOPBACK);
    const offer = await peer.createOffer();
    const processes = [harness.server.pid, ...harness.server.workers];
    const before = processes.map(openSockets);

    const round = async () => {
      const pipeline = await harness.client.create('MediaPipeline');
      const endpoints = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const endpoint = await pipeline.create('WebRtcEndpoint');
          await endpoint.connect(endpoint);
          await endpoint.processOffer(offer);
          await endpoint.gatherCandidates();
          return endpoint;
        }),
      );
      // One port per worker serves all endpoints: fifty of them open nothing.
      await socketsAre(before, processes);
      await Promise.all(endpoints.slice(25).map((endpoint) => endpoint.release()));
      await pipeline.release();
    };

    await round();
    await round();
    const memory = processes.map(residentMemory);
    for (let count = 0; count < 4; count++) await round();
    await socketsAre(before, processes);
    for (const [index, pid] of processes.entries()) {
      const growth = (residentMemory(pid) - memory[index]!) / MEBIBYTE;
      assert.ok(growth < 25, `process ${index} grew by ${growth.toFixed(1)} MiB`);
    }
    await peer.close();
  });

  test('connected calls leave nothing behind either', async () => {
    const processes = [harness.server.pid, ...harness.server.workers];
    const call = async () => {
      const pipeline = await harness.client.create('MediaPipeline');
      const endpoint = await pipeline.create('WebRtcEndpoint');
      await endpoint.connect(endpoint);
      const peer = await harness.browser.newPeer(LOOPBACK);
      await callServer(peer, endpoint);
      await peer.close();
      await pipeline.release();
    };
    const before = processes.map(openSockets);
    for (let count = 0; count < 5; count++) await call();
    await socketsAre(before, processes);
    assert.deepEqual(await (await harness.client.getServerManager()).getPipelines(), []);
  });
});

/** Waits until each process has as many sockets open as before; TCP connections of a browser close a little later. */
async function socketsAre(before: readonly number[], processes: readonly number[]): Promise<void> {
  const now = () => processes.map(openSockets);
  await waitFor('sockets to close', () => now().join() === before.join()).catch(() => {
    assert.deepEqual(now(), before, 'open sockets');
  });
}

describe('the server comes and goes', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} ends it with exit code 0 in the middle of a call, no process is left`, async () => {
      const server = await TestServer.start({ workers: 2 });
      const browser = await TestBrowser.launch();
      const client = await openClient(server.uri, 0);
      const { peer } = await loopback(client, browser);
      const workers = server.workers;
      assert.equal(workers.length, 2);
      assert.deepEqual(await server.stop(signal), { code: 0, signal: null }, server.output);
      await waitFor('the workers to be gone', () => !workers.some(isRunning));
      await peer.close();
      client.close();
      await browser.close();
    });
  }

  test('Ctrl-C under npm, where every process gets SIGINT and the server twice, ends it with exit code 0', async () => {
    const server = await TestServer.start({ workers: 2, ownGroup: true });
    const workers = server.workers;
    assert.deepEqual(await server.interrupt(), { code: 0, signal: null }, server.output);
    await waitFor('the workers to be gone', () => !workers.some(isRunning));
  });

  test('npm start passes SIGTERM on and ends with exit code 0, too', async () => {
    const server = await TestServer.start({ viaNpm: true });
    const { uri } = server;
    assert.deepEqual(await server.stop(), { code: 0, signal: null }, server.output);
    await assert.rejects(fetch(uri.replace('ws:', 'http:')), 'the port is free again');
  });

  test('after a restart the client is connected again and makes new calls', async () => {
    const first = await TestServer.start();
    const { port } = first;
    const browser = await TestBrowser.launch();
    const client = await openClient(first.uri);
    const { peer, pipeline } = await loopback(client, browser);
    const reconnected = new Promise((resolve) => client.on('reconnected', resolve));
    await first.stop();
    const second = await TestServer.start({ port });
    assert.equal(await reconnected, false, 'the session is a new one');
    assert.equal(await errorCode(pipeline), MEDIA_OBJECT_NOT_FOUND);
    await peer.close();

    const again = await loopback(client, browser);
    await again.peer.close();
    await again.pipeline.release();
    client.close();
    await browser.close();
    await second.stop();
  });

  async function loopback(client: KurentoClient, browser: TestBrowser) {
    const pipeline = await client.create('MediaPipeline');
    const endpoint = await pipeline.create('WebRtcEndpoint');
    await endpoint.connect(endpoint);
    const peer = await browser.newPeer(LOOPBACK);
    await callServer(peer, endpoint);
    await mediaArrives(peer);
    return { pipeline, peer };
  }
});
