import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { PHASES, Scene, type Stage } from './kills/phases.js';
import { invokeBeyond, type KurentoClient, openClient, recordEvents } from './support/kurento.js';
import { childrenOf, isRunning } from './support/process.js';
import { RtpFan, smallMedia } from './support/rtp-fan.js';
import { TestServer } from './support/server.js';
import { waitFor } from './support/wait.js';

const TIMEOUT_SECONDS = 3;
/** Signs of life are asked for every two seconds; the rest is for a busy machine. */
const MAX_SECONDS = TIMEOUT_SECONDS + 2 + 8;

describe('a graph process that stands still (SIGSTOP)', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-watchdog-'));
  let server: TestServer;
  let client: KurentoClient;
  let fan: RtpFan;
  const scenes: Scene[] = [];

  before(async () => {
    server = await TestServer.start({
      workers: 1,
      args: [
        ...['--media.loopback', 'always', '--media.warmSpare', 'never'],
        ...['--media.graphTimeoutSeconds', String(TIMEOUT_SECONDS)],
      ],
    });
    client = await openClient(server.uri);
    fan = await RtpFan.start(smallMedia('VP8'));
  });
  after(async () => {
    for (const scene of scenes) scene.close();
    fan?.stop();
    client?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const graphs = (): number[] => server.workers.flatMap(childrenOf);

  for (const phase of ['mixer running', 'transcoding']) {
    test(`${phase}: it is killed when its time is over, and the next one goes on`, async () => {
      const stage: Stage = { client, fan, folder };
      const scene = await Scene.make(phase, stage);
      scenes.push(scene);
      const errors = recordEvents(scene.camera, ['Error']);
      await PHASES[phase]!(scene, folder);
      const [victim] = graphs();
      assert.ok(victim !== undefined);
      const stoppedAt = performance.now();
      process.kill(victim, 'SIGSTOP');
      await waitFor('it to be killed', () => !isRunning(victim), MAX_SECONDS * 1000);
      const seconds = (performance.now() - stoppedAt) / 1000;
      assert.ok(seconds > TIMEOUT_SECONDS - 0.5, `killed after ${seconds} s`);
      const before = scene.counter!.markers;
      await waitFor('its successor to go on', () => scene.counter!.markers > before + 5, 30_000);
      assert.ok(graphs().length === 1 && graphs()[0] !== victim);
      assert.deepEqual(errors, []);
      scene.close();
      await scene.pipeline.release();
      await waitFor('the graph process to end with its pipeline', () => graphs().length === 0, 30_000);
    });
  }

  test('killed while it mixes, it is replaced without an error: what is set meanwhile is set again when its elements are there', async () => {
    const scene = await Scene.make('group call', { client, fan, folder });
    scenes.push(scene);
    const { pipeline, camera } = scene;
    const composite = await pipeline.create('Composite', { width: 320, height: 240, framerate: 15 });
    const mixer = await pipeline.create('Mixer');
    const errors = [composite, mixer].map((hub) => recordEvents(hub, ['Error']));
    const ports = await Promise.all([1, 2, 3].map(() => composite.createHubPort()));
    for (const port of ports) await camera.connect(port);
    const [from, to] = await Promise.all([mixer.createHubPort(), mixer.createHubPort()]);
    await camera.connect(from!);
    await mixer.connect('AUDIO', from!, to!);
    await invokeBeyond(composite, 'setLabel', { port: ports[0]!.id, text: 'Ann' });
    const counter = await scene.receiver(ports[0]!, 'VP8');
    for (let kills = 0; kills < 3; kills++) {
      const before = counter.markers;
      await waitFor('the mixture', () => counter.markers > before + 5, 30_000);
      const [victim] = graphs();
      process.kill(victim!, 'SIGKILL');
      // While it dies and its successor begins.
      await invokeBeyond(composite, 'setLayout', { layout: kills % 2 === 0 ? 'SPEAKER' : 'GRID' });
      await invokeBeyond(composite, 'setLabel', { port: ports[1]!.id, text: `Li ${kills}` });
      const [port] = ports.splice(2, 1);
      await port!.release();
      ports.push(await composite.createHubPort());
      await camera.connect(ports[2]!);
      await waitFor('it to be gone', () => !isRunning(victim!));
    }
    const before = counter.markers;
    await waitFor('the mixture', () => counter.markers > before + 5, 30_000);
    assert.deepEqual(errors, [[], []]);
    scene.close();
    await pipeline.release();
  });
});
