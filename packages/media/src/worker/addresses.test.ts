import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, test } from 'node:test';
import { call, type TestCall } from '../test-support/call.js';
import { vp8Payload } from '../test-support/session-descriptions.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

let harness: WorkerHarness;
const calls: TestCall[] = [];

afterEach(async () => {
  for (const { peer } of calls.splice(0)) await peer.close();
  await harness.close();
});

const hub = () => harness.host.context!.transports;

/** Lets the host have these addresses and no others. All of 127.0.0.0/8 can be bound on Linux. */
function setAddresses(...addresses: string[]): void {
  const infos: NetworkInterfaceInfo[] = addresses.map((address) => ({
    address,
    netmask: '255.0.0.0',
    family: 'IPv4',
    mac: '00:00:00:00:00:00',
    internal: true,
    cidr: `${address}/8`,
  }));
  hub().readInterfaces = () => Object.fromEntries(infos.map((info, i) => [`test${i}`, [info]]));
}

/** Protocols and addresses that a fresh endpoint announces. */
async function announced(pipeline: string, set: Record<string, unknown> = {}): Promise<string[]> {
  const endpoint = await harness.create('WebRtcEndpoint', pipeline);
  for (const [operation, params] of Object.entries(set))
    await harness.invoke(endpoint, operation, params as Record<string, unknown>);
  await harness.invoke(endpoint, 'generateOffer');
  await harness.invoke(endpoint, 'gatherCandidates');
  await waitFor('gathering', () => harness.eventsOf(endpoint, 'IceGatheringDone').length > 0);
  const lines = harness
    .eventsOf(endpoint, 'IceCandidateFound')
    .map(({ candidate }) => (candidate as { candidate: string }).candidate.split(' '));
  await harness.release(endpoint);
  return [...new Set(lines.map((fields) => `${fields[2]} ${fields[4]}`))].sort();
}

async function echoes({ peer }: TestCall): Promise<void> {
  const before = peer.rtp.length;
  let sequence = 1000 + before * 10;
  await waitFor('video to come back', () => {
    const timestamp = sequence * 3000;
    peer.sendRtp({
      payloadType: 96,
      marker: true,
      sequence: sequence++,
      timestamp,
      ssrc: 2222,
      payload: vp8Payload(true),
    });
    return peer.rtp.length >= before + 5;
  });
}

test('addresses that come and go: announced while they are there, calls on them go on', async () => {
  harness = await WorkerHarness.start({ interfaces: ['127.0.0.1', '127.0.0.2'], loopback: 'always' });
  const pipeline = await harness.create('MediaPipeline', null);
  assert.deepEqual(await announced(pipeline), ['TCP 127.0.0.1', 'UDP 127.0.0.1']);
  const old = await call(harness, pipeline);
  calls.push(old);
  await harness.invoke(old.endpoint, 'connect', { sink: old.endpoint });
  await echoes(old);

  setAddresses('127.0.0.1', '127.0.0.2');
  assert.ok((await announced(pipeline)).includes('UDP 127.0.0.2'));
  await waitFor('TCP on the new address', () => hub().tcpListeners.length === 2);
  const both = ['TCP 127.0.0.1', 'TCP 127.0.0.2', 'UDP 127.0.0.1', 'UDP 127.0.0.2'];
  assert.deepEqual(await announced(pipeline), both);
  assert.equal(new Set(hub().sockets.map(({ port }) => port)).size, 1, 'one port everywhere');

  setAddresses('127.0.0.2');
  assert.deepEqual(await announced(pipeline), ['TCP 127.0.0.2', 'UDP 127.0.0.2']);
  await echoes(old);
  setAddresses('127.0.0.1', '127.0.0.2');
  assert.deepEqual(await announced(pipeline), both);

  // An address that stays away is given up.
  setAddresses('127.0.0.2');
  await announced(pipeline);
  const { scheduler } = harness.host.context!;
  const { now } = scheduler;
  scheduler.now = () => now.call(scheduler) + 61_000;
  assert.deepEqual(await announced(pipeline), ['TCP 127.0.0.2', 'UDP 127.0.0.2']);
  assert.equal(hub().sockets.length, 1);
  setAddresses('127.0.0.1', '127.0.0.2');
  await announced(pipeline);
  assert.equal(hub().sockets.length, 2, 'and had again when it comes back');
  assert.equal(hub().failures, 0);
});

test('networkInterfaces chooses by name or address, external addresses replace those of their family', async () => {
  harness = await WorkerHarness.start({ interfaces: [], loopback: 'always', externalIPv4: '198.51.100.1' });
  const pipeline = await harness.create('MediaPipeline', null);
  setAddresses('127.0.0.1', '127.0.0.2');
  assert.ok((await announced(pipeline)).every((each) => !each.includes('127.0.0.')));
  const choose = (networkInterfaces: string, externalIPv4 = '') => ({
    setExternalIPv4: { externalIPv4 },
    setNetworkInterfaces: { networkInterfaces },
    setIceTcp: { iceTcp: false },
  });
  assert.deepEqual(await announced(pipeline, choose('127.0.0.2')), ['UDP 127.0.0.2']);
  assert.deepEqual(await announced(pipeline, choose(' 127.0.0.1 , 127.0.0.2')), [
    'UDP 127.0.0.1',
    'UDP 127.0.0.2',
  ]);
  assert.deepEqual(await announced(pipeline, choose('test1')), ['UDP 127.0.0.2']);
  assert.deepEqual(await announced(pipeline, choose('nothing0')), []);
  // Both are behind one outside address: one candidate.
  assert.deepEqual(await announced(pipeline, choose('', '203.0.113.4')), ['UDP 203.0.113.4']);
  assert.deepEqual(await announced(pipeline, choose('127.0.0.2', 'nonsense')), ['UDP 127.0.0.2']);
});
