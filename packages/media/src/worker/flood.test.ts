import assert from 'node:assert/strict';
import { test } from 'node:test';
import { call, type TestCall } from '../test-support/call.js';
import { vp8Payload } from '../test-support/session-descriptions.js';
import { waitFor } from '../test-support/wait-for.js';
import { WorkerHarness } from '../test-support/worker-harness.js';

const RATE = 100;

test('a peer that sends too much loses the rest, another call loses nothing', async () => {
  const harness = await WorkerHarness.start({ maxPacketsPerSecond: RATE, maxStunPerSecond: 1000 });
  const calls: TestCall[] = [];
  let sequence = 0;
  const send = ({ peer }: TestCall): void => {
    sequence++;
    const timestamp = sequence * 3000;
    peer.sendRtp({
      payloadType: 96,
      marker: true,
      sequence,
      timestamp,
      ssrc: 2222,
      payload: vp8Payload(true),
    });
  };
  try {
    const pipeline = await harness.create('MediaPipeline', null);
    for (let i = 0; i < 2; i++) {
      const made = await call(harness, pipeline);
      calls.push(made);
      await harness.invoke(made.endpoint, 'connect', { sink: made.endpoint });
    }
    const [loud, quiet] = calls as [TestCall, TestCall];
    const dropped = (): number => harness.host.context!.transports.dropped.Rate ?? 0;
    const begin = performance.now();
    for (let round = 0; dropped() === 0; round++) {
      assert.ok(round < 1000, 'nothing is ever dropped');
      for (let i = 0; i < RATE; i++) send(loud);
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let i = 1; i <= 5; i++) {
      for (let k = 0; k < RATE; k++) send(loud);
      send(quiet);
      await waitFor('the quiet call', () => quiet.peer.rtp.length === i);
    }
    const most = RATE * (2 + (performance.now() - begin) / 1000);
    assert.ok(loud.peer.rtp.length <= most, `${loud.peer.rtp.length} of at most ${most}`);
  } finally {
    for (const { peer } of calls) await peer.close();
    await harness.close();
  }
});
