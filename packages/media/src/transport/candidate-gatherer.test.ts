import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { type IceCandidate, parseStun, StunAttribute, StunClass, StunWriter } from '@rivero/ice';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';
import { CandidateGatherer } from './candidate-gatherer.js';
import type { GatherOptions } from './gather-options.js';

let harness: WorkerHarness;
let server: Socket;
let gatherer: CandidateGatherer | undefined;

afterEach(async () => {
  gatherer?.close();
  server.close();
  await harness.close();
});

/** A STUN server that sees the address it is told to see, or is silent. */
async function stunServer(sees: () => { address: string; port: number } | undefined) {
  let requests = 0;
  server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('message', (data, from) => {
    requests++;
    const mapped = sees();
    if (mapped === undefined) return;
    const answer = new StunWriter()
      .start(StunClass.Success, parseStun(data)!.transactionId)
      .xorAddressText(StunAttribute.XorMappedAddress, mapped.address, mapped.port)
      .finish();
    server.send(answer, from.port, from.address);
  });
  return { port: server.address().port, requests: () => requests };
}

function gather(port: number, options: Partial<GatherOptions> = {}) {
  const candidates: IceCandidate[] = [];
  const state = { candidates, done: 0 };
  gatherer = new CandidateGatherer(
    harness.host.context!.transports,
    {
      networkInterfaces: '',
      externalIPv4: '',
      externalIPv6: '',
      stunServerAddress: '127.0.0.1',
      stunServerPort: port,
      turnUrl: '',
      iceTcp: false,
      ...options,
    },
    {
      candidateFound: (candidate) => candidates.push(candidate),
      socketLost: () => assert.fail('no socket is lost'),
      allFound: () => state.done++,
    },
  );
  gatherer.start();
  return state;
}

function parseableRequest(): Uint8Array {
  return new StunWriter().start(StunClass.Request, new Uint8Array(12)).finish();
}

/** Moves the worker's clock. */
function advance(ms: number): void {
  const { scheduler } = harness.host.context!;
  const { now } = scheduler;
  scheduler.now = () => now.call(scheduler) + ms;
  gatherer!.onTime(scheduler.now());
}

test('without servers everything is told at once', async () => {
  harness = await WorkerHarness.start();
  const { port } = await stunServer(() => undefined);
  const state = gather(port, { stunServerAddress: '' });
  assert.equal(state.done, 1);
  assert.deepEqual(
    state.candidates.map(({ type }) => type),
    ['host'],
  );
});

test('host candidates come first, the reflexive one when the server answers, then the end', async () => {
  harness = await WorkerHarness.start();
  const { port } = await stunServer(() => ({ address: '203.0.113.7', port: 5555 }));
  const state = gather(port);
  assert.equal(state.done, 0);
  assert.deepEqual(
    state.candidates.map(({ type }) => type),
    ['host'],
  );
  await waitFor('the end', () => state.done === 1);
  const [host, reflexive] = state.candidates;
  assert.equal(reflexive?.type, 'srflx');
  assert.equal(reflexive.address, '203.0.113.7');
  assert.equal(reflexive.relatedPort, host!.port);
  assert.notEqual(reflexive.foundation, host!.foundation);
  assert.ok(reflexive.priority < host!.priority);
});

test('a server that sees our own address adds nothing', async () => {
  harness = await WorkerHarness.start();
  const own = harness.host.context!.transports.sockets[0]!;
  const { port } = await stunServer(() => own);
  const state = gather(port);
  await waitFor('the end', () => state.done === 1);
  assert.equal(state.candidates.length, 1);
});

test('a silent server is given up in time', async () => {
  harness = await WorkerHarness.start();
  const { port, requests } = await stunServer(() => undefined);
  const state = gather(port);
  await waitFor('the first request', () => requests() === 1);
  for (let i = 0; i < 8 && state.done === 0; i++) advance(2000);
  assert.equal(state.done, 1);
  await waitFor('all requests', () => requests() === 4);
});

test('until a pair is selected the address is kept, and a new one is told of', async () => {
  harness = await WorkerHarness.start();
  let mapped = { address: '203.0.113.7', port: 5555 };
  const { port, requests } = await stunServer(() => mapped);
  const state = gather(port);
  await waitFor('the end', () => state.done === 1);
  mapped = { address: '203.0.113.7', port: 6666 };
  advance(15_001);
  await waitFor('the new address', () => state.candidates.some((each) => each.port === 6666));
  assert.equal(state.done, 1);
  const before = requests();
  gatherer!.settle();
  for (let i = 0; i < 5; i++) advance(20_000);
  // What was sent before this would have come before the answer to it.
  const probe = createSocket('udp4');
  probe.send(parseableRequest(), port, '127.0.0.1');
  await waitFor('the probe', () => requests() > before);
  probe.close();
  assert.equal(requests(), before + 1);
});
