import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { api } from '@rivero/api';
import { loadModules, type ModuleSet } from '@rivero/module/loader';
import { link, SCAFFOLD_KINDS, type ScaffoldKind, scaffold } from '@rivero/module/scaffold';
import { ConfigurationError, loadConfiguration } from '../config/load.js';

const USAGE = `Usage: rivero modules [SETTINGS]                   list the modules of the server, with what they add
       rivero module new NAME [--kind KIND]        make a folder with a new module and its test
       rivero module link [FOLDER]                 give a module's folder what it is written with again
KIND is one of ${SCAFFOLD_KINDS.join(', ')}; video unless given.
`;

type Write = (text: string) => void;

/** Whether the command line is about modules, and not about running the server. */
export function isModuleCommand([word]: readonly string[]): boolean {
  return word === 'module' || word === 'modules';
}

/** Runs `rivero module …` or `rivero modules`; resolves with the exit code. */
export async function runModuleCommand(
  [word, ...rest]: readonly string[],
  out: Write = (text) => process.stdout.write(text),
  err: Write = (text) => process.stderr.write(text),
): Promise<number> {
  try {
    if (word === 'modules') return await list(rest, out, err);
    return begin(rest, out, err);
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split('\n');
    err(lines.map((line) => `rivero: ${line}\n`).join(''));
    return error instanceof ConfigurationError ? 78 : 1;
  }
}

function begin(words: readonly string[], out: Write, err: Write): number {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { kind: { type: 'string', default: 'video' } },
  });
  const [action, name, ...more] = positionals;
  if (more.length > 0 || (action !== 'link' && (action !== 'new' || name === undefined))) {
    err(USAGE);
    return 64;
  }
  if (action === 'link') {
    const folder = resolve(name ?? '.');
    link(folder);
    out(`${folder} is ready: npm test\n`);
    return 0;
  }
  const kind = SCAFFOLD_KINDS.find((known) => known === values.kind) as ScaffoldKind | undefined;
  if (kind === undefined) {
    throw new Error(`there is no kind '${values.kind}': use ${SCAFFOLD_KINDS.join(', ')}`);
  }
  const folder = scaffold(name!, kind);
  const path = relative(process.cwd(), folder) || '.';
  out(`Made ${path}. Next:
  cd ${path}
  npm test    # compiles it and runs its test
In Rivero's folder, to run the server with it:
  npm start -- --modules ${folder}
`);
  return 0;
}

async function list(words: readonly string[], out: Write, err: Write): Promise<number> {
  const command = loadConfiguration(words, process.env);
  if (command.action !== 'run') {
    err(USAGE);
    return 64;
  }
  const set = await loadModules(command.configuration.modules, { api });
  out(table(set));
  for (const { message } of set.failures) err(`rivero: ${message}\n`);
  return set.failures.some(({ optional }) => !optional) ? 1 : 0;
}

/** A line for each module: name, version, classes that can be created, and where it comes from. */
function table({ api: loaded, modules }: ModuleSet): string {
  const origins = new Map(
    modules.map(({ definition, specifier }) => [definition.declaration.name, specifier]),
  );
  const rows = loaded
    .moduleSummaries()
    .map(({ name, version, factories }) => [
      name,
      version,
      origins.get(name) ?? '(built in)',
      factories.join(' '),
    ]);
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]!.length));
  const widths = [width(0), width(1), width(2)];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
