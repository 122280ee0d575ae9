import { KurentoError } from '@rivero/api';
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
  #unavailable: KurentoError | undefined;

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

  /** Why no graph process can be used on this machine: MEDIA_OBJECT_NOT_AVAILABLE, with what is to be installed. */
  get unavailable(): KurentoError | undefined {
    if (!isGraphEngineBuilt()) return new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', NOT_INSTALLED);
    return this.#unavailable;
  }

  get processes(): number {
    return this.#clients.size;
  }

  #make(): GraphClient {
    const client = new GraphClient(this.#options);
    this.#clients.add(client);
    // GStreamer was there when the addon was built and is no longer: the first process that starts finds out.
    client.ready.catch((error: unknown) => {
      if (error instanceof KurentoError && error.type === 'MEDIA_OBJECT_NOT_AVAILABLE')
        this.#unavailable = error;
    });
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

const NOT_INSTALLED =
  'GStreamer is needed for this and not installed: install libgstreamer1.0-dev, libgstreamer-plugins-base1.0-dev, gstreamer1.0-plugins-base, -good, -bad, -ugly and gstreamer1.0-libav, and start the server again with npm start';
