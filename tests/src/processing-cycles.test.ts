import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { assertFlat, holdings } from './support/growth.js';
import {
  type Hub,
  type HubPort,
  type KurentoClient,
  type MediaElement,
  type MediaPipeline,
  openClient,
  recordEvents,
} from './support/kurento.js';
import { makeVp8File } from './support/media-file.js';
import { RtpCounter, RtpFan, smallMedia } from './support/rtp-fan.js';
import { describeRtp, portsOf } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const WARM = 30;
const CYCLES = 200;

describe('two hundred cycles beside media that flows on', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-cycles-'));
  const closers: (() => unknown)[] = [];
  let server: TestServer;
  let client: KurentoClient;
  let pipeline: MediaPipeline;
  let camera: MediaElement;
  let composite: Hub;
  let counter: RtpCounter;

  before(async () => {
    server = await TestServer.start({ args: ['--media.loopback', 'always', '--media.warmSpare', 'never'] });
    client = await openClient(server.uri);
    const fan = await RtpFan.start(smallMedia('VP8'));
    counter = await RtpCounter.start();
    closers.push(
      () => fan.stop(),
      () => counter.close(),
    );
    pipeline = await client.create('MediaPipeline');
    const source = await pipeline.create('RtpEndpoint');
    camera = source;
    fan.add(portsOf(await source.processOffer(describeRtp('VP8'))));
    composite = await pipeline.create('Composite', { width: 320, height: 240, framerate: 15 });
    await camera.connect(await composite.createHubPort());
    const viewer = await pipeline.create('RtpEndpoint');
    await viewer.processOffer(describeRtp('VP8', { audio: 9, video: counter.port }));
    await (await composite.createHubPort()).connect(viewer);
    await waitFor('the mixture', () => counter.markers > 5, 30_000);
  });
  after(async () => {
    for (const close of closers) close();
    client?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Does something often, and looks whether worker and graph process are what they were after the first times. */
  async function often(cycle: (i: number) => Promise<void>): Promise<void> {
    for (let i = 0; i < WARM; i++) await cycle(i);
    const before = holdings(server);
    const { markers } = counter;
    for (let i = 0; i < CYCLES; i++) await cycle(WARM + i);
    await waitFor('the mixture to flow', () => counter.markers > markers);
    await assertFlat(server, before);
    assert.equal(counter.missing, 0, 'packets that the viewer lacks');
  }

  test('mixer ports', () =>
    often(async () => {
      const port = await composite.createHubPort();
      await camera.connect(port);
      await port.release();
    }));

  test('recorders', () =>
    often(async () => {
      const uri = `file://${join(folder, 'a.webm')}`;
      const recorder = await pipeline.create('RecorderEndpoint', { uri, mediaProfile: 'WEBM' });
      await camera.connect(recorder);
      await recorder.record();
      await recorder.stopAndWait();
      await recorder.release();
    }));

  test('players', async () => {
    const uri = makeVp8File(join(folder, 'b.webm'), 3);
    await often(async (i) => {
      const player = await pipeline.create('PlayerEndpoint', { uri });
      const port = await composite.createHubPort();
      await player.connect(port);
      await player.play();
      // Now and then it plays something.
      if (i % 20 === 0) await waitFor('the player to flow', () => player.isMediaFlowingOut('VIDEO'));
      await player.release();
      await port.release();
    });
  });

  test('a Composite of twenty inputs, which come and go', async () => {
    const large = await pipeline.create('Composite', { width: 320, height: 240, framerate: 15 });
    const errors = recordEvents(large, ['Error']);
    const viewer = await pipeline.create('RtpEndpoint');
    const seen = await RtpCounter.start();
    closers.push(() => seen.close());
    await viewer.processOffer(describeRtp('VP8', { audio: 9, video: seen.port }));
    await (await large.createHubPort()).connect(viewer);
    const ports: HubPort[] = [];
    const add = async (): Promise<void> => {
      const port = await large.createHubPort();
      await camera.connect(port);
      ports.push(port);
    };
    for (let i = 0; i < 20; i++) await add();
    await waitFor(
      'all inputs to flow',
      async () => (await Promise.all(ports.map((port) => port.isMediaFlowingIn('VIDEO')))).every(Boolean),
      30_000,
    );
    for (let i = 0; i < 10; i++) {
      await ports.shift()!.release();
      await add();
    }
    const { markers } = seen;
    await waitFor('pictures', () => seen.markers > markers + 5, 30_000);
    assert.equal(seen.missing, 0);
    assert.deepEqual(errors, []);
    await large.release();
  });
});
