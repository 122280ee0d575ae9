/**
 * `npm run bench:forward`: what forwarding an SRTP packet to a receiver costs, beside the floor measured in the same
 * process and run. See bench/README.md. Options: --quick, --shape=1x100, --profile=gcm|cm, --repeat=N, --no-server, --no-pair, --only-pair,
 * --json=NAME.
 */
import { type Comparison, compareWithServer, measureCells } from './forward/cells.js';
import { ServedBroadcast } from './forward/served.js';
import { Setting } from './forward/setting.js';
import { SHAPES } from './forward/shapes.js';
import { type PairCell, WorkerPair } from './forward/two-workers.js';
import { formatSpread, formatTable, writeResults } from './support/report.js';
import type { BenchProfile } from './support/srtp.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const quick = process.argv.includes('--quick');
// Many short measurements in turn: what disturbs the machine for a moment meets a few of them only.
const repeat = Number(option('repeat') ?? (quick ? 3 : 9));
const seconds = 0.25;
/** 1x100 will do for 1→100. */
const plain = (shape: string): string => shape.replace(/\D+/, 'x');
const wantedShape = option('shape');
const onlyPair = process.argv.includes('--only-pair');
const wantedProfile = option('profile');

const profiles: { name: string; key: string; profile: BenchProfile }[] = [
  { name: 'AES-128-GCM', key: 'gcm', profile: 'AEAD_AES_128_GCM' },
  { name: 'AES-CM + HMAC-SHA1', key: 'cm', profile: 'AES128_CM_HMAC_SHA1_80' },
];

/** At half load nothing should be lost; where other processes take the processor, receivers come too late. */
const TOLERATED_LOSS = 0.01;
const incomplete: string[] = [];
const results = [];
for (const { name, key, profile } of profiles) {
  if (onlyPair || (wantedProfile !== undefined && wantedProfile !== key)) continue;
  const rows = [];
  for (const shape of SHAPES) {
    if (wantedShape !== undefined && plain(wantedShape) !== plain(shape.name)) continue;
    process.stderr.write(`${name}, ${shape.name} …\n`);
    const setting = await Setting.start(shape, profile);
    try {
      for (const cell of await measureCells(setting, { seconds, repeat })) {
        results.push({ cipher: name, shape: shape.name, ...cell });
        if (cell.load === 'half' && cell.lost > cell.expected * TOLERATED_LOSS)
          incomplete.push(`${name} ${shape.name}`);
        rows.push([
          `${shape.name} ${cell.input}, ${cell.load}`,
          formatSpread(cell.floorMicros),
          formatSpread(cell.productMicros),
          cell.ratio.toFixed(2),
          Math.round(cell.packetsPerCore / 1000).toString(),
          (cell.coreShare * 100).toFixed(0),
          cell.packetsPerMessage.toFixed(1),
          cell.lost.toString(),
        ]);
      }
    } finally {
      await setting.close();
    }
  }
  console.log(
    `\n${name}, packets of 1200 bytes: CPU µs per forwarded packet, median (min–max) of ${repeat}\n`,
  );
  const header = ['', 'floor', 'Rivero', 'ratio', 'k packets/s/core', 'core %', 'packets/message', 'lost'];
  console.log(formatTable(header, rows));
}

const pairs: (PairCell & { shape: string })[] = [];
if (!process.argv.includes('--no-pair')) {
  const rows = [];
  for (const shape of SHAPES) {
    if (shape.name === '1→10') continue;
    if (wantedShape !== undefined && plain(wantedShape) !== plain(shape.name)) continue;
    process.stderr.write(`two workers, each ${shape.name} …\n`);
    const pair = await WorkerPair.start(shape, 'AEAD_AES_128_GCM');
    try {
      for (const cell of await pair.measure({ seconds, repeat })) {
        pairs.push({ shape: shape.name, ...cell });
        rows.push([
          `2 × ${shape.name} ${cell.input}`,
          formatSpread(cell.floorMicros),
          formatSpread(cell.productMicros),
          cell.ratio.toFixed(2),
          cell.aloneRatio.toFixed(2),
          Math.round(cell.packetsPerSecond / 1000).toString(),
          ((100 * cell.lost) / cell.expected).toFixed(2),
        ]);
      }
    } finally {
      await pair.close();
    }
  }
  console.log(`\nTwo workers at once beside two floors at once, AES-128-GCM: CPU µs per forwarded packet\n`);
  const header = ['', 'floor', 'Rivero', 'ratio', 'ratio of one alone', 'k packets/s, both', 'lost %'];
  console.log(formatTable(header, rows));
}

let comparison: Comparison[] = [];
if (!onlyPair && !process.argv.includes('--no-server')) {
  process.stderr.write('the real server, 1→100 …\n');
  const shape = SHAPES.find(({ name }) => name === '1→100')!;
  const setting = await Setting.start(shape, 'AEAD_AES_128_GCM');
  const served = await ServedBroadcast.start(shape.fanOut);
  try {
    comparison = await compareWithServer(setting, served, { seconds, repeat });
  } finally {
    await Promise.all([setting.close(), served.close()]);
  }
  console.log(
    '\nThe same through the real server (WebRtcEndpoints, ICE, DTLS), 1→100, CPU µs of the process per packet\n',
  );
  const rows = comparison.map(({ input, harnessMicros, serverMicros, lost }) => [
    `${shape.name} ${input}`,
    formatSpread(harnessMicros),
    formatSpread(serverMicros),
    lost.toString(),
  ]);
  console.log(formatTable(['', 'as above', 'real server', 'lost'], rows));
}
writeResults(option('json') ?? 'forward', { repeat, seconds, results, pairs, comparison });
if (incomplete.length > 0) {
  console.error(`packets were lost at half load (a busy machine?): ${incomplete.join(', ')}`);
  process.exitCode = 1;
}
