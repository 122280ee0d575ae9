import type { MediaConfiguration } from '@rivero/channel';
import type { Logger } from 'pino';
import type { Scheduler } from '../runtime/scheduler.js';
import type { TransportHub } from '../transport/transport-hub.js';
import type { ProcessingContext } from './context.js';
import { GraphPool } from './graph-pool.js';
import { GraphSocket } from './graph-transport.js';
import { PipelineGraph } from './pipeline-graph.js';
import { SmallEncodingBudget } from './weak-receivers.js';

/** The processing of all pipelines of a worker. */
export class Processing {
  readonly pool: GraphPool;
  readonly #context: ProcessingContext;
  readonly #graphs = new Map<object, PipelineGraph>();

  constructor(
    configuration: MediaConfiguration,
    transports: TransportHub,
    scheduler: Scheduler,
    log: Logger,
  ) {
    this.pool = new GraphPool(configuration.warmSpare, {
      log,
      timeoutMs: configuration.graphTimeoutSeconds * 1000,
      trust: { verify: configuration.tlsVerify, caFile: configuration.tlsCaFile },
    });
    const smallEncodings = new SmallEncodingBudget(configuration.weakReceiverEncodings);
    this.#context = {
      transports,
      socket: new GraphSocket(transports),
      pool: this.pool,
      scheduler,
      log,
      smallEncodings,
    };
  }

  /** That of a pipeline; its graph process is started with the first need. */
  graphOf(pipeline: object): PipelineGraph {
    let graph = this.#graphs.get(pipeline);
    if (graph === undefined) {
      graph = new PipelineGraph(this.#context);
      this.#graphs.set(pipeline, graph);
    }
    return graph;
  }

  /** The pipeline is gone. */
  release(pipeline: object): void {
    this.#graphs.get(pipeline)?.close();
    this.#graphs.delete(pipeline);
  }

  close(): void {
    for (const graph of this.#graphs.values()) graph.close();
    this.#graphs.clear();
    this.pool.close();
  }
}
