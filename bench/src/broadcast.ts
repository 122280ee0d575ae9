/**
 * `npm run bench:broadcast`: how much further one broadcast gets with the engine's sender threads on two cores than on
 * one core. See bench/README.md. Options: --viewers=2000, --repeat=N, --quick, --json=NAME.
 */
import { availableParallelism } from 'node:os';
import { FRAME_PACKETS } from './forward/shapes.js';
import { WideBroadcast, type WideRun } from './forward/wide.js';
import { formatSpread, formatTable, writeResults } from './support/report.js';
import { spread } from './support/statistics.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const viewers = Number(option('viewers') ?? 2000);
const repeat = Number(option('repeat') ?? (process.argv.includes('--quick') ? 3 : 7));
const seconds = 0.5;

if (availableParallelism() < 2) {
  console.error('two processors are needed');
  process.exit(1);
}

const shape = { name: `1→${viewers}`, peers: 1 + viewers, sources: 1, fanOut: viewers };
const settings = [
  { name: 'one core', threads: 0, processors: [0] },
  { name: 'one core, 2 sender threads', threads: 2, processors: [0] },
  { name: 'two cores, 2 sender threads', threads: 2, processors: [0, 1] },
  { name: 'two cores, 3 sender threads', threads: 3, processors: [0, 1] },
];

const results = [];
const only = option('input');
for (const burst of [1, FRAME_PACKETS]) {
  if (only !== undefined && only !== (burst === 1 ? 'smooth' : 'bursts')) continue;
  const input = burst === 1 ? 'smooth' : `bursts of ${burst}`;
  process.stderr.write(`${shape.name} ${input} …\n`);
  const broadcasts: WideBroadcast[] = [];
  for (const { threads, processors } of settings) {
    broadcasts.push(await WideBroadcast.start(shape, 'AEAD_AES_128_GCM', threads, processors, burst > 1));
  }
  const runs: WideRun[][] = settings.map(() => []);
  const floor: number[] = [];
  for (const broadcast of broadcasts) await broadcast.run(burst, 2 * seconds);
  for (let i = 0; i < repeat; i++) {
    floor.push(await broadcasts[0]!.floor(burst, seconds / 2));
    for (const [k, broadcast] of broadcasts.entries()) runs[k]!.push(await broadcast.run(burst, seconds));
  }
  await Promise.all(broadcasts.map((broadcast) => broadcast.close()));
  const thousands = (values: readonly number[]) =>
    formatSpread(spread(values.map((value) => value / 1000)), 0);
  const base = spread(runs[0]!.map(({ packetsPerSecond }) => packetsPerSecond)).median;
  const median = (k: number, field: keyof WideRun) => spread(runs[k]!.map((run) => run[field])).median;
  const rows = settings.map(({ name }, k) => [
    name,
    thousands(runs[k]!.map(({ packetsPerSecond }) => packetsPerSecond)),
    (median(k, 'packetsPerSecond') / base).toFixed(2),
    median(k, 'processMicros').toFixed(2),
    median(k, 'mainThreadMicros').toFixed(2),
    median(k, 'busiestMicros').toFixed(2),
    median(k, 'cores').toFixed(2),
    median(k, 'loadMicros').toFixed(2),
    median(k, 'packetsPerMessage').toFixed(1),
    runs[k]!.reduce((sum, { missing }) => sum + missing, 0).toString(),
  ]);
  rows.unshift(['the floor, one core', thousands(floor), (spread(floor).median / base).toFixed(2)]);
  const header = [
    '',
    'k packets/s',
    'ratio',
    'CPU µs/packet',
    'deciding thread',
    'busiest thread',
    'cores had',
    'load',
    'packets/message',
    'missing',
  ];
  console.log(`\n${shape.name} ${input}, AES-128-GCM, as much as goes: median (min–max) of ${repeat}\n`);
  console.log(formatTable(header, rows));
  results.push({ input, floor, settings: settings.map(({ name }, k) => ({ name, runs: runs[k] })) });
}
writeResults(option('json') ?? 'broadcast', { viewers, repeat, seconds, results });
