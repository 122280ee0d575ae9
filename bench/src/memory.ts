/**
 * `npm run bench:memory`: what a connected viewer costs a media worker in resident memory. See bench/README.md.
 * Options: --viewers=1000, --quick (300), --json=NAME.
 */
import { ServedBroadcast } from './forward/served.js';
import { residentBytes } from './support/processes.js';
import { formatTable, writeResults } from './support/report.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const most = Number(option('viewers') ?? (process.argv.includes('--quick') ? 300 : 1000));
/** With so few the worker has compiled its code and written into all that it shares between viewers. */
const FEW = 10;
/** So many packets are received that the history is written into equally often. */
const PACKETS = 300;

const results: { viewers: number; rss: number; perViewer: number | undefined }[] = [];
for (const viewers of [FEW, Math.round(most / 2), most]) {
  process.stderr.write(`${viewers} viewers …\n`);
  const broadcast = await ServedBroadcast.start(viewers);
  try {
    await broadcast.run({ burst: 1, intervalNs: 1e7, window: 1, durationNs: PACKETS * 1e7 });
    const rss = residentBytes(broadcast.workerPid);
    const base = results[0];
    const perViewer = base === undefined ? undefined : (rss - base.rss) / (viewers - base.viewers);
    results.push({ viewers, rss, perViewer });
  } finally {
    await broadcast.close();
  }
}
console.log(
  '\nresident memory of a media worker with a presenter and viewers of audio and video (WebRtcEndpoints)\n',
);
const rows = results.map(({ viewers, rss, perViewer }) => [
  `${viewers} viewers`,
  (rss / 1e6).toFixed(1),
  perViewer === undefined ? '' : (perViewer / 1e3).toFixed(0),
]);
console.log(formatTable(['', 'MB', 'kB per further viewer'], rows));
writeResults(option('json') ?? 'memory', { results });
