import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { ElementStart } from '@rivero/module/host';
import { GraphProcess } from '../test-support/graph-process.js';
import { MediaPeer } from '../test-support/media-peer.js';
import { assertFlat, figuresOf } from '../test-support/process-figures.js';
import { waitFor } from '../test-support/wait-for.js';

const VP8 = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };
const WARM = 20;
const CYCLES = 100;

const processor = (passive: boolean): { type: string; params: Record<string, unknown> } => ({
  type: 'Module',
  params: {
    kind: 'videoProcessor',
    url: `data:text/javascript,export default class { static passive = ${passive}; process({ data }) { data[0] ^= 1; } }`,
    className: 'Tested',
    params: {},
    properties: {},
    methods: [],
    readable: [],
    writable: [],
    events: [],
    kept: {},
    access: { folders: ['/tmp'], uriSchemes: ['file', 'http'], uriHosts: [] },
    timeoutMs: 10_000,
  } satisfies ElementStart,
});
const NATIVE = [
  { type: 'GStreamerFilter', params: { factory: 'videobalance', kind: 'video', allow: ['effects'] } },
  { type: 'ZBar', params: {} },
  { type: 'ImageOverlay', params: {} },
];

test('filters and frame processors are inserted and removed a hundred times while media flows, and leave nothing behind', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, async (t) => {
  const graph = await GraphProcess.start();
  const peer = new MediaPeer();
  t.after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
  });
  await peer.start();
  const { rtpPort } = await graph.request('createInput', {
    input: 'in',
    kind: 'video',
    codec: VP8,
    payloadType: 96,
  });
  await peer.sendVideo(rtpPort, 'width=320,height=240,framerate=60/1');
  let pictures = 0;
  const receiver = await peer.receiveVideo(() => pictures++);
  const output = { ssrc: 7, mtu: 1200, payloadType: 96, port: receiver.port, encode: { codec: VP8 } };
  await graph.request('createOutput', { output: 'out', stream: 'in', ...output });
  await graph.request('startOutput', { output: 'out' });
  await waitFor('pictures', () => pictures > 3);

  const worked = async (element: string): Promise<void> => {
    while (((await graph.request('statistics', { element }))?.framesProcessed ?? 0) === 0)
      await new Promise((resolve) => setTimeout(resolve, 2));
  };
  /** The one behind the other. */
  const cycle = async (i: number): Promise<void> => {
    const chain = [NATIVE[i % NATIVE.length]!, processor(i % 2 === 0)];
    let stream = 'in';
    const elements: string[] = [];
    for (const [place, made] of chain.entries()) {
      const element = `e${i}-${place}`;
      await graph.request('createElement', { element, ...made });
      await graph.request('connect', { stream, element, input: 'video' });
      stream = `${element}/video`;
      elements.push(element);
    }
    for (const element of elements) await worked(element);
    // In each order.
    if (i % 4 < 2) elements.reverse();
    for (const element of elements) await graph.request('releaseElement', { element });
  };
  const pid = graph.child.pid!;
  for (let i = 0; i < WARM; i++) await cycle(i);
  const before = figuresOf(pid);
  const seen = pictures;
  for (let i = 0; i < CYCLES; i++) await cycle(WARM + i);
  await waitFor('what lasts to go on', () => pictures > seen);
  const after = assertFlat(pid, before, 40);
  t.diagnostic(JSON.stringify({ before, after }));
  const { elements, outputs } = await graph.request('status', {});
  assert.deepEqual({ elements, outputs }, { elements: 0, outputs: 1 });
  const errors = graph.events.filter(
    ({ type, data }) => type === 'elementEvent' && (data as { type: string }).type === 'error',
  );
  assert.deepEqual(errors, []);
});
