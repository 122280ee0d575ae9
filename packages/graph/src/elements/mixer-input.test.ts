import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';
import { MediaPeer } from '../test-support/media-peer.js';
import { waitFor } from '../test-support/wait-for.js';

const VP8 = { name: 'VP8', clockRate: 90_000, channels: 0, parameters: {} };

describe('an input of a canvas', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  let graph: GraphProcess;
  let peer: MediaPeer;

  before(async () => {
    graph = await GraphProcess.start();
    peer = new MediaPeer();
    await peer.start();
    const params = { width: 320, height: 240, framerate: 15 };
    await graph.request('createElement', { element: 'canvas', type: 'VideoCanvas', params });
  });
  after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
  });

  async function camera(input: string, width: number): Promise<void> {
    const { rtpPort } = await graph.request('createInput', {
      input,
      kind: 'video',
      codec: VP8,
      payloadType: 96,
    });
    await peer.sendVideo(rtpPort, `width=${width},height=120,framerate=30/1`);
  }

  async function drawn(width: number): Promise<void> {
    await waitFor(`a picture ${width} pixels wide on the canvas`, () =>
      graph.events.some(
        ({ type, data }) =>
          type === 'elementEvent' && (data as { data: { width?: number } }).data.width === width,
      ),
    );
  }

  async function inputsOfCanvas(): Promise<number> {
    const dot = await graph.request('dot', {});
    return new Set(dot.match(/canvas_canvas_0x[0-9a-f]+_sink_\d+_0x/g)).size;
  }

  test('keeps what it was given last, when what it had goes meanwhile', async () => {
    await camera('0', 100);
    await graph.request('connect', { stream: '0', element: 'canvas', input: 'a' });
    await drawn(100);
    for (let i = 1; i <= 5; i++) {
      await camera(`${i}`, 100 + i * 20);
      // As a worker sends them when an application connects another source in place of the one before.
      await Promise.all([
        graph.request('connect', { stream: `${i}`, element: 'canvas', input: 'a' }),
        graph.request('removeInput', { input: `${i - 1}` }),
      ]);
      await drawn(100 + i * 20);
      assert.equal(await inputsOfCanvas(), 1);
    }
    await graph.request('disconnect', { element: 'canvas', input: 'a' });
    assert.equal(await inputsOfCanvas(), 0);
  });

  test('is empty when what it had goes', async () => {
    await camera('last', 300);
    await graph.request('connect', { stream: 'last', element: 'canvas', input: 'a' });
    await drawn(300);
    await graph.request('removeInput', { input: 'last' });
    await waitFor('the input to be empty', async () => (await inputsOfCanvas()) === 0);
  });
});
