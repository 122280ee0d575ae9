import { GstElement, type GstPad } from '@rivero/graph-engine';
import { watchPictureSize } from '../picture-size.js';
import { capsFilter, makeStep, type Step } from '../steps.js';
import type { Stream } from '../stream.js';
import { Tee } from '../tee.js';
import { GraphElement } from './element.js';
import { fittedIn, type LabelStyle } from './label-image.js';
import { linkToMixer, MixerInput } from './mixer-input.js';
import { PictureLabel, requireLabels } from './picture-label.js';

/** Where a picture lies on the canvas. Units: pixels; zOrder: higher is in front, its label is one above; alpha 0 to 1. */
export interface Placement {
  x: number;
  y: number;
  width: number;
  height: number;
  zOrder: number;
  alpha: number;
  /** `fit`: whole picture with bars beside it; `fill`: stretched. */
  sizing: 'fit' | 'fill';
}

export interface CanvasParams {
  width: number;
  height: number;
  framerate: number;
}

/** ns that the canvas waits for pictures which are due: what live sources are apart. */
const LATENCY = 40_000_000;
const MIN_UPSTREAM_LATENCY = 200_000_000;

/** The newest pictures count: a source that is late must not hold the others. */
const INPUT: readonly Step[] = [
  ['queue', { 'max-size-buffers': 3, 'max-size-bytes': 0, 'max-size-time': 0, leaky: 'downstream' }],
];

/**
 * Lays pictures of any number of inputs on one canvas, at its own size and rate, whether inputs have something or not. Inputs have any
 * names, the output is `video`. Methods: setLayout { placements: { INPUT: Placement } } (inputs without a placement are not shown),
 * setCanvas CanvasParams, setLabel { input: INPUT, label: LabelStyle or null }.
 */
export class VideoCanvasElement extends GraphElement {
  override readonly isPaced = true;
  #mixer: GstElement | undefined;
  #caps: GstElement | undefined;
  #tee: Tee | undefined;
  #output: Stream | undefined;
  #unwatch: (() => void) | undefined;
  #placements: Record<string, Placement> = {};
  readonly #inputs = new Map<string, MixerInput>();
  readonly #pads = new Map<string, GstPad>();
  readonly #sizes = new Map<string, { width: number; height: number }>();
  readonly #labels = new Map<string, PictureLabel>();
  #framerate = 0;

  override readonly methods = {
    setLayout: ({ placements }: Record<string, unknown>): null => {
      this.#placements = placements as Record<string, Placement>;
      for (const [name, pad] of this.#pads) place(pad, this.#placements[name]);
      this.#placeLabels();
      return null;
    },
    setCanvas: (params: Record<string, unknown>): null => {
      this.#caps!.set('caps', canvasCaps(params as unknown as CanvasParams));
      return null;
    },
    setLabel: async ({ input, label }: Record<string, unknown>): Promise<null> => {
      await this.#setLabel(String(input), (label ?? undefined) as LabelStyle | undefined);
      return null;
    },
  };

  async start(params: Record<string, unknown>): Promise<null> {
    const { pipeline } = this.host;
    const mixer = GstElement.make(
      'compositor',
      {
        background: 'black',
        'force-live': true,
        'ignore-inactive-pads': true,
        latency: LATENCY,
        'min-upstream-latency': MIN_UPSTREAM_LATENCY,
        // Without this it would first draw all pictures since the pipeline began.
        'start-time-selection': 'set',
        'start-time': pipeline.runningTime ?? 0,
      },
      `${this.id}-canvas`,
    );
    const caps = makeStep(capsFilter(canvasCaps(params as unknown as CanvasParams)));
    this.#mixer = mixer;
    this.#caps = caps;
    this.#framerate = (params as unknown as CanvasParams).framerate;
    this.#tee = new Tee(pipeline, `${this.id}-tee`);
    pipeline.add(mixer, caps);
    mixer.link(caps);
    caps.getStaticPad('src').link(this.#tee.sink);
    this.#unwatch = this.host.watch({ bin: mixer }, (message) => this.host.emit('error', { message }));
    await this.#tee.start();
    await caps.syncStateWithParent();
    await mixer.syncStateWithParent();
    this.#output = this.host.addStream('video', 'video', { raw: this.#tee });
    return null;
  }

  override async connect(name: string, stream: Stream): Promise<void> {
    let input = this.#inputs.get(name);
    if (input === undefined) {
      input = new MixerInput(this.host, `${this.id}-${name}`, INPUT, (src) => this.#link(name, src));
      this.#inputs.set(name, input);
    }
    await input.setStream(stream);
    this.host.tellTaken(name, stream, input.transcodes);
  }

  override async disconnect(name: string): Promise<void> {
    const input = this.#inputs.get(name);
    this.#inputs.delete(name);
    await input?.setStream(undefined);
  }

  #link(name: string, src: GstPad): () => void {
    const unlink = linkToMixer(this.#mixer!, src, (pad) => {
      this.#pads.set(name, pad);
      // The last picture stays for a while when a source pauses, and goes when it is gone for longer.
      pad.set('max-last-buffer-repeat', 5_000_000_000);
      place(pad, this.#placements[name]);
    });
    const untell = watchPictureSize(src, (width, height) => {
      this.#sizes.set(name, { width, height });
      this.#placeLabels();
      this.host.emit('inputSize', { input: name, width, height });
    });
    return () => {
      untell();
      this.#pads.delete(name);
      this.#sizes.delete(name);
      this.#placeLabels();
      unlink();
    };
  }

  async #setLabel(name: string, style: LabelStyle | undefined): Promise<void> {
    let label = this.#labels.get(name);
    if (style === undefined) {
      this.#labels.delete(name);
      await label?.close();
      return;
    }
    requireLabels();
    if (label === undefined) {
      label = new PictureLabel(this.host, this.#mixer!, `${this.id}-${name}-label`, this.#framerate);
      this.#labels.set(name, label);
      this.#placeLabels();
    }
    try {
      await label.setStyle(style);
    } catch (error) {
      this.#labels.delete(name);
      await label.close().catch(() => {});
      throw error;
    }
  }

  /** Labels are on their pictures, wherever those are now, and only while there are any. */
  #placeLabels(): void {
    for (const [name, label] of this.#labels) {
      const [placement, size] = [this.#placements[name], this.#sizes.get(name)];
      const shown = placement !== undefined && size !== undefined && this.#pads.has(name);
      const picture = !shown ? undefined : placement.sizing === 'fit' ? fittedIn(placement, size) : placement;
      const { zOrder = 0, alpha = 0 } = placement ?? {};
      label
        .setPicture(picture && { ...picture, zOrder, alpha })
        .catch((error: Error) => this.host.emit('error', { message: `Label: ${error.message}` }));
    }
  }

  async close(): Promise<void> {
    const labels = [...this.#labels.values()];
    this.#labels.clear();
    await Promise.all(labels.map((label) => label.close()));
    await Promise.all([...this.#inputs.keys()].map((name) => this.disconnect(name)));
    if (this.#output !== undefined) await this.host.removeStream(this.#output, 'the mixer has been released');
    this.#unwatch?.();
    for (const element of [this.#mixer, this.#caps]) {
      if (element === undefined) continue;
      element.lockState(true);
      await element.setState('null');
      this.host.pipeline.remove(element);
    }
    await this.#tee?.stop();
  }
}

function place(pad: GstPad, placement: Placement | undefined): void {
  if (placement === undefined) {
    pad.set('alpha', 0);
    return;
  }
  pad.set('xpos', Math.round(placement.x));
  pad.set('ypos', Math.round(placement.y));
  pad.set('width', Math.max(1, Math.round(placement.width)));
  pad.set('height', Math.max(1, Math.round(placement.height)));
  pad.set('zorder', placement.zOrder);
  pad.set('alpha', placement.alpha);
  pad.set('sizing-policy', placement.sizing === 'fit' ? 'keep-aspect-ratio' : 'none');
}

function canvasCaps({ width, height, framerate }: CanvasParams): string {
  return `video/x-raw,format=I420,width=${width},height=${height},framerate=${framerate}/1,pixel-aspect-ratio=1/1`;
}
