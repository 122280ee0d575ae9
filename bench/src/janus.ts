/**
 * `npm run bench:janus`: CPU time per forwarded SRTP packet of Rivero and of Janus (Debian's package), with the same traffic
 * in turn. Installs nothing. See bench/README.md. Options: --viewers=100, --repeat=N, --quick, --json=NAME.
 */
import { Setting } from './forward/setting.js';
import { FRAME_PACKETS } from './forward/shapes.js';
import { JanusBroadcast } from './janus/janus-broadcast.js';
import { JanusServer } from './janus/janus-server.js';
import { formatSpread, formatTable, writeResults } from './support/report.js';
import type { BenchProfile } from './support/srtp.js';
import { spread } from './support/statistics.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const repeat = Number(option('repeat') ?? (process.argv.includes('--quick') ? 3 : 7));
const shapes = option('viewers') === undefined ? [100, 1000] : [Number(option('viewers'))];
const seconds = 0.5;
/** CPU µs that Janus is expected to need per packet: of that its core is busy half of the time. */
const EXPECTED_MICROS = 15;

const janus = await JanusServer.start('0');
if (janus === undefined) {
  console.error('Janus is missing; on Debian: apt-get install janus');
  process.exit(1);
}
const profiles: { name: string; profile: BenchProfile }[] = [
  { name: 'AES-CM + HMAC-SHA1', profile: 'AES128_CM_HMAC_SHA1_80' },
  { name: 'AES-128-GCM', profile: 'AEAD_AES_128_GCM' },
];
/** What any server needs that encrypts for each receiver and sends with sendmmsg; and what the kernel takes of that. */
const floors = [
  { name: 'floor, AES-CM + HMAC-SHA1', setting: 0, plain: 0 },
  { name: 'floor, AES-128-GCM', setting: 1, plain: 0 },
  { name: 'floor, sendmmsg alone', setting: 1, plain: 1 },
] as const;
const results = [];
const rows: string[][] = [];
try {
  for (const fanOut of shapes) {
    const shape = { name: `1→${fanOut}`, peers: 1 + fanOut, sources: 1, fanOut };
    process.stderr.write(`${shape.name} …\n`);
    const other = await JanusBroadcast.start(janus, fanOut);
    const settings = await Promise.all(profiles.map(({ profile }) => Setting.start(shape, profile)));
    for (const burst of [1, FRAME_PACKETS]) {
      const intervalNs = Math.round(EXPECTED_MICROS * 1000 * 2 * fanOut * burst);
      const traffic = { burst, intervalNs, window: 1, durationNs: Math.max(seconds * 1e9, 4 * intervalNs) };
      const theirs: number[] = [];
      const ours: number[][] = profiles.map(() => []);
      const bounds: number[][] = floors.map(() => []);
      let lost = 0;
      for (const setting of settings) await setting.product({ ...traffic, intervalNs: 0, window: 2 });
      for (let i = 0; i < repeat; i++) {
        const run = await other.run(traffic);
        theirs.push(run.cpu.process / run.load.received);
        lost += run.load.sent * fanOut - run.load.received;
        for (const [k, setting] of settings.entries()) {
          const { cpu, packets } = await setting.product(traffic);
          ours[k]!.push(cpu.process / packets);
        }
        for (const [k, { setting, plain }] of floors.entries()) {
          const segmentation = burst > 1 ? 1 : 0;
          const floor = await settings[setting]!.floor({ ...traffic, segmentation, plain });
          bounds[k]!.push(floor.cpuNs / 1000 / floor.packets);
        }
      }
      const input = `${shape.name} ${burst === 1 ? 'smooth' : `bursts of ${burst}`}`;
      const base = spread(theirs);
      rows.push([`${input}, Janus, AES-CM + HMAC-SHA1`, formatSpread(base), '1.00', lost.toString()]);
      for (const [k, { name }] of profiles.entries()) {
        const micros = spread(ours[k]!);
        const ratio = (micros.median / base.median).toFixed(2);
        rows.push([`${input}, Rivero, ${name}`, formatSpread(micros), ratio, '']);
      }
      for (const [k, { name }] of floors.entries()) {
        const micros = spread(bounds[k]!);
        rows.push([`${input}, ${name}`, formatSpread(micros), (micros.median / base.median).toFixed(2), '']);
      }
      results.push({ input, theirs, ours, bounds, lost });
    }
    await Promise.all([other.close(), ...settings.map((setting) => setting.close())]);
  }
} finally {
  await janus.stop();
}
console.log(
  `\nCPU µs of the whole process per forwarded packet of 1200 bytes, median (min–max) of ${repeat}\n`,
);
console.log(formatTable(['', 'CPU µs/packet', 'ratio', 'lost'], rows));
writeResults(option('json') ?? 'janus', { repeat, seconds, results });
