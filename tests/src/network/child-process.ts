import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A module of this folder as a process and session of its own, with a channel to it; resolves when it says that it is ready. */
export async function startModule(
  launcher: readonly string[],
  module: string,
  args: readonly string[],
): Promise<ChildProcess> {
  const file = fileURLToPath(new URL(module, import.meta.url));
  const [program, ...rest] = [...launcher, process.execPath, file, ...args];
  const child = spawn(program!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${module} ended`)));
  });
  failed.catch(() => {});
  await Promise.race([once(child, 'message'), failed]);
  return child;
}

/** Ends a process that ends with its channel. */
export async function endModule(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  await ended;
}
