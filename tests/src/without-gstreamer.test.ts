import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { type KurentoClient, type MediaPipeline, openClient, recordEvents } from './support/kurento.js';
import { childrenOf } from './support/process.js';
import { RtpCounter, RtpFan, smallMedia } from './support/rtp-fan.js';
import { describeRtp, hasGStreamer, portsOf } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-without-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The addon was never built: nobody finds its file. */
function notBuilt(): readonly string[] {
  const preload = join(folder, 'not-built.mjs');
  writeFileSync(
    preload,
    `import fs from 'node:fs';
     import { syncBuiltinESMExports } from 'node:module';
     const { existsSync } = fs;
     fs.existsSync = (path) => !String(path).includes('graph_engine') && existsSync(path);
     syncBuiltinESMExports();`,
  );
  return ['env', `NODE_OPTIONS=--import=${preload}`];
}

/** The addon was built, and then GStreamer was removed: the loader finds no library. */
function notLoadable(): readonly string[] {
  const libraries = join(folder, 'libraries');
  mkdirSync(libraries, { recursive: true });
  writeFileSync(join(libraries, 'libgstreamer-1.0.so.0'), '');
  return ['env', `LD_LIBRARY_PATH=${libraries}`];
}

const INSTALL = /install libgstreamer1\.0-dev.*gstreamer1\.0-libav/;
// The media of the test comes from GStreamer's programs, to which nothing is missing.
const skip = !isGraphEngineBuilt() || !hasGStreamer() ? 'no GStreamer' : false;

for (const [name, launcher, refusedAtOnce] of [
  ['a server whose graph addon was not built', notBuilt, true],
  ['a server whose graph addon can not be loaded', notLoadable, false],
] as const) {
  describe(name, { skip }, () => {
    let server: TestServer;
    let client: KurentoClient;
    let fan: RtpFan;
    let pipeline: MediaPipeline;
    const counters: RtpCounter[] = [];
    before(async () => {
      server = await TestServer.start({ launcher: launcher(), args: ['--media.loopback', 'always'] });
      client = await openClient(server.uri);
      fan = await RtpFan.start(smallMedia('VP8'));
      pipeline = await client.create('MediaPipeline');
    });
    after(async () => {
      for (const counter of counters) counter.close();
      fan?.stop();
      client?.close();
      assert.deepEqual(await server?.stop(), { code: 0, signal: null });
    });

    async function receiver(codec: 'VP8' | 'H264') {
      const [camera, viewer] = await Promise.all([
        pipeline.create('RtpEndpoint'),
        pipeline.create('RtpEndpoint'),
      ]);
      const errors = recordEvents(viewer, ['Error']);
      const counter = await RtpCounter.start();
      counters.push(counter);
      await viewer.processOffer(describeRtp(codec, { audio: 9, video: counter.port }));
      await camera.connect(viewer);
      fan.add(portsOf(await camera.processOffer(describeRtp('VP8'))));
      return { counter, errors };
    }

    test('forwards', async () => {
      const { counter, errors } = await receiver('VP8');
      await waitFor('pictures', () => counter.markers > 10);
      assert.deepEqual(errors, []);
    });

    test('says what to install when something has to be transcoded, in one error', async () => {
      const { errors } = await receiver('H264');
      await waitFor('an error', () => errors.length > 0);
      assert.match(JSON.stringify(errors), INSTALL);
      assert.equal(errors.length, 1, JSON.stringify(errors));
    });

    test('says what to install when something has to be processed', async () => {
      const refused = [
        ['Composite', {}],
        ['AlphaBlending', {}],
        ['PlayerEndpoint', { uri: 'file:///tmp/none.webm' }],
        ['RecorderEndpoint', { uri: `file://${folder}/none.webm` }],
        ['GStreamerFilter', { command: 'videoflip' }],
      ] as const;
      const create = pipeline.create.bind(pipeline) as (type: string, params: object) => Promise<unknown>;
      // By now the first process has found out.
      for (const [type, params] of refused)
        await assert.rejects(create(type, params), { code: 40108, message: INSTALL }, type);
    });

    test('has no graph process, and forwards still', async () => {
      await waitFor('graph processes to end', () => server.workers.flatMap(childrenOf).length === 0);
      const { counter } = await receiver('VP8');
      await waitFor('pictures', () => counter.markers > 10);
      assert.equal(server.workers.length, 1);
    });

    if (!refusedAtOnce) {
      test('tells it once for what was the first to need it', async () => {
        const fresh = await TestServer.start({ launcher: launcher(), args: ['--media.loopback', 'always'] });
        const other = await openClient(fresh.uri);
        try {
          const composite = await (await other.create('MediaPipeline')).create('Composite');
          const errors = recordEvents(composite, ['Error']);
          await composite.createHubPort();
          await waitFor('an error', () => errors.length > 0);
          assert.match(JSON.stringify(errors), INSTALL);
          await waitFor('graph processes to end', () => fresh.workers.flatMap(childrenOf).length === 0);
          assert.equal(errors.length, 1, JSON.stringify(errors));
        } finally {
          other.close();
          await fresh.stop();
        }
      });
    }
  });
}
