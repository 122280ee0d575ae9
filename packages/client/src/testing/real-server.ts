import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait.js';

const PROGRAM = fileURLToPath(new URL('../../../server/dist/main.js', import.meta.url));
const START_TIMEOUT = 30_000;

/** The media server of this repository in a process of its own. */
export class RealServer {
  readonly #process: ChildProcess;
  #output = '';

  private constructor(port: number) {
    this.#process = spawn(process.execPath, [PROGRAM, '--port', `${port}`, '--workers', '1'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Port 0 takes a free one. */
  static async start(port = 0): Promise<RealServer> {
    const server = new RealServer(port);
    await waitFor(
      'the server to say where to connect',
      () => {
        if (server.#process.exitCode !== null) throw new Error(`the server ended:\n${server.#output}`);
        return /Kurento clients/.test(server.#output);
      },
      START_TIMEOUT,
    );
    return server;
  }

  get url(): string {
    const found = /wss?:\/\/[^\s"']+/.exec(this.#output)?.[0];
    if (found === undefined) throw new Error('the server is not ready');
    return found;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}
