import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childrenOf } from './process.js';
import { waitFor } from './wait.js';

/** The program that `npm start` runs in the end. */
export const SERVER_PROGRAM = fileURLToPath(
  new URL('../../../packages/server/dist/main.js', import.meta.url),
);
const START_TIMEOUT = 30_000;
const STOP_TIMEOUT = 15_000;

export interface ServerOptions {
  /** Port of the WebSocket listener; 0 takes a free one. */
  port?: number;
  /** Media workers. */
  workers?: number;
  /** More command line arguments. */
  args?: readonly string[];
}

/** The real server in a process of its own. */
export class TestServer {
  readonly #process: ChildProcess;
  #output = '';

  private constructor(options: ServerOptions) {
    const { port = 0, workers = 1, args = [] } = options;
    this.#process = spawn(
      process.execPath,
      [SERVER_PROGRAM, '--port', `${port}`, '--workers', `${workers}`, ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Starts a server and waits until it says where to connect. */
  static async start(options: ServerOptions = {}): Promise<TestServer> {
    const server = new TestServer(options);
    await waitFor(
      'the server to say where to connect',
      () => {
        if (server.#process.exitCode !== null) throw new Error(`the server ended:\n${server.#output}`);
        return server.#findUri();
      },
      START_TIMEOUT,
    );
    return server;
  }

  /** Where clients connect, on this machine. */
  get uri(): string {
    const uri = this.#findUri();
    if (!uri) throw new Error('the server is not ready');
    return uri;
  }

  get port(): number {
    return Number(new URL(this.uri).port);
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error('the server was not started');
    return pid;
  }

  /** Process ids of the media workers that run now. */
  get workers(): number[] {
    return childrenOf(this.pid);
  }

  /** Everything the server wrote so far. */
  get output(): string {
    return this.#output;
  }

  /** Asks the server to end and waits for that; resolves with how it ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<{ code: number | null; signal: string | null }> {
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
      await ended;
      clearTimeout(timer);
    }
    return { code: child.exitCode, signal: child.signalCode };
  }

  #findUri(): string | undefined {
    const found = /wss?:\/\/[^\s"']+/.exec(this.#output)?.[0];
    return found?.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, '//localhost');
  }
}
