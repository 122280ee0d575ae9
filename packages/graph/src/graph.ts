import { KurentoError } from '@rivero/api';
import { type BusMessage, GraphEngineError, GstBin, GstPipeline } from '@rivero/graph-engine';
import type { BranchHost, BusListener, Watchable } from './branch.js';
import { CodecUnavailableError } from './conversions.js';
import {
  type ElementHost,
  type GraphElement,
  type GraphElementClass,
  problemText,
} from './elements/element.js';
import { ELEMENTS } from './elements/index.js';
import { Feedback } from './feedback.js';
import { FlowWatch } from './flow-watch.js';
import { type Circle, Links } from './links.js';
import { OverloadWatch } from './overload-watch.js';
import type {
  ElementRequest,
  FrameStatistics,
  GraphEvents,
  GraphStatus,
  InputPorts,
  InputRequest,
  OutputInfo,
  OutputRequest,
} from './protocol.js';
import { RtpInput } from './rtp-input.js';
import { RtpOutput } from './rtp-output.js';
import { Stream } from './stream.js';

type Emit = <K extends keyof GraphEvents & string>(event: K, payload: GraphEvents[K]) => void;

interface HeldElement {
  readonly element: GraphElement;
  /** Its start: rejects when it failed. */
  readonly started: Promise<unknown>;
  /** Resolves when the changes of its connections so far are through. */
  row: Promise<void>;
}

/** One live pipeline with everything in it: inputs, outputs, elements, and the streams between them. */
export class Graph implements BranchHost {
  readonly pipeline = GstPipeline.create('graph');
  readonly #emit: Emit;
  readonly #inputs = new Map<string, RtpInput>();
  readonly #outputs = new Map<string, RtpOutput>();
  readonly #elements = new Map<string, HeldElement>();
  readonly #streams = new Map<string, Stream>();
  readonly #watched = new Map<string, (message: string) => void>();
  readonly #listeners = new Map<string, BusListener>();
  /** From which element a stream comes; nothing of those that come from outside. */
  readonly #producers = new WeakMap<Stream, string>();
  readonly #links = new Links((element) => this.#elements.get(element)?.element.isPaced ?? false);
  /** What closes circles, by element and input. */
  readonly #feedbacks = new Map<string, Feedback>();
  readonly #flows = new FlowWatch();
  readonly #overloads = new OverloadWatch();
  #started: Promise<void> | undefined;

  /** `elements`: the classes of elements by the name that `createElement` uses. */
  constructor(
    emit: Emit,
    private readonly elements: ReadonlyMap<string, GraphElementClass> = ELEMENTS,
  ) {
    this.#emit = emit;
    this.pipeline.useSystemClock();
    this.pipeline.onMessage((message) => this.#onMessage(message));
  }

  /** Resolves when it plays. */
  start(): Promise<void> {
    this.#started ??= this.pipeline.setState('playing').then(() => {});
    return this.#started;
  }

  watch({ bin }: Watchable, failed: (message: string) => void): () => void {
    const { name } = bin;
    this.#watched.set(name, failed);
    return () => {
      if (this.#watched.get(name) === failed) this.#watched.delete(name);
    };
  }

  listen({ bin }: Watchable, listener: BusListener): () => void {
    const { name } = bin;
    this.#listeners.set(name, listener);
    return () => {
      if (this.#listeners.get(name) === listener) this.#listeners.delete(name);
    };
  }

  #onMessage(message: BusMessage): void {
    if (message.type === 'latency') void this.pipeline.recalculateLatency().catch(() => {});
    if (message.type !== 'error' && message.type !== 'element') return;
    // `/GstPipeline:graph/GstBin:NAME/...`
    const owner = message.path.split('/')[2]?.split(':')[1] ?? '';
    if (message.type === 'element') {
      this.#listeners.get(owner)?.(message.structure, message.sourceName);
      return;
    }
    this.#watched.get(owner)?.(problemText(message));
  }

  async createInput(request: InputRequest): Promise<InputPorts> {
    const { input } = request;
    if (this.#streams.has(input)) throw new KurentoError('UNEXPECTED_ERROR', `input ${input} exists already`);
    const made: RtpInput = coded(
      () =>
        new RtpInput(this, request, {
          keyFrameRequest: () => this.#emit('keyFrameRequest', { input }),
          failed: (message) => {
            this.#emit('inputFailed', { input, message });
            void this.#closeInput(input, made);
          },
        }),
    );
    this.#inputs.set(input, made);
    this.#streams.set(input, made.stream);
    try {
      await this.start();
      return await made.start();
    } catch (error) {
      await this.#closeInput(input, made);
      throw asKurentoError(error);
    }
  }

  async removeInput(input: string): Promise<null> {
    const found = this.#inputs.get(input);
    if (found !== undefined) await this.#closeInput(input, found);
    return null;
  }

  /** By now another input may have taken its id. */
  async #closeInput(input: string, found: RtpInput): Promise<void> {
    if (this.#inputs.get(input) !== found) return;
    this.#inputs.delete(input);
    this.#streams.delete(input);
    await found.close('its source has gone');
  }

  async createOutput(request: OutputRequest): Promise<OutputInfo> {
    const { output } = request;
    if (this.#outputs.has(output))
      throw new KurentoError('UNEXPECTED_ERROR', `output ${output} exists already`);
    const made: RtpOutput = new RtpOutput(this, this.#stream(request.stream), request, (message) => {
      this.#emit('outputFailed', { output, message });
      void this.#closeOutput(output, made);
    });
    this.#outputs.set(output, made);
    try {
      await this.start();
      return await made.start();
    } catch (error) {
      await this.#closeOutput(output, made);
      throw asKurentoError(error);
    }
  }

  async removeOutput(output: string): Promise<null> {
    const found = this.#outputs.get(output);
    if (found !== undefined) await this.#closeOutput(output, found);
    return null;
  }

  async #closeOutput(output: string, found: RtpOutput): Promise<void> {
    if (this.#outputs.get(output) !== found) return;
    this.#outputs.delete(output);
    await found.close();
  }

  output(output: string): RtpOutput | undefined {
    return this.#outputs.get(output);
  }

  async createElement({ element, type, params }: ElementRequest): Promise<unknown> {
    const Class = this.elements.get(type);
    if (Class === undefined)
      throw new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', `Graph element '${type}' not found`);
    if (this.#elements.has(element))
      throw new KurentoError('UNEXPECTED_ERROR', `element ${element} exists already`);
    const made = coded(() => new Class(this.#hostOf(element), element));
    const started = this.start().then(() => made.start(params));
    // Failures are the creator's; whoever waits in the row only has to wait.
    const held = { element: made, started, row: started.then(ignore, ignore) };
    this.#elements.set(element, held);
    try {
      return (await started) ?? null;
    } catch (error) {
      await this.releaseElement(element);
      throw asKurentoError(error);
    }
  }

  async invoke(element: string, method: string, params: Record<string, unknown>): Promise<unknown> {
    const { element: found, started } = this.#held(element);
    const run = Object.hasOwn(found.methods, method) ? found.methods[method] : undefined;
    if (run === undefined)
      throw new KurentoError('MEDIA_OBJECT_METHOD_NOT_FOUND', `Method '${method}' not found`);
    await started;
    try {
      return (await run(params)) ?? null;
    } catch (error) {
      throw asKurentoError(error);
    }
  }

  statistics(element: string): FrameStatistics | null {
    return this.#elements.get(element)?.element.statistics() ?? null;
  }

  async releaseElement(element: string): Promise<null> {
    const held = this.#elements.get(element);
    if (held === undefined) return null;
    this.#elements.delete(element);
    this.#links.deleteElement(element);
    await held.row;
    await held.element.close();
    const inputs = [...this.#feedbacks.keys()].filter((input) => input.startsWith(`${element}/`));
    await Promise.all(inputs.map((input) => this.#closeFeedback(input)));
    return null;
  }

  /** @throws KurentoError CONNECT_ERROR where the stream would come back to where it comes from, and nothing on the way has a pace of its own */
  async connect(stream: string, element: string, input: string): Promise<null> {
    const from = this.#stream(stream);
    const held = this.#held(element);
    const producer = this.#producers.get(from);
    const circle = producer === undefined ? 'none' : this.#links.circle(producer, element);
    if (producer === undefined || circle === 'unpaced') this.#links.delete(element, input);
    else this.#links.set(producer, element, input);
    await this.#inRow(held, (found) => this.#connect(found, input, from, circle));
    return null;
  }

  async #connect(element: GraphElement, input: string, stream: Stream, circle: Circle): Promise<void> {
    const key = `${element.id}/${input}`;
    if (circle === 'unpaced') {
      await element.disconnect(input);
      await this.#closeFeedback(key);
      throw new KurentoError('CONNECT_ERROR', 'Elements in a circle without a mixer: nothing can flow there');
    }
    const feedback = circle === 'paced' ? new Feedback(this, stream) : undefined;
    try {
      await feedback?.start();
      await element.connect(input, feedback?.stream ?? stream);
    } catch (error) {
      await feedback?.close();
      throw error;
    }
    await this.#closeFeedback(key);
    if (feedback !== undefined) this.#feedbacks.set(key, feedback);
  }

  async disconnect(element: string, input: string): Promise<null> {
    const held = this.#elements.get(element);
    if (held === undefined) return null;
    this.#links.delete(element, input);
    await this.#inRow(held, async (found) => {
      await found.disconnect(input);
      await this.#closeFeedback(`${element}/${input}`);
    });
    return null;
  }

  async #closeFeedback(input: string): Promise<void> {
    const feedback = this.#feedbacks.get(input);
    this.#feedbacks.delete(input);
    await feedback?.close();
  }

  /** Connections of one element are changed one after the other, in the order of the requests. */
  async #inRow(held: HeldElement, change: (element: GraphElement) => Promise<void> | void): Promise<void> {
    const done = held.row.then(() => change(held.element));
    held.row = done.then(ignore, ignore);
    try {
      await held.started;
      await done;
    } catch (error) {
      throw asKurentoError(error);
    }
  }

  #hostOf(element: string): ElementHost {
    const streamOf = (name: string): string => `${element}/${name}`;
    const unwatch = new Map<Stream, () => void>();
    return {
      pipeline: this.pipeline,
      watch: (segment, failed) => this.watch(segment, failed),
      listen: (segment, listener) => this.listen(segment, listener),
      emit: (type, data = {}) => this.#emit('elementEvent', { element, type, data }),
      tellTaken: (input, stream, transcodes) =>
        this.#emit('inputTaken', { element, input, stream: stream?.id, transcodes }),
      meter: (read, overloaded) => this.#overloads.watch(read, overloaded),
      addStream: (name, kind, source) => {
        const stream = new Stream(this, streamOf(name), kind, source);
        this.#streams.set(stream.id, stream);
        this.#producers.set(stream, element);
        this.#emit('streamAdded', {
          stream: stream.id,
          kind,
          ...(stream.format !== undefined && { codec: stream.format }),
        });
        const tee = 'raw' in source ? source.raw : source.native;
        const flowing = (flows: boolean): void =>
          this.#emit('streamFlowing', { stream: stream.id, flowing: flows });
        unwatch.set(stream, this.#flows.watch(tee.sink, flowing));
        return stream;
      },
      announce: (stream) => this.#emit('streamFlowing', { stream: stream.id, flowing: true }),
      removeStream: async (stream, reason) => {
        unwatch.get(stream)?.();
        if (this.#streams.get(stream.id) === stream) this.#streams.delete(stream.id);
        this.#emit('streamRemoved', { stream: stream.id });
        await stream.close(reason);
      },
    };
  }

  #held(id: string): HeldElement {
    const held = this.#elements.get(id);
    if (held === undefined) throw new KurentoError('MEDIA_OBJECT_NOT_FOUND', `Element '${id}' not found`);
    return held;
  }

  #stream(id: string): Stream {
    const stream = this.#streams.get(id);
    if (stream === undefined) throw new KurentoError('MEDIA_OBJECT_NOT_FOUND', `Stream '${id}' not found`);
    return stream;
  }

  /** Graphviz text of everything, or of the bins that an element has named after itself; empty when there are none. */
  dot(id?: string): string {
    if (id === undefined) return this.pipeline.dot();
    const bins = this.pipeline
      .children()
      .filter((child) => child instanceof GstBin && child.name.startsWith(id));
    return bins.map((bin) => (bin as GstBin).dot()).join('\n');
  }

  status(): GraphStatus {
    const { user, system } = process.cpuUsage();
    return {
      rssBytes: process.memoryUsage.rss(),
      cpuMicros: user + system,
      inputs: this.#inputs.size,
      outputs: this.#outputs.size,
      elements: this.#elements.size,
      branches: [...this.#streams.values()].reduce((sum, { branches }) => sum + branches.length, 0),
    };
  }

  /** Stops everything. */
  async close(): Promise<void> {
    await this.pipeline.setState('null');
  }
}

const ignore = (): void => {};

function coded<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw asKurentoError(error);
  }
}

/** What is missing on this machine, and what failed, as the worker's clients see it. */
function asKurentoError(error: unknown): KurentoError {
  if (error instanceof KurentoError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CodecUnavailableError) return new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', message);
  if (
    error instanceof GraphEngineError &&
    (error.code === 'ADDON_MISSING' || error.code === 'ELEMENT_MISSING')
  ) {
    return new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', message);
  }
  return new KurentoError('UNEXPECTED_ERROR', message);
}
