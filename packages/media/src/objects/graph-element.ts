import { KurentoError } from '@rivero/api';
import { GraphEndedError } from '../processing/graph-client.js';
import type { GraphOrigin } from '../processing/graph-origin.js';
import { GraphSink, type GraphSinkHost } from '../processing/graph-sink.js';
import type { GraphElementListener, PipelineGraph } from '../processing/pipeline-graph.js';
import type { MediaKind } from '../routing/media.js';
import { type InputPort, notifyOutput } from '../routing/ports.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { DEFAULT_DESCRIPTION, MediaElement } from './media-element.js';
import { TranscodedSource } from './transcoded-source.js';

/**
 * An element whose work is done in the graph process: player, recorder, filter, port of a mixer. Its other half there is a
 * GraphElement of packages/graph. Inputs and outputs are tied to the streams of that other half by name: `video`, `audio`, or
 * `video/DESCRIPTION` for media descriptions other than the default one.
 */
export abstract class GraphElement extends MediaElement implements GraphElementListener, GraphSinkHost {
  readonly graph: PipelineGraph;
  readonly #sinks = new Map<InputPort, GraphSink>();
  #created: Promise<unknown> | undefined;
  #start: { type: string; params: Record<string, unknown> } | undefined;

  /** @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE where GStreamer is missing */
  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    this.graph = context.processing.graphOf(this.pipeline);
    this.graph.requireAvailable();
  }

  /** The id of the other half. */
  get graphId(): string {
    // Ids of objects have slashes, which separate elements from streams in the graph.
    return this.id.slice(this.id.lastIndexOf('/') + 1);
  }

  /** Whether the other half exists, or is being made. */
  get isInGraph(): boolean {
    return this.#created !== undefined;
  }

  /**
   * Makes the other half: `type` of the graph's table of elements. Inputs are connected from then on. Rejects with the KurentoError
   * of the graph; the element can be started again then.
   */
  protected startInGraph(type: string, params: Record<string, unknown> = {}): Promise<unknown> {
    this.#start = { type, params };
    const created = this.graph.createElement(this.graphId, type, params, this);
    this.#created = created;
    created.catch((error: unknown) => {
      // Of the end of the process `graphLost` tells, which finds this element in the graph.
      if (this.#created === created && !(error instanceof GraphEndedError)) this.#created = undefined;
    });
    for (const sink of this.#sinks.values()) sink.reconnect();
    return created;
  }

  /** Calls a method of the other half. */
  protected async call<T = unknown>(method: string, params: Record<string, unknown> = {}): Promise<T> {
    if (this.#created === undefined)
      throw new KurentoError('UNEXPECTED_ERROR', 'The graph process has ended');
    return (await this.graph.invoke(this.graphId, method, params)) as T;
  }

  /** Ends the other half; the element lives on and can be started again. */
  protected stopInGraph(): void {
    if (this.#created === undefined) return;
    this.#created = undefined;
    this.graph.releaseElement(this.graphId);
    this.#clearOutputs();
  }

  /** An event of the other half. */
  graphEvent(type: string, data: Record<string, unknown>): void {
    if (type === 'error') this.emitError('UNEXPECTED_ELEMENT_ERROR', 40003, String(data.message));
  }

  /** An input of the other half has got what it was given, or let go of it. */
  graphInputTaken(input: string, stream: string | undefined, transcodes: boolean): void {
    for (const sink of this.#sinks.values()) if (sink.input === input) sink.taken(stream, transcodes);
  }

  /** A stream of the other half is there, has changed or has gone. */
  graphStream(name: string, origin: GraphOrigin | undefined): void {
    const [kind, description = DEFAULT_DESCRIPTION] = name.split('/', 2) as [MediaKind, string?];
    const output = this.output(kind, description);
    output.origin = origin;
    notifyOutput(output);
  }

  /** The graph process has died: by default the element is made anew in the next one, when `isRestartable`. */
  graphLost(): void {
    // The next process may die, too, before the element is in it.
    if (this.#created === undefined) return;
    this.#created = undefined;
    this.#clearOutputs();
    const { unavailable } = this.graph;
    if (unavailable !== undefined) {
      this.emitError(unavailable.type, unavailable.code, unavailable.message);
      return;
    }
    if (!this.isRestartable || this.#start === undefined) {
      this.emitError('UNEXPECTED_ERROR', 40003, 'The graph process of this element has ended');
      return;
    }
    const { type, params } = this.restartParams(this.#start);
    this.startInGraph(type, params).catch((error: Error) => {
      if (!(error instanceof GraphEndedError)) this.emitError('UNEXPECTED_ERROR', 40003, error.message);
    });
  }

  /** Whether a fresh graph process can take over as if nothing had been: elements without a past, such as filters. */
  protected get isRestartable(): boolean {
    return false;
  }

  /** What the next graph process is to make: what was asked for first, with what has been set since. */
  protected restartParams(start: { type: string; params: Record<string, unknown> }): {
    type: string;
    params: Record<string, unknown>;
  } {
    return start;
  }

  /** The name of an input in the graph. */
  protected graphInput(port: InputPort): string {
    return port.description === DEFAULT_DESCRIPTION ? port.kind : `${port.kind}/${port.description}`;
  }

  protected override wireInput(port: InputPort): void {
    const sink = new GraphSink(this, port.kind, this.graphInput(port), new TranscodedSource(port));
    this.#sinks.set(port, sink);
    port.sink = sink;
  }

  override inputChanged(port: InputPort): void {
    super.inputChanged(port);
    this.#sinks.get(port)?.setOrigin(port.origin);
  }

  /** What comes into an input can't be used. */
  sinkFailed(error: KurentoError): void {
    this.emitError(error.type, error.code, error.message);
  }

  #clearOutputs(): void {
    for (const output of this.outputs()) {
      if (output.origin === undefined) continue;
      output.origin = undefined;
      notifyOutput(output);
    }
  }

  protected override onRelease(): void {
    super.onRelease();
    for (const sink of this.#sinks.values()) sink.close();
    if (this.#created !== undefined) this.graph.releaseElement(this.graphId);
    this.#created = undefined;
  }
}
