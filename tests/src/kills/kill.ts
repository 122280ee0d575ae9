/** kill -9 of the processes that process media, in the middle of what they do. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type KurentoClient, openClient } from '../support/kurento.js';
import { childrenOf, isRunning, ownsUdpPort } from '../support/process.js';
import { RtpCounter, RtpFan, smallMedia } from '../support/rtp-fan.js';
import { describeRtp, portsOf, type RtpPorts } from '../support/rtp-programs.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait.js';
import { PHASES, Scene, type Stage } from './phases.js';

export const TARGETS = ['graph', 'worker', 'server'] as const;
export type Target = (typeof TARGETS)[number];

/** A pipeline that forwards, and must not notice anything. */
interface Bystander {
  counter: RtpCounter;
  ports: RtpPorts;
}

/** A server with a source, and kills one of its processes. */
export class Killing {
  private constructor(
    private server: TestServer,
    private client: KurentoClient,
    private readonly fan: RtpFan,
    private readonly folder: string,
  ) {}

  static async start(folder: string): Promise<Killing> {
    mkdirSync(join(folder, 'tmp'), { recursive: true });
    // What the processes put there would be left over.
    process.env.TMPDIR = join(folder, 'tmp');
    const server = await startServer();
    return new Killing(server, await openClient(server.uri), await RtpFan.start(smallMedia('VP8')), folder);
  }

  private get stage(): Stage {
    return { client: this.client, fan: this.fan, folder: this.folder };
  }

  /** Brings a pipeline of its own into each of the phases, kills, and looks at what is left. @returns lost seconds by phase */
  async run(target: Target, phases: readonly string[], delayMs = 0): Promise<Record<string, number>> {
    const bystanders = target === 'server' ? [] : [await this.#bystander(), await this.#bystander()];
    const lost: Record<string, number> = {};
    // One graph process at a time: it belongs to one pipeline.
    const groups = target === 'graph' ? phases.map((phase) => [phase]) : [phases];
    for (const group of groups) Object.assign(lost, await this.#kill(target, group, delayMs, bystanders));
    for (const { counter, ports } of bystanders) {
      this.fan.remove(ports);
      counter.close();
    }
    return lost;
  }

  async #kill(target: Target, phases: readonly string[], delayMs: number, bystanders: Bystander[]) {
    const { server } = this;
    const [first] = server.workers;
    const graphsBefore = server.workers.flatMap(childrenOf);
    const scenes: Scene[] = [];
    for (const name of phases) {
      scenes.push(await this.#makeScene(name, target === 'worker' ? first : undefined));
      this.#scenes.push(scenes.at(-1)!);
    }
    for (const scene of this.#surplus.splice(0)) {
      scene.close();
      await scene.pipeline.release();
    }
    const lastSteps = [];
    for (const scene of scenes) lastSteps.push(await PHASES[scene.name]!(scene, this.folder));
    for (const step of lastSteps) step?.();
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const others = bystanders.map(({ counter }) => ({
      counter,
      packets: counter.packets,
      missing: counter.missing,
    }));
    const started = await waitFor('a graph process', () => {
      const found = server.workers.flatMap(childrenOf).filter((pid) => !graphsBefore.includes(pid));
      return found.length > 0 && found;
    });
    const victims = target === 'graph' ? started : target === 'worker' ? [first!] : [server.pid];
    const orphans =
      target === 'graph'
        ? []
        : target === 'worker'
          ? childrenOf(first!)
          : server.workers.flatMap((worker) => [worker, ...childrenOf(worker)]);
    const killedAt = performance.now();
    for (const victim of victims) process.kill(victim, 'SIGKILL');
    const failedCalls = new Set<Scene>();
    await Promise.all(
      scenes.flatMap((scene) =>
        scene.underWay.map(async (call) => (await fails(call)) && failedCalls.add(scene)),
      ),
    );
    await waitFor('the processes to be gone', () => ![...victims, ...orphans].some(isRunning), 20_000);

    const lost: Record<string, number> = {};
    for (const scene of scenes)
      if (scene.recording !== undefined) lost[scene.name] = scene.lostSeconds(killedAt);
    if (target === 'server') {
      this.client.close();
      for (const scene of scenes) scene.close();
      this.server = await startServer();
      this.client = await openClient(this.server.uri);
      await this.#worksAnew();
    } else {
      await waitFor('everybody to be told', () =>
        scenes.every((scene) => failedCalls.has(scene) || scene.errors.every((of) => of.length > 0)),
      );
      if (target === 'graph') await this.#graphReplaced(scenes[0]!);
      else {
        await this.#worksAnew();
        await waitFor('a new worker', () => this.server.workers.length === 2);
      }
      // One of them may have been in the worker that was killed.
      const heard = await waitFor('the others to go on', () => {
        const going = others.filter(({ counter, packets }) => counter.packets > packets + 50);
        return going.length >= (target === 'graph' ? 2 : 1) && going;
      });
      for (const { counter, missing } of heard)
        assert.equal(counter.missing, missing, 'packets lost by another pipeline');
      for (const scene of scenes) scene.close();
    }
    const folder = join(this.folder, 'tmp');
    assert.deepEqual(existsSync(folder) ? readdirSync(folder) : [], [], 'temporary files');
    return lost;
  }

  /** @param worker in which its pipeline must be */
  async #makeScene(name: string, worker: number | undefined): Promise<Scene> {
    for (;;) {
      const scene = await Scene.make(name, this.stage);
      if (worker === undefined || ownsUdpPort(worker, scene.port)) return scene;
      // Pipelines go to the workers in turn: it is kept until the next has been made.
      this.#surplus.push(scene);
    }
  }

  readonly #surplus: Scene[] = [];
  /** What has been opened: a run that fails leaves it open, and the process would not end before it is closed. */
  readonly #counters: RtpCounter[] = [];
  readonly #scenes: Scene[] = [];

  async #graphReplaced(scene: Scene): Promise<void> {
    for (const errors of scene.errors) assert.ok(errors.length <= 1, JSON.stringify(errors));
    if (scene.counter !== undefined) {
      const before = scene.counter.markers;
      await waitFor(`${scene.name} to go on`, () => scene.counter!.markers > before + 5, 30_000);
    }
    await scene.worksAnew();
    await scene.pipeline.release();
    await waitFor(
      'the graph process to end with its pipeline',
      () => this.server.workers.flatMap(childrenOf).length === 0,
    );
  }

  async #worksAnew(): Promise<void> {
    const scene = await Scene.make('anew', this.stage);
    this.#scenes.push(scene);
    await scene.worksAnew();
    await scene.pipeline.release();
    scene.close();
  }

  async #bystander(): Promise<Bystander> {
    const pipeline = await this.client.create('MediaPipeline');
    const [camera, viewer] = await Promise.all([
      pipeline.create('RtpEndpoint'),
      pipeline.create('RtpEndpoint'),
    ]);
    const counter = await RtpCounter.start();
    this.#counters.push(counter);
    const ports = portsOf(await camera.processOffer(describeRtp('VP8')));
    await viewer.processOffer(describeRtp('VP8', { audio: 9, video: counter.port }));
    await camera.connect(viewer);
    this.fan.add(ports);
    await waitFor('a bystander to get something', () => counter.packets > 10);
    return { counter, ports };
  }

  async stop(): Promise<void> {
    for (const scene of [...this.#scenes, ...this.#surplus]) scene.close();
    for (const counter of this.#counters) counter.close();
    this.fan.stop();
    this.client.close();
    await this.server.stop();
  }
}

function startServer(): Promise<TestServer> {
  const args = ['--media.loopback', 'always', '--media.warmSpare', 'never'];
  return TestServer.start({ workers: 2, args });
}

/** What was under way may succeed, fail, or never be answered because the server has gone. */
function fails(call: Promise<unknown>): Promise<boolean> {
  const timeout = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 2000).unref());
  const result = call.then(
    () => false,
    () => true,
  );
  return Promise.race([result, timeout]);
}
