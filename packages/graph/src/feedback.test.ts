import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { StreamCodec } from './protocol.js';
import { GraphProcess } from './test-support/graph-process.js';
import { COLOUR, MediaPeer } from './test-support/media-peer.js';
import { waitFor } from './test-support/wait-for.js';

const VP8: StreamCodec = { name: 'VP8', clockRate: 90_000, channels: 1, parameters: {} };
const OPUS: StreamCodec = { name: 'opus', clockRate: 48_000, channels: 2, parameters: {} };
const PATIENCE_MS = 30_000;

describe('elements in a circle', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  let graph: GraphProcess;
  let peer: MediaPeer;

  before(async () => {
    graph = await GraphProcess.start();
    peer = new MediaPeer();
    await peer.start();
    const video = { input: 'picture', kind: 'video', codec: VP8, payloadType: 96 } as const;
    await peer.sendVideo((await graph.request('createInput', video)).rtpPort);
    const audio = { input: 'tone', kind: 'audio', codec: OPUS, payloadType: 97 } as const;
    await peer.sendAudio((await graph.request('createInput', audio)).rtpPort);
  });
  after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
  });

  const connect = (stream: string, element: string, input: string) =>
    graph.request('connect', { stream, element, input });
  async function send(output: string, stream: string, codec: StreamCodec, port: number): Promise<void> {
    const payloadType = codec === VP8 ? 96 : 97;
    const request = { output, stream, encode: { codec }, port, payloadType, ssrc: 7, mtu: 1200 };
    await graph.request('createOutput', request);
    await graph.request('startOutput', { output });
  }
  const canvas = async (element: string, placements: Record<string, object>): Promise<void> => {
    const params = { width: 320, height: 240, framerate: 15 };
    await graph.request('createElement', { element, type: 'VideoCanvas', params });
    await graph.request('invoke', { element, method: 'setLayout', params: { placements } });
  };
  const area = (x: number, width: number) => ({
    x,
    y: 0,
    width,
    height: 240,
    zOrder: 0,
    alpha: 1,
    sizing: 'fill',
  });

  test('two canvases that show each other: mirrors in mirrors', async () => {
    await canvas('a', { left: area(0, 160), right: area(160, 160) });
    await canvas('b', { all: area(0, 320) });
    await connect('picture', 'a', 'left');
    await connect('a/video', 'b', 'all');
    await connect('b/video', 'a', 'right');
    const blues: number[] = [];
    const { port } = await peer.receiveVideo(([, , blue]) => blues.push(blue));
    await send('seen', 'b/video', VP8, port);
    // The picture alone fills a half, with its mirror image three quarters, with that one's seven eighths.
    await waitFor('the mirror image', () => blues.at(-1)! > 0.8 * COLOUR[2], PATIENCE_MS);
    await graph.request('disconnect', { element: 'a', input: 'right' });
    await waitFor('a half', () => Math.abs(blues.at(-1)! - COLOUR[2] / 2) < 0.1 * COLOUR[2], PATIENCE_MS);
    assert.doesNotMatch(await graph.request('dot', {}), /feedback/);
  });

  test('a canvas that shows itself', async () => {
    await canvas('self', { left: area(0, 160), right: area(160, 160) });
    await connect('picture', 'self', 'left');
    await connect('self/video', 'self', 'right');
    const blues: number[] = [];
    const { port } = await peer.receiveVideo(([, , blue]) => blues.push(blue));
    await send('self', 'self/video', VP8, port);
    await waitFor('the mirror image', () => blues.at(-1)! > 0.8 * COLOUR[2], PATIENCE_MS);
    await graph.request('releaseElement', { element: 'self' });
    assert.doesNotMatch(await graph.request('dot', {}), /feedback/);
  });

  test('two matrices of sound that hear each other, one of them past a filter', async () => {
    const matrix = async (element: string, routes: Record<string, string[]>): Promise<void> => {
      await graph.request('createElement', { element, type: 'AudioMatrix', params: {} });
      await graph.request('invoke', { element, method: 'setRoutes', params: { routes } });
    };
    await matrix('x', { out: ['tone', 'back'] });
    await matrix('y', { back: ['x'], heard: ['back'] });
    const quiet = { factory: 'volume', properties: { volume: '0.3' }, kind: 'audio', allow: ['effects'] };
    await graph.request('createElement', { element: 'quiet', type: 'GStreamerFilter', params: quiet });
    await connect('tone', 'x', 'tone');
    await connect('x/out', 'y', 'x');
    await connect('y/back', 'quiet', 'audio');
    await connect('quiet/audio', 'x', 'back');
    // What has come round by way of the filter.
    await connect('quiet/audio', 'y', 'back');
    const shares: number[] = [];
    const { port } = await peer.receiveAudio((share) => shares.push(share));
    await send('heard', 'y/heard', OPUS, port);
    await waitFor(
      'the tone',
      () => shares.slice(-5).filter((share) => share > 0.9).length === 5,
      PATIENCE_MS,
    );
  });

  test('filters alone: refused, and the input has nothing then', async () => {
    const add = async (element: string): Promise<void> => {
      const params = { factory: 'videobalance', properties: {}, kind: 'video', allow: ['effects'] };
      await graph.request('createElement', { element, type: 'GStreamerFilter', params });
    };
    const frames = async (element: string) => (await graph.request('statistics', { element }))!.framesOut;
    await add('f');
    await add('g');
    await connect('picture', 'f', 'video');
    await connect('f/video', 'g', 'video');
    await waitFor('pictures', async () => (await frames('g')) > 5, PATIENCE_MS);
    await assert.rejects(connect('g/video', 'g', 'video'), {
      code: 40004,
      message: /circle without a mixer/,
    });
    await connect('f/video', 'g', 'video');
    await assert.rejects(connect('g/video', 'f', 'video'), { code: 40004 });
    // The way back is free once the way there has been given up.
    await connect('picture', 'g', 'video');
    await connect('g/video', 'f', 'video');
    const before = await frames('f');
    await waitFor('pictures the other way', async () => (await frames('f')) > before + 5, PATIENCE_MS);
  });
});
