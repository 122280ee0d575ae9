import type { WorkerConfiguration } from '@rivero/channel';
import { type Logger, pino } from 'pino';

/** The log of a worker: JSON lines on standard error, which the server makes readable when a person watches. */
export function createLogger(configuration: WorkerConfiguration): Logger {
  return pino(
    { level: configuration.logLevel, base: { worker: configuration.index, pid: process.pid } },
    pino.destination({ dest: 2, sync: false }),
  );
}
