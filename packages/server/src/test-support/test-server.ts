import { fileURLToPath } from 'node:url';
import { api } from '@rivero/api';
import { memoryLinkPair } from '@rivero/channel';
import { loadModules } from '@rivero/module/loader';
import { defaultConfiguration } from '../config/load.js';
import type { Configuration } from '../config/settings.js';
import { type Logger, silentLogger } from '../log/logger.js';
import { RiveroServer } from '../server.js';
import { forkLauncher, type WorkerLauncher } from '../workers/worker-process.js';
import { serveTestWorker } from './test-worker.js';

/** Test workers inside this process. */
export const memoryLauncher: WorkerLauncher = () => {
  const [link, other] = memoryLinkPair();
  const worker = serveTestWorker(other);
  return {
    pid: undefined,
    link,
    ended: worker.closed.then(() => 'closed'),
    kill: () => other.close(),
  };
};

/** Test workers as processes of their own. */
export const processLauncher: WorkerLauncher = forkLauncher(
  fileURLToPath(new URL('./test-worker-process.js', import.meta.url)),
);

/** The media worker that the server runs. */
export const realLauncher: WorkerLauncher = forkLauncher(
  fileURLToPath(import.meta.resolve('@rivero/media/worker')),
);

export type Overrides = { [K in keyof Configuration]?: Partial<Configuration[K]> };

/** A running server on a free port. */
export async function startServer(
  overrides: Overrides = {},
  launch: WorkerLauncher = memoryLauncher,
  log: Logger = silentLogger(),
): Promise<RiveroServer> {
  const configuration: Record<string, unknown> = { ...defaultConfiguration(), port: 0, workers: 1 };
  for (const [name, value] of Object.entries(overrides)) {
    const current = configuration[name];
    configuration[name] =
      typeof current === 'object' && !Array.isArray(current) ? { ...current, ...(value as object) } : value;
  }
  const modules = await loadModules(configuration.modules as string[], { api });
  for (const { optional, message } of modules.failures) if (!optional) throw new Error(message);
  const server = new RiveroServer({
    configuration: configuration as Configuration,
    modules,
    launch,
    log,
  });
  await server.start();
  return server;
}
