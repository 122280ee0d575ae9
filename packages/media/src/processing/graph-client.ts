import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { KurentoError } from '@rivero/api';
import { Channel, ChannelClosedError, processLink } from '@rivero/channel';
import type { GraphEvents, GraphMethods, TlsTrust, WorkerGraphEnd } from '@rivero/graph/protocol';
import type { Logger } from 'pino';

/** How long a graph process may take to start, ms: GStreamer makes its registry at the first start on a machine. */
const START_MS = 60_000;
/** How often a graph process is asked for a sign of life, ms. */
const PROBE_MS = 2000;
/**
 * Heaps of its allocator (glibc), which else are eight for each core: its many threads come and go with its elements, and what each
 * one leaves behind in a heap of its own stays with the process.
 */
const ARENAS = '2';
/** How long it gets to end by itself, ms. */
const END_MS = 4000;

export interface GraphClientOptions {
  log: Logger;
  /** Silence after which the process is killed, ms. */
  timeoutMs: number;
  /** Which servers its players trust over TLS. */
  trust?: TlsTrust;
}

/** A request can't be answered because the graph process has died: whoever lives in the graph is told so by `graphLost`. */
export class GraphEndedError extends KurentoError {
  constructor() {
    super('UNEXPECTED_ERROR', 'The graph process has ended');
  }
}

/** One graph process and the channel to it. */
export class GraphClient {
  /** Resolves when the graph can be used; rejects with MEDIA_OBJECT_NOT_AVAILABLE where GStreamer is missing. */
  readonly ready: Promise<void>;
  /** Resolves when the process has ended, whatever the reason. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;
  readonly #channel: WorkerGraphEnd;
  readonly #options: GraphClientOptions;
  #probe: NodeJS.Timeout | undefined;
  #alive = true;
  #closing = false;

  constructor(options: GraphClientOptions) {
    this.#options = options;
    this.#child = fork(fileURLToPath(import.meta.resolve('@rivero/graph/process')), [], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
      env: { MALLOC_ARENA_MAX: ARENAS, ...process.env },
    });
    this.#channel = new Channel(processLink(this.#child));
    this.ended = this.#channel.closed.then(() => {
      this.#alive = false;
      clearInterval(this.#probe);
      this.#reap();
    });
    this.#child.once('exit', (exitCode, signal) => {
      if (!this.#closing)
        options.log.error({ graphPid: this.pid, exitCode, signal }, 'a graph process has ended');
    });
    this.ready = this.#start();
    this.ready.catch(() => this.close());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get alive(): boolean {
    return this.#alive && !this.#closing;
  }

  /** Rejects with the KurentoError of the graph; GraphEndedError when the process is gone. */
  async request<K extends keyof GraphMethods & string>(
    method: K,
    params: GraphMethods[K]['params'],
  ): Promise<GraphMethods[K]['result']> {
    try {
      return (await this.#channel.request(method, params as never)) as GraphMethods[K]['result'];
    } catch (error) {
      if (!(error instanceof ChannelClosedError)) throw error;
      // Requests hear of it before `ended` does.
      this.#alive = false;
      throw new GraphEndedError();
    }
  }

  /** For what needs no answer: a failure is of no interest, or the process' end tells it. */
  send<K extends keyof GraphMethods & string>(method: K, params: GraphMethods[K]['params']): void {
    this.request(method, params).catch((error: unknown) => {
      if (this.alive) this.#options.log.info({ err: error, method }, 'graph process');
    });
  }

  on<K extends keyof GraphEvents & string>(event: K, listener: (payload: GraphEvents[K]) => void): void {
    this.#channel.on(event, listener as never);
  }

  async #start(): Promise<void> {
    const timer = setTimeout(() => this.#kill('it did not start'), START_MS);
    timer.unref();
    try {
      const { gstreamer } = await this.request('start', {
        name: 'graph',
        ...(this.#options.trust && { trust: this.#options.trust }),
      });
      this.#options.log.info({ graphPid: this.pid, gstreamer }, 'graph process ready');
    } finally {
      clearTimeout(timer);
    }
    this.#probe = setInterval(() => this.#ask(), PROBE_MS);
    this.#probe.unref();
  }

  #ask(): void {
    const timer = setTimeout(() => this.#kill('it does not answer'), this.#options.timeoutMs);
    timer.unref();
    this.request('status', {}).then(
      () => clearTimeout(timer),
      () => clearTimeout(timer),
    );
  }

  #kill(reason: string): void {
    if (!this.#alive) return;
    this.#options.log.error({ graphPid: this.pid, reason }, 'killing a graph process');
    this.#child.kill('SIGKILL');
  }

  /** After the channel's end the process must go, too. */
  #reap(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    this.#child.once('exit', () => clearTimeout(timer));
  }

  /** Ends the process. Idempotent. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    clearInterval(this.#probe);
    this.#channel.close();
  }
}
