/** What the processing plane can be in the middle of when one of its processes dies. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  invokeBeyond,
  type KurentoClient,
  type MediaElement,
  type MediaObject,
  type MediaPipeline,
  type PlayerEndpoint,
  type RecordedEvent,
  type RecorderEndpoint,
  type RtpEndpoint,
  recordEvents,
} from '../support/kurento.js';
import { makeVp8File, probeFile } from '../support/media-file.js';
import { RtpCounter, type RtpFan } from '../support/rtp-fan.js';
import { describeRtp, portsOf } from '../support/rtp-programs.js';
import { pause, waitFor } from '../support/wait.js';

/** Seconds at the end of a recording that a kill may take. */
export const MAX_LOST_SECONDS = 1;

export interface Stage {
  client: KurentoClient;
  fan: RtpFan;
  /** For recordings. */
  folder: string;
}

interface Recording {
  path: string;
  /** When its first frame was told to be written, and when it was paused, ms of performance.now(). */
  began: number;
  paused?: number;
}

let files = 0;

/** A pipeline in the middle of something. */
export class Scene {
  /** What must tell that its graph has died: the Error events of each object. */
  readonly errors: RecordedEvent[][] = [];
  /** A recording that must be playable up to a second before the kill. */
  recording: Recording | undefined;
  /** Calls that were under way; one that fails has told, too. */
  readonly underWay: Promise<unknown>[] = [];
  /** Where the camera sends its video. */
  port = 0;
  /** Packets that must come again by themselves when a fresh graph has taken over. */
  counter: RtpCounter | undefined;
  readonly #closers: (() => void)[] = [];

  private constructor(
    readonly name: string,
    readonly pipeline: MediaPipeline,
    readonly camera: RtpEndpoint,
    private readonly stage: Stage,
  ) {}

  static async make(name: string, stage: Stage): Promise<Scene> {
    const pipeline = await stage.client.create('MediaPipeline');
    const camera = await pipeline.create('RtpEndpoint');
    const scene = new Scene(name, pipeline, camera, stage);
    const ports = portsOf(await camera.processOffer(describeRtp('VP8')));
    scene.port = ports.video;
    stage.fan.add(ports);
    scene.#closers.push(() => stage.fan.remove(ports));
    return scene;
  }

  watch(object: MediaObject): void {
    this.errors.push(recordEvents(object, ['Error']));
  }

  async receiver(source: MediaElement, codec: 'VP8' | 'H264'): Promise<RtpCounter> {
    const endpoint = await this.pipeline.create('RtpEndpoint');
    const counter = await RtpCounter.start();
    this.#closers.push(() => counter.close());
    await endpoint.processOffer(describeRtp(codec, { audio: 9, video: counter.port }));
    await source.connect(endpoint);
    return counter;
  }

  async recorder(): Promise<{ recorder: RecorderEndpoint; path: string }> {
    const path = join(this.stage.folder, `${this.name.replaceAll(' ', '-')}-${++files}.webm`);
    const params = { uri: `file://${path}`, mediaProfile: 'WEBM' };
    const recorder = await this.pipeline.create('RecorderEndpoint', params);
    await this.camera.connect(recorder);
    return { recorder, path };
  }

  /** A recorder that has recorded for some seconds. */
  async record(seconds = 2): Promise<RecorderEndpoint> {
    const { recorder, path } = await this.recorder();
    const began = recordEvents(recorder, ['Recording']);
    this.watch(recorder);
    await recorder.record();
    await waitFor('the recording to begin', () => began.length > 0, 30_000);
    await pause(seconds * 1000);
    this.recording = { path, began: began[0]!.at };
    return recorder;
  }

  /** Something new at once, in the same pipeline: a recording that can be played. */
  async worksAnew(): Promise<void> {
    const { recorder, path } = await this.recorder();
    const errors = recordEvents(recorder, ['Error']);
    await recorder.record();
    const size = (): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    await waitFor('a new recording', () => size() > 25_000 || errors.length > 0, 30_000);
    await recorder.stopAndWait();
    assert.deepEqual(errors, [], `${this.name}: a new recording`);
    assert.ok(probeFile(path).decodedFrames > 4, `${this.name}: a new recording has no pictures`);
    await recorder.release();
  }

  /** Seconds that a recording lacks at its end; throws when it can't be played. */
  lostSeconds(killedAt: number): number {
    const { path, began, paused } = this.recording!;
    const { streams } = probeFile(path);
    assert.equal(streams.length, 2, `${this.name}: ${streams.length} streams`);
    return ((paused ?? killedAt) - began) / 1000 - Math.min(...streams.map(({ end }) => end));
  }

  /** Lets go of what belongs to the test. */
  close(): void {
    for (const close of this.#closers.splice(0)) close();
  }
}

/** Brings a scene into the middle of something. What it gives is the last step, to be taken immediately before the kill. */
export type Phase = (scene: Scene, folder: string) => Promise<(() => void) | undefined>;

let sample: string | undefined;

function sampleFile(folder: string): string {
  sample ??= makeVp8File(join(folder, 'sample.webm'), 20);
  return sample;
}

async function player(
  scene: Scene,
  folder: string,
): Promise<{ element: PlayerEndpoint; counter: RtpCounter }> {
  const element = await scene.pipeline.create('PlayerEndpoint', { uri: sampleFile(folder) });
  scene.watch(element);
  return { element, counter: await scene.receiver(element, 'VP8') };
}

async function playing(scene: Scene, folder: string): Promise<PlayerEndpoint> {
  const { element, counter } = await player(scene, folder);
  await element.play();
  await waitFor('the player to play', () => counter.markers > 10, 30_000);
  return element;
}

export const PHASES: Readonly<Record<string, Phase>> = {
  'player starting': async (scene, folder) => {
    const { element } = await player(scene, folder);
    return () => scene.underWay.push(invokeBeyond(element, 'play'));
  },
  'player playing': async (scene, folder) => {
    await playing(scene, folder);
    return undefined;
  },
  'player paused': async (scene, folder) => {
    await (await playing(scene, folder)).pause();
    return undefined;
  },
  'recorder starting': async (scene) => {
    const { recorder } = await scene.recorder();
    scene.watch(recorder);
    return () => scene.underWay.push(invokeBeyond(recorder, 'record'));
  },
  'recorder recording': async (scene) => {
    await scene.record();
    return undefined;
  },
  'recorder paused': async (scene) => {
    const recorder = await scene.record();
    await recorder.pause();
    scene.recording!.paused = performance.now();
    return undefined;
  },
  'recorder stopping': async (scene) => {
    const recorder = await scene.record();
    return () => scene.underWay.push(invokeBeyond(recorder, 'stopAndWait'));
  },
  'mixer running': async (scene) => {
    const composite = await scene.pipeline.create('Composite', { width: 320, height: 240, framerate: 15 });
    for (const _ of [1, 2]) await scene.camera.connect(await composite.createHubPort());
    scene.counter = await scene.receiver(await composite.createHubPort(), 'VP8');
    await waitFor('the mixture', () => scene.counter!.markers > 5, 30_000);
    return undefined;
  },
  transcoding: async (scene) => {
    scene.counter = await scene.receiver(scene.camera, 'H264');
    await waitFor('what is transcoded', () => scene.counter!.markers > 5, 30_000);
    return undefined;
  },
};
