import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Configuration } from '../config/settings.js';

export type { Logger };

/** Whether lines for people are wanted: told so, or the log goes to a terminal. */
export function prettyWanted(format: Configuration['log']['format'], stream: { isTTY?: boolean }): boolean {
  return format === 'pretty' || (format === 'auto' && stream.isTTY === true);
}

/** The log, on standard error: JSON lines, or lines for people. */
export function createLogger(options: Configuration['log']): Logger {
  const destination = prettyWanted(options.format, process.stderr)
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
    : pino.destination({ dest: 2, sync: true });
  return pino({ level: options.level, base: { pid: process.pid } }, destination);
}

/** A log that keeps nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
