import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { call, type TestCall } from '../test-support/call.js';
import { vp8Payload } from '../test-support/session-descriptions.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

/** Two servers that call each other, each a full ICE agent: one controlling, one controlled. */
describe('two workers', () => {
  let near: WorkerHarness;
  let far: WorkerHarness;
  const calls: TestCall[] = [];

  beforeEach(async () => {
    [near, far] = [await WorkerHarness.start(), await WorkerHarness.start()];
  });
  afterEach(async () => {
    for (const { peer } of calls.splice(0)) await peer.close();
    await near.close();
    await far.close();
  });

  const candidatesOf = (harness: WorkerHarness, endpoint: string) =>
    harness.eventsOf(endpoint, 'IceCandidateFound').map(({ candidate }) => candidate);

  /** Connects a fresh endpoint here with a fresh one there, candidates trickled both ways, and their ends. */
  async function trunk(nearPipeline: string, farPipeline: string): Promise<[string, string]> {
    const a = await near.create('WebRtcEndpoint', nearPipeline);
    const b = await far.create('WebRtcEndpoint', farPipeline);
    const offer = await near.invoke<string>(a, 'generateOffer');
    const answer = await far.invoke<string>(b, 'processOffer', { offer });
    await near.invoke(a, 'processAnswer', { answer });
    await connect(a, b);
    return [a, b];
  }

  /** Candidates of both, when all are known. */
  async function connect(a: string, b: string): Promise<void> {
    await near.invoke(a, 'gatherCandidates');
    await far.invoke(b, 'gatherCandidates');
    for (const [from, endpoint, to, other] of [
      [near, a, far, b],
      [far, b, near, a],
    ] as const) {
      await waitFor('gathering', () => from.eventsOf(endpoint, 'IceGatheringDone').length > 0);
      for (const candidate of candidatesOf(from, endpoint))
        await to.invoke(other, 'addIceCandidate', { candidate });
      const end = { candidate: '', sdpMid: '', sdpMLineIndex: 0 };
      await to.invoke(other, 'addIceCandidate', { candidate: end });
    }
  }

  async function expectSecured(harness: WorkerHarness, endpoint: string): Promise<void> {
    await waitFor('DTLS', () =>
      harness.eventsOf(endpoint, 'DtlsConnectionStateChange').some(({ state }) => state === 'CONNECTED'),
    );
    assert.deepEqual(
      harness
        .eventsOf(endpoint, 'IceComponentStateChanged')
        .map(({ state }) => state)
        .filter((state) => state === 'READY' || state === 'FAILED'),
      ['READY'],
    );
  }

  test('tell of DTLS when they are ready for it: who waits at the answer, who begins once there is a path', async () => {
    const offering = await near.create('WebRtcEndpoint', await near.create('MediaPipeline', null));
    const answering = await far.create('WebRtcEndpoint', await far.create('MediaPipeline', null));
    const states = (harness: WorkerHarness, endpoint: string) =>
      harness.eventsOf(endpoint, 'DtlsConnectionStateChange').map(({ state }) => state);
    const offer = await near.invoke<string>(offering, 'generateOffer');
    const answer = await far.invoke<string>(answering, 'processOffer', { offer });
    assert.match(answer, /a=setup:active/);
    assert.deepEqual(states(near, offering), []);
    await near.invoke(offering, 'processAnswer', { answer });
    assert.deepEqual(states(near, offering), ['NEW']);
    assert.deepEqual(states(far, answering), []);
    await connect(offering, answering);
    for (const [harness, endpoint] of [
      [near, offering],
      [far, answering],
    ] as const) {
      await expectSecured(harness, endpoint);
      await waitFor('both halves', () => states(harness, endpoint).length === 5);
      assert.deepEqual(states(harness, endpoint), [
        'NEW',
        'CONNECTING',
        'CONNECTING',
        'CONNECTED',
        'CONNECTED',
      ]);
    }
  });

  test('carry several calls side by side, each its own media', async () => {
    const nearPipeline = await near.create('MediaPipeline', null);
    const farPipeline = await far.create('MediaPipeline', null);
    const count = 3;
    const trunks: [string, string][] = [];
    for (let i = 0; i < count; i++) trunks.push(await trunk(nearPipeline, farPipeline));
    for (const [a, b] of trunks) {
      await expectSecured(near, a);
      await expectSecured(far, b);
    }
    // A sender here, a viewer there, for each trunk.
    for (const [index, [a, b]] of trunks.entries()) {
      const sender = await call(near, nearPipeline, { direction: 'sendonly' });
      const viewer = await call(far, farPipeline, { direction: 'recvonly' });
      calls.push(sender, viewer);
      await near.invoke(sender.endpoint, 'connect', { sink: a });
      await far.invoke(b, 'connect', { sink: viewer.endpoint });
      let sequence = 1;
      const size = 500 + index;
      await waitFor(`media of trunk ${index}`, () => {
        const payload = vp8Payload(true, size, index);
        sender.peer.sendRtp({
          payloadType: 96,
          marker: true,
          sequence: sequence++,
          timestamp: sequence * 3000,
          ssrc: 2222,
          payload,
        });
        return viewer.peer.rtp.filter(({ payload: { length } }) => length === size).length >= 10;
      });
    }
    for (const [index, { peer }] of calls.filter((_, i) => i % 2 === 1).entries()) {
      const others = peer.rtp.filter(({ payload: { length } }) => length > 400 && length !== 500 + index);
      assert.equal(others.length, 0);
    }
  });
});
