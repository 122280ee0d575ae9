import { GstBin, GstElement, type GstPad, type GstPipeline } from '@rivero/graph-engine';
import { binRemoved } from './garbage.js';
import { makeStep, type Step } from './steps.js';
import { uniqueName } from './unique-name.js';

/**
 * A chain of elements in a bin of its own, which starts and stops on a thread of its own and whose errors are told apart
 * from those of others by the bin's name.
 */
export class Segment {
  readonly bin: GstBin;
  readonly elements: readonly GstElement[];
  readonly #pipeline: GstPipeline;
  #stopped: Promise<void> | undefined;

  /**
   * Adds a chain, of elements to make and of elements (bins) that have been made, to the pipeline; nothing runs yet. Its first sink pad and last source pad, where there are any, become
   * the pads `sink` and `src` of the bin.
   * @throws GraphEngineError ELEMENT_MISSING, INVALID_VALUE, LINK_FAILED, leaving nothing behind
   */
  constructor(pipeline: GstPipeline, name: string, steps: readonly (Step | GstElement)[]) {
    this.#pipeline = pipeline;
    this.bin = GstBin.create(uniqueName(name));
    this.elements = steps.map((step) => (step instanceof GstElement ? step : makeStep(step)));
    this.bin.add(...this.elements);
    for (let i = 1; i < this.elements.length; i++) this.elements[i - 1]!.link(this.elements[i]!);
    const sink = this.elements[0]?.pads().find(({ direction }) => direction === 'sink');
    if (sink !== undefined) this.bin.addGhostPad('sink', sink);
    const src = this.elements
      .at(-1)
      ?.pads()
      .find(({ direction }) => direction === 'src');
    if (src !== undefined) this.bin.addGhostPad('src', src);
    pipeline.add(this.bin);
  }

  get sink(): GstPad {
    return this.bin.getStaticPad('sink');
  }

  get src(): GstPad {
    return this.bin.getStaticPad('src');
  }

  /** The first element of a factory. @throws Error when there is none */
  element(factory: string): GstElement {
    const found = this.elements.find(({ factoryName }) => factoryName === factory);
    if (found === undefined) throw new Error(`${this.bin.name} has no ${factory}`);
    return found;
  }

  /** Brings it to the state of the pipeline. */
  start(): Promise<void> {
    return this.bin.syncStateWithParent();
  }

  /** Stops it and takes it out of the pipeline. It must not be fed any more. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.bin.lockState(true);
    await this.bin.setState('null');
    this.#pipeline.remove(this.bin);
    binRemoved();
  }
}
