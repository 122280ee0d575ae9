/**
 * `npm run bench:network`: what a viewer in a real Chromium gets over bad networks, to the viewer and from the presenter. See
 * bench/README.md. Options: --way=downlink|uplink, --only=NAME,NAME (cells, or parts of their names with *), --seconds=N, --seed=N,
 * --list, --json=NAME.
 */
import { type Measurement, NetworkLab, runPhases, type Way, whyNoNamespaces } from '@rivero/tests/network';
import { allCells, type Cell, type CellPhase } from './network/cells.js';
import { formatTable, writeResults } from './support/report.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

/** Something an encoder needs some 4 Mbit/s for, and bound to what the widest of the caps lets through. */
const SOURCE = {
  camera: { width: 640, height: 480, frameRate: 20 },
  encodings: [{ maxBitrate: 3_000_000 }],
};

/** Two encodings of it: of a picture of this size browsers send no more. */
const SIMULCAST_SOURCE = {
  ...SOURCE,
  encodings: [
    { rid: 'low', scaleResolutionDownBy: 2, maxBitrate: 300_000 },
    { rid: 'high', scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
  ],
};

interface Row {
  way: Way;
  cell: string;
  phase: CellPhase;
  whole: Measurement;
  settled: Measurement;
}

async function run(): Promise<void> {
  const lab = await NetworkLab.open(Number(option('seed') ?? 1));
  const rows: Row[] = [];
  try {
    for (const way of ways) {
      for (const cell of cells) {
        // Which encoding is right is a matter of the viewer's network.
        if (cell.simulcast && way === 'uplink') continue;
        const added = await runCell(lab, way, cell);
        rows.push(...added);
        for (const row of added) console.error(line(row).join(' | '));
      }
    }
  } finally {
    await lab.close();
  }
  for (const way of ways) {
    console.log(`\n${way}\n`);
    console.log(formatTable(HEADER, rows.filter((row) => row.way === way).map(line)));
  }
  writeResults(option('json') ?? 'network', { source: SOURCE, rows });
}

async function runCell(lab: NetworkLab, way: Way, cell: Cell): Promise<Row[]> {
  const call = await lab.call(way, cell.simulcast ? SIMULCAST_SOURCE : SOURCE, cell.phases[0]!.profile);
  const results = await runPhases(lab, way, call, cell.phases);
  await call.end();
  return results.map((result, index) => ({ way, cell: cell.name, phase: cell.phases[index]!, ...result }));
}

const HEADER = [
  'network',
  'link kbit/s',
  'of cap %',
  'lost %',
  'dropped %',
  'video kbit/s',
  'frames/s',
  'height',
  'freezes',
  'longest ms',
  'key frames',
  'PLI',
  'NACK',
  'RTT ms',
  'buffer ms',
  'concealed %',
  'load %',
  'stall ms',
];

/** Bitrates and losses once settled; freezes, requests and the rest of the whole phase. */
function line({ way, phase, whole, settled }: Row): string[] {
  const { rate } = way === 'downlink' ? phase.profile.down : phase.profile.up;
  return [
    phase.name,
    settled.linkKbps.toFixed(0),
    rate === undefined ? '' : ((settled.linkKbps * 1e5) / rate).toFixed(0),
    settled.lostPercent.toFixed(1),
    `${settled.droppedPercent.toFixed(1)}${phase.profile.down.rate ? ` (${whole.droppedPercent.toFixed(1)})` : ''}`,
    settled.videoKbps.toFixed(0),
    settled.framesPerSecond.toFixed(1),
    settled.height.toFixed(0),
    whole.freezes.toFixed(0),
    whole.longestGapMs.toFixed(0),
    whole.keyFrames.toFixed(0),
    whole.plis.toFixed(0),
    whole.nacks.toFixed(0),
    whole.roundTripMs.toFixed(0),
    settled.jitterBufferMs.toFixed(0),
    whole.concealedPercent.toFixed(1),
    whole.loadPercent.toFixed(0),
    whole.stallMs.toFixed(0),
  ];
}

function chosen(cells: readonly Cell[], names: string | undefined): readonly Cell[] {
  if (names === undefined) return cells;
  const patterns = names.split(',').map((name) => new RegExp(`^${name.replaceAll('*', '.*')}$`));
  return cells.filter(({ name }) => patterns.some((pattern) => pattern.test(name)));
}

const cells = chosen(allCells(Number(option('seconds') ?? 12)), option('only'));
const ways = (option('way')?.split(',') ?? ['downlink', 'uplink']) as Way[];
const reason = whyNoNamespaces();
if (process.argv.includes('--list')) {
  for (const { name } of cells) console.log(name);
} else if (reason !== undefined) {
  console.error(`not possible here: ${reason}`);
  process.exitCode = 1;
} else {
  await run();
}
