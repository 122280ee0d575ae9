/** `npm run fuzz`: see docs/security.md. Exit codes: 0 nothing found, 1 something found, 2 wrong arguments. */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz, replay } from './fuzz.js';
import type { FuzzTarget } from './target.js';
import { targets } from './targets.js';

const DIRECTORY = 'fuzz-findings';
const DEFAULT_SECONDS = 10;

function usage(problem: string): never {
  console.error(problem);
  console.error('use: npm run fuzz -- [TARGET …] [--seconds N] [--seed N] [--replay FILE]');
  console.error(`targets: ${targets.map(({ name }) => name).join(' ')}`);
  process.exit(2);
}

function numberOf(option: string, text: string | undefined, fallback: number): number {
  const value = text === undefined ? fallback : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : usage(`--${option} needs a number`);
}

function parseCommand() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { seconds: { type: 'string' }, seed: { type: 'string' }, replay: { type: 'string' } },
    });
  } catch (error) {
    return usage((error as Error).message);
  }
}

function find(name: string): FuzzTarget {
  return targets.find((target) => target.name === name) ?? usage(`no target '${name}'`);
}

const { values, positionals } = parseCommand();
if (values.replay !== undefined) {
  const name = positionals[0] ?? basename(values.replay).replace(/-\d+-\d+\.hex$/, '');
  await replay(find(name), values.replay);
  console.log(`${name}: the inputs break no rule any more`);
} else {
  const milliseconds = numberOf('seconds', values.seconds, DEFAULT_SECONDS) * 1000;
  const seed = numberOf('seed', values.seed, Date.now() % 0x7fffffff);
  for (const target of positionals.length === 0 ? targets : positionals.map(find)) {
    const { inputs, finding } = await fuzz(target, { seed, milliseconds, directory: DIRECTORY });
    console.log(`${target.name}: ${inputs} inputs, seed ${seed}${finding === undefined ? '' : ', FOUND:'}`);
    if (finding === undefined) continue;
    console.error(finding.error);
    console.error(`written to ${finding.path}; repeat with: npm run fuzz -- --replay ${finding.path}`);
    process.exitCode = 1;
  }
}
