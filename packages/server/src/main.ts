#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { helpText } from './config/help.js';
import { type CommandLine, ConfigurationError, loadConfiguration } from './config/load.js';
import type { Configuration } from './config/settings.js';
import { createLogger } from './log/logger.js';
import { RiveroServer } from './server.js';
import { version } from './version.js';
import { forkLauncher } from './workers/worker-process.js';

/** Exit codes: sysexits.h where it has one. */
const Exit = { Ok: 0, Failed: 1, Unavailable: 69, Configuration: 78, Forced: 130 } as const;

function main(): void {
  let command: CommandLine;
  try {
    command = loadConfiguration(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const line of error.message.split('\n')) process.stderr.write(`rivero: ${line}\n`);
    process.exitCode = Exit.Configuration;
    return;
  }
  switch (command.action) {
    case 'help':
      process.stdout.write(helpText());
      break;
    case 'version':
      process.stdout.write(`${version}\n`);
      break;
    case 'print-config':
      process.stdout.write(`${JSON.stringify(command.configuration, null, 2)}\n`);
      break;
    case 'run':
      void run(command.configuration);
  }
}

async function run(configuration: Configuration): Promise<void> {
  const log = createLogger(configuration.log);
  const worker = fileURLToPath(import.meta.resolve('@rivero/media/worker'));
  let server: RiveroServer;
  try {
    server = new RiveroServer({ configuration, launch: forkLauncher(worker), log });
  } catch (error) {
    fail(error, Exit.Failed);
    return;
  }

  let ending = false;
  const end = (signal: string) => {
    if (ending) {
      server.kill();
      process.exit(Exit.Forced);
    }
    ending = true;
    log.info({ signal }, 'Ending; a second signal ends at once');
    server.stop().then(
      () => process.exit(Exit.Ok),
      (error: unknown) => fail(error, Exit.Failed),
    );
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);

  try {
    await server.start();
  } catch (error) {
    if (!ending) fail(startProblem(error, configuration), Exit.Unavailable);
    return;
  }
  process.stdout.write(`Rivero ${version} is ready\n`);
  process.stdout.write(`  Kurento clients:  ${server.url}\n`);
  process.stdout.write(`  Test page:        ${server.pageUrl}\n`);
}

function fail(problem: unknown, code: number): void {
  process.stderr.write(`rivero: ${problem instanceof Error ? problem.message : String(problem)}\n`);
  process.exit(code);
}

/** One clear line for what usually goes wrong. */
function startProblem(error: unknown, { host, port }: Configuration): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use; end the other program or choose another port (--port)`;
    case 'EACCES':
      return `Port ${port} is not allowed for this user; choose one above 1023 (--port)`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine (--host)`;
    default:
      return error;
  }
}

main();
