import { GstElement, type GstPad } from '@rivero/graph-engine';
import type { StreamKind } from '../protocol.js';
import { capsFilter, makeStep, type Step } from '../steps.js';
import type { Stream } from '../stream.js';
import { type Tap, Tee } from '../tee.js';
import { GraphElement } from './element.js';
import { MixerInput } from './mixer-input.js';

/** All sound is mixed in this form. */
const FORM = 'audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=2';
const INPUT: readonly Step[] = [
  [
    'queue',
    { 'max-size-buffers': 0, 'max-size-bytes': 0, 'max-size-time': 500_000_000, leaky: 'downstream' },
  ],
  ['audioconvert'],
  ['audioresample'],
  capsFilter(FORM),
];
/** ns of sound that are mixed at a time. */
const BLOCK = 20_000_000;
const LATENCY = 40_000_000;
const MIN_UPSTREAM_LATENCY = 200_000_000;

/** What one listener hears: a mixer over the sources that it is to hear. */
interface Output {
  mixer: GstElement;
  caps: GstElement;
  tee: Tee;
  stream: Stream;
  unwatch: () => void;
  heard: Map<string, { tap: Tap; pad: GstPad }>;
}

/**
 * Mixes sound: each output hears the inputs that its route names. Inputs and outputs have names of the application's choice. Method:
 * setRoutes { routes: { OUTPUT: [INPUT, …] } }: outputs are made and removed as routes name them; silence where nothing comes.
 */
export class AudioMatrixElement extends GraphElement {
  override readonly isPaced = true;
  readonly #inputs = new Map<string, { input: MixerInput; tee: Tee }>();
  readonly #outputs = new Map<string, Output>();
  #routes: Record<string, readonly string[]> = {};
  #change: Promise<void> = Promise.resolve();
  #closed = false;

  override readonly methods = {
    setRoutes: async ({ routes }: Record<string, unknown>): Promise<null> => {
      this.#routes = routes as Record<string, readonly string[]>;
      await this.#apply();
      return null;
    },
  };

  start(): null {
    return null;
  }

  override async connect(name: string, stream: Stream): Promise<void> {
    let entry = this.#inputs.get(name);
    if (entry === undefined) {
      const tee = new Tee(this.host.pipeline, `${this.id}-${name}-tee`);
      await tee.start();
      const link = (src: GstPad): (() => void) => {
        src.link(tee.sink);
        return () => src.unlink();
      };
      entry = { input: new MixerInput(this.host, `${this.id}-${name}`, INPUT, link), tee };
      this.#inputs.set(name, entry);
    }
    await entry.input.setStream(stream);
    this.host.tellTaken(name, stream, entry.input.transcodes);
    await this.#apply();
  }

  override async disconnect(name: string): Promise<void> {
    const entry = this.#inputs.get(name);
    if (entry === undefined) return;
    this.#inputs.delete(name);
    await this.#apply();
    await entry.input.setStream(undefined);
    await entry.tee.stop();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#routes = {};
    await this.#apply();
    await Promise.all([...this.#inputs.keys()].map((name) => this.disconnect(name)));
  }

  /** Brings outputs and what they hear to what the routes say. One change at a time. */
  #apply(): Promise<void> {
    this.#change = this.#change.catch(() => {}).then(() => this.#applyNow());
    return this.#change;
  }

  async #applyNow(): Promise<void> {
    for (const [name, output] of [...this.#outputs]) {
      if (this.#routes[name] !== undefined) continue;
      this.#outputs.delete(name);
      await this.#removeOutput(output);
    }
    for (const [name, sources] of Object.entries(this.#routes)) {
      let output = this.#outputs.get(name);
      if (output === undefined) {
        if (this.#closed) return;
        output = await this.#makeOutput(name);
        this.#outputs.set(name, output);
      }
      for (const heard of [...output.heard.keys()]) {
        if (!sources.includes(heard) || !this.#inputs.has(heard)) await this.#leave(output, heard);
      }
      for (const source of sources) {
        const entry = this.#inputs.get(source);
        if (entry !== undefined && !output.heard.has(source)) this.#hear(output, source, entry.tee);
      }
    }
  }

  async #makeOutput(name: string): Promise<Output> {
    const { pipeline } = this.host;
    const mixer = GstElement.make(
      'audiomixer',
      {
        'force-live': true,
        'ignore-inactive-pads': true,
        latency: LATENCY,
        'min-upstream-latency': MIN_UPSTREAM_LATENCY,
        'output-buffer-duration': BLOCK,
        'start-time-selection': 'set',
        'start-time': pipeline.runningTime ?? 0,
      },
      `${this.id}-${name}-mixer`,
    );
    const caps = makeStep(capsFilter(FORM));
    const tee = new Tee(pipeline, `${this.id}-${name}-out`);
    pipeline.add(mixer, caps);
    mixer.link(caps);
    caps.getStaticPad('src').link(tee.sink);
    const unwatch = this.host.watch({ bin: mixer }, (message) => this.host.emit('error', { message }));
    await tee.start();
    await caps.syncStateWithParent();
    await mixer.syncStateWithParent();
    const kind: StreamKind = 'audio';
    return {
      mixer,
      caps,
      tee,
      unwatch,
      stream: this.host.addStream(name, kind, { raw: tee }),
      heard: new Map(),
    };
  }

  #hear(output: Output, source: string, tee: Tee): void {
    const pad = output.mixer.requestPad('sink_%u');
    output.heard.set(source, { tap: tee.tap(pad), pad });
  }

  async #leave(output: Output, source: string): Promise<void> {
    const heard = output.heard.get(source);
    if (heard === undefined) return;
    output.heard.delete(source);
    await heard.tap.close();
    output.mixer.releasePad(heard.pad);
  }

  async #removeOutput(output: Output): Promise<void> {
    for (const source of [...output.heard.keys()]) await this.#leave(output, source);
    await this.host.removeStream(output.stream, 'its listener has gone');
    output.unwatch();
    for (const element of [output.mixer, output.caps]) {
      element.lockState(true);
      await element.setState('null');
      this.host.pipeline.remove(element);
    }
    await output.tee.stop();
  }
}
