import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../support/wait.js';

const FAVOUR = fileURLToPath(new URL('../../support/favour.sh', import.meta.url));

/** Why network namespaces cannot be had here; undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    execFileSync('unshare', ['--net', 'ip', 'link', 'add', 'x', 'type', 'vxlan', 'id', '1', 'dstport', '1'], {
      stdio: 'pipe',
    });
    return undefined;
  } catch (error) {
    return `network namespaces with vxlan devices cannot be made: ${(error as Error).message.split('\n')[0]}`;
  }
}

/**
 * A network namespace without a name. It exists as long as processes in it do: the first one ends when this process does, in
 * whatever way, and what is started by `launcher` is killed then. So nothing is left behind.
 */
export class NetworkNamespace {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  static async create(): Promise<NetworkNamespace> {
    const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
    const own = readlinkSync('/proc/self/ns/net');
    await waitFor('a network namespace', () => {
      if (holder.exitCode !== null) throw new Error('unshare --net failed');
      return readlinkSync(`/proc/${holder.pid}/ns/net`) !== own;
    });
    const namespace = new NetworkNamespace(holder);
    namespace.#run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6']);
    namespace.ip('link set lo up');
    return namespace;
  }

  get pid(): number {
    return this.#holder.pid!;
  }

  /** What comes before a command so that it runs in here, and ends when this process does. It is the command's own process. */
  get launcher(): readonly string[] {
    return [...this.#enter, 'setpriv', '--pdeathsig', 'KILL'];
  }

  /** The same for a program that is measured in real time and leads a session of its own: it gets a larger share of a busy machine. */
  get favouringLauncher(): readonly string[] {
    return [...this.launcher, FAVOUR];
  }

  /** Runs commands of ip(8), one a line. */
  ip(commands: string): void {
    this.#run(['ip', '-batch', '-'], commands);
  }

  async close(): Promise<void> {
    if (this.#holder.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#holder.once('exit', resolve));
    this.#holder.stdin!.end();
    await ended;
  }

  get #enter(): readonly string[] {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`];
  }

  #run(command: readonly string[], input = ''): void {
    const [program, ...args] = [...this.#enter, ...command];
    execFileSync(program!, args, { input, stdio: ['pipe', 'ignore', 'inherit'] });
  }
}
