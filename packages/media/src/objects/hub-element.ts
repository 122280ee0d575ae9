import { KurentoError } from '@rivero/api';
import { GraphEndedError } from '../processing/graph-client.js';
import type { GraphOrigin } from '../processing/graph-origin.js';
import type { GraphSinkHost } from '../processing/graph-sink.js';
import type { GraphElementListener, PipelineGraph } from '../processing/pipeline-graph.js';

export interface HubElementListener {
  /** A stream of the element is there, has changed or has gone. */
  hubStream(element: HubElement, name: string, origin: GraphOrigin | undefined): void;
  /** A fresh graph process has taken the element over: what was set must be set again. */
  hubRestarted(element: HubElement): void;
  /** An input of the element has got what it was given, or let go of it. */
  hubInputTaken(element: HubElement, input: string, stream: string | undefined, transcodes: boolean): void;
  hubEvent(type: string, data: Record<string, unknown>): void;
  hubFailed(error: KurentoError): void;
}

/** An element in the graph that works for a hub: a canvas, a mixing matrix. */
export class HubElement implements GraphSinkHost, GraphElementListener {
  #started = false;
  #closed = false;

  constructor(
    readonly graph: PipelineGraph,
    readonly graphId: string,
    private readonly type: string,
    private readonly params: () => Record<string, unknown>,
    private readonly listener: HubElementListener,
  ) {}

  get isInGraph(): boolean {
    return this.#started;
  }

  start(): void {
    if (this.#started || this.#closed) return;
    this.#started = true;
    this.graph.createElement(this.graphId, this.type, this.params(), this).catch((error: unknown) => {
      // When the process has ended, `graphLost` starts it again.
      if (error instanceof GraphEndedError) return;
      this.#started = false;
      this.#failed(error);
    });
  }

  /** For what needs no answer; failures are told to the hub. */
  send(method: string, params: Record<string, unknown>): void {
    if (!this.#started || this.#closed) return;
    this.graph.invoke(this.graphId, method, params).catch((error: unknown) => {
      if (this.#started && !(error instanceof GraphEndedError)) this.#failed(error);
    });
  }

  /** Rejects with what the element says, KurentoError; GraphEndedError when it died and `hubRestarted` is still to come. */
  async call(method: string, params: Record<string, unknown>): Promise<unknown> {
    if (!this.#started || this.#closed) throw new GraphEndedError();
    return await this.graph.invoke(this.graphId, method, params);
  }

  graphEvent(type: string, data: Record<string, unknown>): void {
    if (type === 'error') this.#failed(new KurentoError('UNEXPECTED_ERROR', String(data.message)));
    else if (!this.#closed) this.listener.hubEvent(type, data);
  }

  graphStream(name: string, origin: GraphOrigin | undefined): void {
    if (!this.#closed) this.listener.hubStream(this, name, origin);
  }

  graphInputTaken(input: string, stream: string | undefined, transcodes: boolean): void {
    if (!this.#closed) this.listener.hubInputTaken(this, input, stream, transcodes);
  }

  graphLost(): void {
    if (!this.#started || this.#closed) return;
    this.#started = false;
    this.start();
    this.listener.hubRestarted(this);
  }

  sinkFailed(error: KurentoError): void {
    this.listener.hubFailed(error);
  }

  #failed(error: unknown): void {
    if (this.#closed) return;
    this.listener.hubFailed(
      error instanceof KurentoError ? error : new KurentoError('UNEXPECTED_ERROR', String(error)),
    );
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#started) this.graph.releaseElement(this.graphId);
  }
}
