import { GstElement, type GstPad, type GstPipeline } from '@rivero/graph-engine';
import { uniqueName } from './unique-name.js';

/** Gives one flow to any number of users that come and go while it runs. */
export class Tee {
  readonly #pipeline: GstPipeline;
  readonly #element: GstElement;
  readonly sink: GstPad;
  #stopped: Promise<void> | undefined;

  /** Adds it to the pipeline; `start` makes it run. */
  constructor(pipeline: GstPipeline, name: string) {
    this.#pipeline = pipeline;
    this.#element = GstElement.make('tee', { 'allow-not-linked': true }, uniqueName(name));
    this.sink = this.#element.getStaticPad('sink');
    pipeline.add(this.#element);
  }

  start(): Promise<void> {
    return this.#element.syncStateWithParent();
  }

  /** Lets the flow go to a sink pad, too. What it leads to must run already, and should begin with a queue when it works long. */
  tap(sink: GstPad): Tap {
    const pad = this.#element.requestPad('src_%u');
    try {
      pad.link(sink);
    } catch (error) {
      this.#element.releasePad(pad);
      throw error;
    }
    return new Tap(this.#element, pad);
  }

  /** Stops it; nobody may tap it any more. Idempotent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#element.lockState(true);
    await this.#element.setState('null');
    this.#pipeline.remove(this.#element);
  }
}

/** One user's share of a tee. */
export class Tap {
  #closed: Promise<void> | undefined;

  constructor(
    private readonly tee: GstElement,
    private readonly pad: GstPad,
  ) {}

  /** Ends it between two buffers. The others notice nothing. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.pad.blockAndUnlink();
    this.tee.releasePad(this.pad);
  }
}
