import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';
import { MediaPeer } from '../test-support/media-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const VP8 = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };
const PATIENCE_MS = 30_000;

test('an element that takes no format of the pictures is told, one that drops them all is not', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, async (t) => {
  const graph = await GraphProcess.start();
  const peer = new MediaPeer();
  t.after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
  });
  await peer.start();
  const input = { input: 'in', kind: 'video', codec: VP8, payloadType: 96 } as const;
  const { rtpPort } = await graph.request('createInput', input);
  await peer.sendVideo(rtpPort, 'width=320,height=180,framerate=15/1');
  const add = async (element: string, factory: string, properties: Record<string, string>): Promise<void> => {
    const params = { factory, properties, kind: 'video', allow: ['effects'] };
    await graph.request('createElement', { element, type: 'GStreamerFilter', params });
    await graph.request('connect', { stream: 'in', element, input: 'video' });
  };
  const errorsOf = (element: string): string[] =>
    graph.events
      .map(({ data }) => data as { element: string; type: string; data: { message: string } })
      .filter((event) => event.element === element && event.type === 'error')
      .map(({ data }) => data.message);
  const framesOf = async (element: string) => (await graph.request('statistics', { element }))!;
  await add('balance', 'videobalance', { saturation: '0' });
  await add('valve', 'valve', { drop: 'true' });
  await add('size', 'capsfilter', { caps: 'video/x-raw,width=160' });
  await waitFor('the error', () => errorsOf('size').length > 0, PATIENCE_MS);
  await waitFor('pictures', async () => (await framesOf('balance')).framesOut > 20, PATIENCE_MS);
  await waitFor('dropped ones', async () => (await framesOf('valve')).framesIn > 20, PATIENCE_MS);
  const wanted =
    'GStreamer element "capsfilter" takes none of the formats that the video can be converted to';
  assert.deepEqual(errorsOf('size'), [wanted]);
  assert.deepEqual([errorsOf('balance'), errorsOf('valve')], [[], []]);
});
