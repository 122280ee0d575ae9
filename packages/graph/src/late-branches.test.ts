import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type GstBin, isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from './test-support/graph-process.js';
import { MediaPeer } from './test-support/media-peer.js';
import { waitFor } from './test-support/wait-for.js';

const VP8 = { name: 'VP8', clockRate: 90_000, channels: 0, parameters: {} };

/** The source makes key frames only when it is asked for one: whoever does not ask waits for ever. */
describe('branches that are added to a stream which has been running for a while', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-late-'));
  let graph: GraphProcess;
  let peer: MediaPeer;
  let source: GstBin;

  before(async () => {
    graph = await GraphProcess.start();
    peer = new MediaPeer();
    await peer.start();
    const { rtpPort } = await graph.request('createInput', {
      input: 'camera',
      kind: 'video',
      codec: VP8,
      payloadType: 96,
    });
    // As a worker asks a sender.
    graph.channel.on('keyFrameRequest', () => {
      const encoder = source?.children().find(({ name }) => name === 'encoder');
      encoder?.sendEvent({ type: 'force-key-unit' }).catch(() => {});
    });
    source = await peer.sendVideo(rtpPort, undefined, 1_000_000);
    assert.ok((await pictures('first', undefined)) >= 3);
  });
  after(async () => {
    await peer.close();
    assert.equal(await graph.close(), 0);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Decoded pictures of an output that is made now, as soon as there are some. */
  async function pictures(output: string, width: number | undefined): Promise<number> {
    let seen = 0;
    const { port, bin } = await peer.receiveVideo(() => seen++);
    const encode = width === undefined ? undefined : { codec: VP8, maxWidth: width };
    await graph.request('createOutput', {
      output,
      stream: 'camera',
      ...(encode && { encode }),
      port,
      payloadType: 96,
      ssrc: 7,
      mtu: 1200,
    });
    await graph.request('startOutput', { output });
    await waitFor(`pictures of ${output}`, () => seen >= 3);
    await graph.request('removeOutput', { output });
    await peer.stop(bin);
    return seen;
  }

  test('a viewer of the stream as it is', async () => {
    await pictures('native', undefined);
  });

  test('viewers that come at once, after the key frame of the first of them', async () => {
    await Promise.all([pictures('a', undefined), pictures('b', undefined)]);
    await Promise.all([pictures('c', undefined), pictures('d', undefined), pictures('e', 160)]);
  });

  test('a transcoder', async () => {
    await pictures('transcoded', 160);
  });

  test('a canvas', async () => {
    const params = { width: 320, height: 240, framerate: 15 };
    await graph.request('createElement', { element: 'canvas', type: 'VideoCanvas', params });
    await graph.request('connect', { stream: 'camera', element: 'canvas', input: 'a' });
    await waitFor('a picture on the canvas', () =>
      graph.events.some(
        ({ type, data }) => type === 'elementEvent' && (data as { type: string }).type === 'inputSize',
      ),
    );
    await graph.request('releaseElement', { element: 'canvas' });
  });

  test('recorders', async () => {
    for (const id of ['one', 'two']) {
      const path = join(folder, `${id}.webm`);
      const params = {
        uri: `file://${path}`,
        profile: 'WEBM_VIDEO_ONLY',
        stopOnEndOfStream: false,
        spoolDirectory: folder,
        s3: {},
        bitrate: 0,
      };
      await graph.request('createElement', { element: id, type: 'Recorder', params });
      await graph.request('invoke', { element: id, method: 'record', params: {} });
      await graph.request('connect', { stream: 'camera', element: id, input: 'video' });
    }
    const recording = (id: string): boolean =>
      graph.events.some(({ type, data }) => {
        const { element, type: told } = data as { element?: string; type?: string };
        return type === 'elementEvent' && element === id && told === 'recording';
      });
    await waitFor('both to record', () => recording('one') && recording('two'));
    for (const id of ['one', 'two']) {
      await graph.request('invoke', { element: id, method: 'stop', params: {} });
      assert.ok(statSync(join(folder, `${id}.webm`)).size > 0);
      await graph.request('releaseElement', { element: id });
    }
  });
});
