import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { childrenOf } from './process.js';
import { waitFor } from './wait.js';

/** The program that `npm start` runs in the end. */
export const SERVER_PROGRAM = fileURLToPath(
  new URL('../../../packages/server/dist/main.js', import.meta.url),
);
const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
/** With `npm start` a build may come first. */
const START_TIMEOUT = 120_000;
const STOP_TIMEOUT = 15_000;

export interface ServerOptions {
  /** Port of the WebSocket listener; 0 takes a free one. */
  port?: number;
  /** Media workers. */
  workers?: number;
  /** Leads a process group of its own, as a program started from a terminal does. */
  ownGroup?: boolean;
  /** Started as a person does it, by `npm start`; `pid` and `workers` are not those of the server then. */
  viaNpm?: boolean;
  /** Bound of the JavaScript heap of each process in MiB, so that garbage does not look like a leak. */
  heapMebibytes?: number;
  /** What comes before the command; it must become the server's process. */
  launcher?: readonly string[];
  /** More command line arguments. */
  args?: readonly string[];
}

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: string | null;
}

/** The real server in a process of its own. */
export class TestServer {
  readonly #process: ChildProcess;
  #output = '';

  private constructor(options: ServerOptions) {
    const { port = 0, workers = 1, ownGroup = false, viaNpm = false, launcher = [] } = options;
    const args = options.args ?? [];
    const start = viaNpm ? ['npm', 'start', '--'] : [process.execPath, SERVER_PROGRAM];
    const [program, ...before] = [...launcher, ...start];
    this.#process = spawn(program!, [...before, '--port', `${port}`, '--workers', `${workers}`, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: ownGroup,
      cwd: REPOSITORY,
      env: { ...process.env, ...heapBound(options.heapMebibytes) },
    });
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
  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    return this.#end(() => this.#process.kill(signal));
  }

  /** Ends a server with `ownGroup` like Ctrl-C under npm: the whole group gets SIGINT, and npm sends it once more. */
  interrupt(): Promise<Ending> {
    return this.#end(() => {
      process.kill(-this.pid, 'SIGINT');
      setTimeout(() => this.#process.kill('SIGINT'), 10);
    });
  }

  async #end(tell: () => void): Promise<Ending> {
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      tell();
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

function heapBound(mebibytes: number | undefined): Record<string, string> {
  if (mebibytes === undefined) return {};
  return { NODE_OPTIONS: `--max-old-space-size=${mebibytes} --max-semi-space-size=2` };
}
