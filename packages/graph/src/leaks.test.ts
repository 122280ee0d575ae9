import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { StreamCodec } from './protocol.js';
import { GraphProcess } from './test-support/graph-process.js';
import { MediaPeer } from './test-support/media-peer.js';
import { assertFlat, figuresOf } from './test-support/process-figures.js';
import { waitFor } from './test-support/wait-for.js';

const VP8: StreamCodec = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };
const H264: StreamCodec = { ...VP8, name: 'H264' };
const WARM = 30;
const CYCLES = 200;

test('inputs, decoders, encoders and outputs come and go two hundred times while others flow, and leave nothing behind', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, async (t) => {
  const graph = await GraphProcess.start();
  const peer = new MediaPeer();
  t.after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
  });
  await peer.start();
  const lasting = await graph.request('createInput', {
    input: 'lasting',
    kind: 'video',
    codec: VP8,
    payloadType: 96,
  });
  await peer.sendVideo(lasting.rtpPort);
  let pictures = 0;
  const receiver = await peer.receiveVideo(() => pictures++);
  const output = { ssrc: 7, mtu: 1200, payloadType: 96 };
  await graph.request('createOutput', {
    output: 'lasting',
    stream: 'lasting',
    encode: { codec: VP8 },
    port: receiver.port,
    ...output,
  });
  await graph.request('startOutput', { output: 'lasting' });
  await waitFor('pictures', () => pictures > 3);

  const cycle = async (i: number): Promise<void> => {
    const input = `i${i}`;
    await graph.request('createInput', { input, kind: 'video', codec: VP8, payloadType: 96 });
    // One encoder more at the source that flows, and one at the one that does not.
    for (const stream of ['lasting', input]) {
      const id = `${stream}-${i}`;
      await graph.request('createOutput', {
        output: id,
        stream,
        encode: { codec: H264 },
        port: 9,
        ...output,
      });
      await graph.request('startOutput', { output: id });
      await graph.request('removeOutput', { output: id });
    }
    await graph.request('removeInput', { input });
  };
  const pid = graph.child.pid!;
  for (let i = 0; i < WARM; i++) await cycle(i);
  const before = figuresOf(pid);
  const seen = pictures;
  for (let i = 0; i < CYCLES; i++) await cycle(WARM + i);
  await waitFor('what lasts to go on', () => pictures > seen);
  // What is removed is freed with the next collection of garbage, after a few more.
  assertFlat(pid, before, 30);
  const { inputs, outputs, branches } = await graph.request('status', {});
  assert.deepEqual({ inputs, outputs, branches }, { inputs: 1, outputs: 1, branches: 2 });
});
