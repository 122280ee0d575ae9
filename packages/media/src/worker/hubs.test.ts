import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { call, type TestCall } from '../test-support/call.js';
import { vp8Payload } from '../test-support/session-descriptions.js';
import { sharedWorker } from '../test-support/shared-worker.js';
import { waitFor } from '../test-support/wait-for.js';

describe('hubs that route', () => {
  const harness = sharedWorker();
  let pipeline: string;

  /** A hub with so many callers, each on a port of its own. */
  async function room(
    type: string,
    size: number,
  ): Promise<{ hub: string; members: (TestCall & { port: string })[] }> {
    pipeline = await harness.create('MediaPipeline', null);
    const hub = await harness.create(type, pipeline);
    const members: (TestCall & { port: string })[] = [];
    for (let i = 0; i < size; i++) {
      const ssrc = 1000 * (i + 1);
      const made = await call(harness, pipeline, {
        audio: { ssrc },
        video: { ssrc: ssrc + 1, rtxSsrc: ssrc + 2 },
      });
      const port = await harness.create('HubPort', hub);
      await harness.invoke(made.endpoint, 'connect', { sink: port });
      await harness.invoke(port, 'connect', { sink: made.endpoint });
      members.push({ ...made, port });
    }
    return { hub, members };
  }

  let sequence = 0;
  /** Every member sends a key frame that carries its number; answers who sees whom. */
  async function exchange(members: readonly TestCall[], done: (seen: number[][]) => boolean): Promise<void> {
    for (const { peer } of members) peer.rtp.length = 0;
    const seen = (): number[][] =>
      members.map(({ peer }) => [
        ...new Set(peer.rtp.filter((p) => p.payloadType === 96).map((p) => p.payload[50]!)),
      ]);
    const timer = setInterval(() => {
      sequence++;
      for (const [index, { peer }] of members.entries()) {
        peer.sendRtp({
          payloadType: 96,
          marker: true,
          sequence,
          timestamp: sequence * 3000,
          ssrc: 1000 * (index + 1) + 1,
          payload: vp8Payload(true, 100, index + 1),
        });
      }
    }, 20);
    try {
      await waitFor('the expected views', () => done(seen()));
    } finally {
      clearInterval(timer);
    }
  }

  test('Dispatcher routes pair by pair; a new route replaces the old one', async () => {
    const { hub, members } = await room('Dispatcher', 3);
    const [a, b, c] = members;
    await harness.invoke(hub, 'connect', { source: a!.port, sink: b!.port });
    await harness.invoke(hub, 'connect', { source: b!.port, sink: a!.port });
    await exchange(members, (seen) => `${seen}` === `${[[2], [1], []]}`);
    await harness.invoke(hub, 'connect', { source: c!.port, sink: b!.port });
    await exchange(members, (seen) => `${seen}` === `${[[2], [3], []]}`);
    await waitFor('FLOWING out of the sink port', () =>
      harness.eventsOf(b!.port, 'MediaFlowOutStateChanged').some(({ state }) => state === 'FLOWING'),
    );
    await assert.rejects(harness.invoke(hub, 'connect', { source: a!.endpoint, sink: b!.port }), {
      code: 40107,
    });
  });

  test('DispatcherOneToMany feeds all ports, its own and later ones too, until the source is taken away', async () => {
    const { hub, members } = await room('DispatcherOneToMany', 2);
    assert.equal(await harness.invoke(hub, 'removeSource'), null);
    await harness.invoke(hub, 'setSource', { source: members[0]!.port });
    const late = await harness.create('HubPort', hub);
    await harness.invoke(late, 'connect', { sink: members[1]!.endpoint });
    await exchange(members, (seen) => `${seen}` === `${[[1], [1]]}`);
    await harness.invoke(hub, 'setSource', { source: members[1]!.port });
    await exchange(members, (seen) => `${seen}` === `${[[2], [2]]}`);
    await harness.invoke(hub, 'removeSource');
    assert.equal(await harness.invoke(late, 'isMediaFlowingIn', { mediaType: 'VIDEO' }), false);
    await harness.release(members[1]!.port);
    await harness.invoke(hub, 'setSource', { source: members[0]!.port });
    await exchange(members, (seen) => seen[0]![0] === 1 && seen[1]![0] === 1);
  });

  test('Mixer routes video, data never', async () => {
    const { hub, members } = await room('Mixer', 2);
    const [a, b] = members;
    await harness.invoke(hub, 'connect', { media: 'VIDEO', source: a!.port, sink: b!.port });
    await exchange(members, (seen) => `${seen}` === `${[[], [1]]}`);
    await harness.invoke(hub, 'disconnect', { media: 'VIDEO', source: a!.port, sink: b!.port });
    await assert.rejects(harness.invoke(hub, 'connect', { media: 'DATA', source: a!.port, sink: b!.port }), {
      code: 40005,
    });
  });

  test('hubs nest, and a ring of them neither hangs nor flows', async () => {
    const { hub, members } = await room('Dispatcher', 1);
    const inner = await harness.create('DispatcherOneToMany', pipeline);
    const innerIn = await harness.create('HubPort', inner);
    const innerOut = await harness.create('HubPort', inner);
    const outer = await harness.create('HubPort', hub);
    await harness.invoke(hub, 'connect', { source: members[0]!.port, sink: outer });
    await harness.invoke(outer, 'connect', { sink: innerIn });
    await harness.invoke(inner, 'setSource', { source: innerIn });
    await harness.invoke(innerOut, 'connect', { sink: members[0]!.endpoint });
    await exchange(members, (seen) => `${seen}` === `${[[1]]}`);
    await harness.invoke(innerOut, 'connect', { sink: outer });
    await harness.invoke(hub, 'connect', { source: outer, sink: outer });
    await harness.invoke(outer, 'connect', { sink: members[0]!.endpoint });
    assert.equal(await harness.invoke(outer, 'getName'), outer);
  });
});
