/**
 * `npm run bench:pauses`: how long V8 stops a process like a media worker, by settings of V8. See bench/README.md. On a machine
 * that does other things: `chrt -f 1 npm run bench:pauses`. Options: --repeat=N, --json=NAME.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { formatTable, writeResults } from './support/report.js';

interface Pauses {
  /** ms */
  scavenges: number[];
  /** Full collections and steps of them, ms. */
  full: number[];
  /** Bytes. */
  heap: number;
}

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const repeat = Number(option('repeat') ?? 3);
const program = fileURLToPath(new URL('../fixtures/pauses.cjs', import.meta.url));

const settings = [
  '--max-semi-space-size=4',
  '--max-semi-space-size=2',
  '--max-semi-space-size=2 --heap-growing-percent=50',
  '--max-semi-space-size=2 --heap-growing-percent=50 --single-threaded-gc',
  '--max-semi-space-size=1 --min-semi-space-size=1 --single-threaded-gc',
  '--max-semi-space-size=1 --min-semi-space-size=1 --single-threaded-gc --heap-growing-percent=30',
  '--max-semi-space-size=2 --heap-growing-percent=50 --compact-on-every-full-gc',
  '--optimize-for-size',
];

const runs = new Map<string, Pauses[]>(settings.map((setting) => [setting, []]));
for (let i = 0; i < repeat; i++) {
  for (const [setting, measured] of runs) {
    const output = execFileSync(process.execPath, [...setting.split(' '), program], { encoding: 'utf8' });
    measured.push(JSON.parse(output) as Pauses);
  }
}

function quantile(values: readonly number[], part: number): string {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1);
}

const rows = [...runs].map(([setting, measured]) => {
  const scavenges = measured.flatMap((run) => run.scavenges);
  const full = measured.flatMap((run) => run.full);
  const count = (all: readonly number[]): string => (all.length / repeat).toFixed(0);
  return [
    setting,
    `${count(scavenges)}: ${quantile(scavenges, 0.5)}, ${quantile(scavenges, 1)}`,
    `${count(full)}: ${quantile(full, 0.5)}, ${quantile(full, 0.9)}, ${quantile(full, 1)}`,
    quantile(
      measured.map(({ heap }) => heap / 1e6),
      0.5,
    ),
  ];
});
console.log(`\npauses of a process that makes garbage for three seconds, ms, all of ${repeat} runs\n`);
console.log(formatTable(['', 'scavenges: median, max', 'full: median, 90 %, max', 'heap MB'], rows));
writeResults(option('json') ?? 'pauses', { repeat, results: [...runs] });
