/**
 * `npm run bench:memory`: what a connected viewer costs a media worker in resident memory, and of what that consists. See
 * bench/README.md. Options: --viewers=1000, --quick (300), --snapshot (heap snapshots beside the results), --json=NAME.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ServedBroadcast } from './forward/served.js';
import { nativePath } from './support/native.js';
import { residentBytes } from './support/processes.js';
import { formatTable, writeResults } from './support/report.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const most = Number(option('viewers') ?? (process.argv.includes('--quick') ? 300 : 1000));
const snapshot = process.argv.includes('--snapshot');
/** With so few the worker has compiled its code and written into all that it shares between viewers. */
const FEW = 10;
/** So many packets are received: the shared history, and what is noted of the packets sent to each viewer, are full then. */
const PACKETS = 1100;
const PART = 100;

/** Of a worker, bytes. */
interface Memory {
  /** Resident, as it is. */
  rss: number;
  /** Resident, after garbage was collected and free pages of the C heap were given back. */
  trimmed: number;
  /** JavaScript objects that live. */
  heapUsed: number;
  /** Memory of the JavaScript heap, with what is free in it. */
  heapTotal: number;
  /** Blocks of the C heap in use, large ones included. */
  mallocUsed: number;
  /** Contents of buffers, part of them in the C heap. */
  external: number;
}

interface WorkerReport {
  trimmed: number;
  heapUsed: number;
  heapTotal: number;
  external: number;
  mallocUsed: number;
  mallocMapped: number;
}

const directory = mkdtempSync(join(tmpdir(), 'rivero-memory-'));
const reportFile = join(directory, 'report');
process.env.MEMORY_REPORT = reportFile;
process.env.MEMORY_ADDON = nativePath;
if (snapshot) process.env.MEMORY_SNAPSHOT = '1';
process.env.NODE_OPTIONS = `--require ${fileURLToPath(new URL('../fixtures/worker-memory.cjs', import.meta.url))}`;

/** What the worker says of itself. It stops for it, so that it comes last. */
async function askWorker(pid: number): Promise<WorkerReport> {
  rmSync(reportFile, { force: true });
  process.kill(pid, 'SIGUSR2');
  const deadline = performance.now() + 60_000;
  while (performance.now() < deadline) {
    try {
      const text = readFileSync(reportFile, 'utf8');
      if (text.endsWith('\n')) return JSON.parse(text) as WorkerReport;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the worker does not say what memory it has');
}

async function measure(viewers: number): Promise<Memory> {
  const broadcast = await ServedBroadcast.start(viewers);
  try {
    // The load answers no connectivity checks while it sends, so it does that in parts: what a worker keeps for checks that nobody
    // answers is no part of a viewer that is there.
    for (let sent = 0; sent < PACKETS; sent += PART) {
      await broadcast.run({ burst: 1, intervalNs: 1e7, window: 1, durationNs: PART * 1e7 });
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const rss = residentBytes(broadcast.workerPid);
    const { trimmed, heapUsed, heapTotal, external, mallocUsed, mallocMapped } = await askWorker(
      broadcast.workerPid,
    );
    return { rss, trimmed, heapUsed, heapTotal, external, mallocUsed: mallocUsed + mallocMapped };
  } finally {
    await broadcast.close();
  }
}

const results: { viewers: number; memory: Memory; perViewer: Memory | undefined }[] = [];
try {
  for (const viewers of [FEW, Math.round(most / 2), most]) {
    process.stderr.write(`${viewers} viewers …\n`);
    const memory = await measure(viewers);
    const base = results[0];
    const perViewer = base && { ...memory };
    if (base !== undefined && perViewer !== undefined) {
      for (const part of Object.keys(memory) as (keyof Memory)[]) {
        perViewer[part] = (memory[part] - base.memory[part]) / (viewers - base.viewers);
      }
    }
    results.push({ viewers, memory, perViewer });
  }
} finally {
  if (snapshot) console.log(`heap snapshots: ${directory}`);
  else rmSync(directory, { recursive: true, force: true });
}
console.log(
  '\nmemory of a media worker with a presenter and viewers of audio and video (WebRtcEndpoints), MB, and kB per further viewer\n',
);
const parts: [string, keyof Memory][] = [
  ['resident', 'rss'],
  ['… collected, trimmed', 'trimmed'],
  ['JavaScript heap', 'heapTotal'],
  ['… used', 'heapUsed'],
  ['C heap used', 'mallocUsed'],
  ['buffers', 'external'],
];
const rows = results.map(({ viewers, memory, perViewer }) => [
  `${viewers} viewers`,
  ...parts.map(([, part]) => {
    const whole = (memory[part] / 1e6).toFixed(1);
    return perViewer === undefined ? whole : `${whole} (${(perViewer[part] / 1e3).toFixed(1)})`;
  }),
]);
console.log(formatTable(['', ...parts.map(([name]) => name)], rows));
writeResults(option('json') ?? 'memory', { results });
