import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../packages/server/dist/main.js', import.meta.url));
const START_TIMEOUT_MS = 30_000;

/** The real server in a process of its own, media on the loopback. */
export class ServerUnderTest {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** @param nodeOptions for node itself, such as --cpu-prof */
  static async start(workers: number, nodeOptions: readonly string[] = []): Promise<ServerUnderTest> {
    const settings = ['--port', '0', '--workers', `${workers}`, '--media.interfaces', '127.0.0.1'];
    const quiet = ['--log.level', 'warn'];
    const child = spawn(process.execPath, [...nodeOptions, PROGRAM, ...settings, ...quiet], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      let output = '';
      const timeout = setTimeout(
        () => reject(new Error(`the server does not start:\n${output}`)),
        START_TIMEOUT_MS,
      );
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const found = /wss?:\/\/\S+/.exec(output)?.[0];
        if (found === undefined) return;
        clearTimeout(timeout);
        resolve(found);
      });
    });
    return new ServerUnderTest(child, url);
  }

  /** Process ids: the server's, then its media workers'. */
  get pids(): number[] {
    const pid = this.child.pid!;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return [pid, ...children.filter((child) => child !== '').map(Number)];
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await ended;
  }
}
