import { networkInterfaces } from 'node:os';
import { api } from '@rivero/api';
import { loadModules, type ModuleSet } from '@rivero/module/loader';
import { helpText } from './config/help.js';
import { type CommandLine, ConfigurationError, loadConfiguration, printable } from './config/load.js';
import type { Configuration } from './config/settings.js';
import { createLogger, type Logger } from './log/logger.js';
import { isLoopback, readyText } from './ready-text.js';
import { RiveroServer } from './server.js';
import { version } from './version.js';
import { forkLauncher } from './workers/worker-process.js';

/** Exit codes; those of sysexits.h where it has one. */
const Exit = { Ok: 0, Failed: 1, Unavailable: 69, Configuration: 78, Forced: 130 } as const;

/** Ctrl-C under npm reaches the server twice; only a signal later than this is a second one. */
const SAME_SIGNAL_MILLIS = 1000;

/** Runs the server as the command line wants it. `workerProgram` gives the path of the media worker's program. */
export function runProgram(workerProgram: () => string): void {
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
      process.stdout.write(`${JSON.stringify(printable(command.configuration), null, 2)}\n`);
      break;
    case 'run':
      void serve(command.configuration, command.warnings, workerProgram);
  }
}

async function serve(
  configuration: Configuration,
  warnings: readonly string[],
  workerProgram: () => string,
): Promise<void> {
  const log = createLogger(configuration.log);
  for (const warning of warnings) log.warn(warning);
  const modules = await loadModules(configuration.modules, { api });
  if (!areComplete(modules, log)) process.exit(Exit.Configuration);
  let server: RiveroServer;
  try {
    server = new RiveroServer({ configuration, launch: forkLauncher(workerProgram()), log, modules });
  } catch (error) {
    fail(error, Exit.Failed);
    return;
  }
  if (!isLoopback(configuration.host) && !server.tokenRequired) {
    log.warn({ host: configuration.host }, 'Other machines may connect, and no token is asked for');
  }

  let endingSince: number | undefined;
  const end = (signal: string) => {
    const now = performance.now();
    if (endingSince === undefined) {
      endingSince = now;
      log.info({ signal }, 'Ending; a second signal ends at once');
      server.stop().then(
        () => process.exit(Exit.Ok),
        (error: unknown) => fail(error, Exit.Failed),
      );
    } else if (now - endingSince > SAME_SIGNAL_MILLIS) {
      server.kill();
      process.exit(Exit.Forced);
    }
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
  process.on('uncaughtException', (err) => {
    log.fatal({ err }, 'Internal error, the server ends');
    server.kill();
    process.exit(Exit.Failed);
  });

  try {
    await server.start();
  } catch (error) {
    if (endingSince === undefined) fail(startProblem(error, configuration), Exit.Unavailable);
    return;
  }
  if (endingSince !== undefined) return;
  const { host, path, tls } = configuration;
  const { port, tokenRequired } = server;
  const secure = tls.cert !== '';
  process.stdout.write(
    readyText({ version, host, port, path, secure, tokenRequired, interfaces: networkInterfaces() }),
  );
}

/** Whether all modules are there that have to be; tells of those that are not. */
function areComplete({ modules, failures }: ModuleSet, log: Logger): boolean {
  for (const { specifier, definition } of modules) {
    const { name, version: of } = definition.declaration;
    log.info({ module: name, version: of, from: specifier }, 'Module loaded');
  }
  let complete = true;
  for (const { optional, message } of failures) {
    if (optional) log.warn(`The server goes on without the ${message}`);
    else {
      complete = false;
      process.stderr.write(`rivero: ${message}\n`);
    }
  }
  return complete;
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
