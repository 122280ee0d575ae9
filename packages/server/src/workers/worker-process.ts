import { fork } from 'node:child_process';
import { type Link, processLink } from '@rivero/channel';

/** A running media worker as the supervisor sees it: a process here, perhaps a machine elsewhere later. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  readonly link: Link;
  /** Resolves when it has ended, with a description of how. */
  readonly ended: Promise<string>;
  /** Ends it by force. */
  kill(): void;
}

export type WorkerLauncher = (index: number) => WorkerProcess;

/**
 * How a worker's JavaScript memory is collected: in short pauses, for they are pauses of media, and leaving little behind. Figures:
 * docs/benchmarks.md, "Latency".
 */
const NODE_OPTIONS = [
  // A small nursery of a fixed size, MiB: collections of it are short; it also saves tens of MB.
  '--max-semi-space-size=1',
  '--min-semi-space-size=1',
  // No helper threads: they take the processors from the worker that they are to help, from other workers and from the kernel's part
  // of forwarding, and what stops the worker at the end waits for the last of them.
  '--single-threaded-gc',
];

/** Runs workers as child processes of Node with this program. */
export function forkLauncher(program: string): WorkerLauncher {
  return () => {
    // No inherited options: an inspector port, for one, cannot be shared.
    const child = fork(program, [], {
      execArgv: NODE_OPTIONS,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `signal ${signal}`),
      );
    });
    return { pid: child.pid, link: processLink(child), ended, kill: () => child.kill('SIGKILL') };
  };
}
