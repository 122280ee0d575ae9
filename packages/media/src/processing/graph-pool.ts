import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphClient, type GraphClientOptions } from './graph-client.js';

/** When a graph process waits for its pipeline: never, after the first use, or from the start of the worker. */
export type WarmSpare = 'never' | 'auto' | 'always';

/** Gives out graph processes. One can be kept warm, so that a pipeline need not wait for a start. */
export class GraphPool {
  readonly #options: GraphClientOptions;
  readonly #warm: WarmSpare;
  readonly #clients = new Set<GraphClient>();
  #spare: GraphClient | undefined;
  #closed = false;

  constructor(warm: WarmSpare, options: GraphClientOptions) {
    this.#warm = warm;
    this.#options = options;
    if (warm === 'always' && isGraphEngineBuilt()) this.#makeSpare();
  }

  /** A graph process of the caller's own, perhaps one that still starts. */
  take(): GraphClient {
    const spare = this.#spare?.alive === true ? this.#spare : undefined;
    this.#spare = undefined;
    const client = spare ?? this.#make();
    if (this.#warm !== 'never') {
      client.ready.then(
        () => this.#makeSpare(),
        () => {},
      );
    }
    return client;
  }

  get processes(): number {
    return this.#clients.size;
  }

  #make(): GraphClient {
    const client = new GraphClient(this.#options);
    this.#clients.add(client);
    void client.ended.then(() => {
      this.#clients.delete(client);
      if (this.#spare === client) this.#spare = undefined;
    });
    return client;
  }

  #makeSpare(): void {
    if (this.#closed || this.#spare !== undefined) return;
    this.#spare = this.#make();
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.close();
  }
}
