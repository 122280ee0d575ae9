import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Spread } from './statistics.js';

/** What the figures were measured on. */
export interface Machine {
  cpu: string;
  processors: number;
  memoryGiB: number;
  kernel: string;
  node: string;
  openssl: string;
  commit: string;
}

function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    openssl: process.versions.openssl,
    commit: commit(),
  };
}

function commit(): string {
  try {
    const options = { cwd: fileURLToPath(new URL('.', import.meta.url)), encoding: 'utf8' } as const;
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim();
  } catch {
    return 'unknown';
  }
}

/** A table with columns as wide as they need to be; the first is aligned to the left, the others to the right. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n');
}

/** "3.21 (3.05–3.90)" */
export function formatSpread({ min, median, max }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}–${max.toFixed(digits)})`;
}

/** Writes bench/results/NAME.json and says so. */
export function writeResults(name: string, results: object): void {
  const directory = fileURLToPath(new URL('../../results/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  const path = `${directory}${name}.json`;
  const date = new Date().toISOString();
  writeFileSync(path, `${JSON.stringify({ date, machine: describeMachine(), ...results }, null, 2)}\n`);
  console.log(`\nwritten: ${path}`);
}
