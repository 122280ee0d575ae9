import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { GraphProcess } from '../test-support/graph-process.js';
import { waitFor } from '../test-support/wait-for.js';

const program = fileURLToPath(new URL('../../test-peers/rtsp_server.py', import.meta.url));

describe('Player of an RTSP camera', () => {
  const cameras: ChildProcess[] = [];
  after(() => {
    for (const camera of cameras) camera.kill('SIGKILL');
  });

  async function startCamera(port: string): Promise<{ camera: ChildProcess; port: string }> {
    const camera = spawn('/usr/bin/python3', [program, port], { stdio: ['ignore', 'pipe', 'inherit'] });
    cameras.push(camera);
    const [line] = (await once(camera.stdout!, 'data')) as [Buffer];
    return { camera, port: line.toString().trim() };
  }

  test('plays as it is encoded; one that vanishes is told once and played again when it is back', async () => {
    const graph = await GraphProcess.start();
    after(() => graph.close());
    const { camera, port } = await startCamera('0');
    const uri = `rtsp://127.0.0.1:${port}/camera`;
    await graph.request('createElement', {
      element: 'camera',
      type: 'Player',
      params: { uri, networkCache: 100 },
    });
    await graph.request('invoke', { element: 'camera', method: 'play', params: {} });

    const flowing = (stream: string) =>
      graph.events.findLast(
        ({ type, data }) => type === 'streamFlowing' && (data as { stream: string }).stream === stream,
      )?.data as { flowing: boolean } | undefined;
    const told = () =>
      graph.events
        .filter(({ type }) => type === 'elementEvent')
        .map(({ data }) => (data as { type: string }).type);
    const both = () => ['camera/video', 'camera/audio'].every((stream) => flowing(stream)?.flowing === true);
    await waitFor('media', both, 20_000);
    const added = graph.events.filter(({ type }) => type === 'streamAdded');
    assert.deepEqual(added.map(({ data }) => (data as { codec?: { name: string } }).codec?.name).sort(), [
      'H264',
      'opus',
    ]);
    assert.deepEqual(await graph.request('invoke', { element: 'camera', method: 'info', params: {} }), {
      duration: 0,
      seekable: false,
    });

    camera.kill('SIGKILL');
    await once(camera, 'exit');
    await waitFor('the loss', () => told().includes('lost'), 30_000);
    await startCamera(port);
    await waitFor('the camera', () => told().includes('restored'), 30_000);
    await waitFor('media again', both, 20_000);
    assert.deepEqual(told(), ['lost', 'restored']);
    assert.equal(graph.events.filter(({ type }) => type === 'streamAdded').length, added.length);
  });
});
