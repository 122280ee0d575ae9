/**
 * `npm run bench:filters`: what each filter costs in a graph process, and in a bare gst-launch pipeline of the same elements, both on the same
 * stream at the same time; and what it costs that pictures go through JavaScript, as processor time beside that of a filter that does
 * nothing (identity); and the same of RTP packets. Options: --seconds=N, --json=NAME, --only=packets.
 */
import { fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Channel, processLink } from '@rivero/channel';
import type { WorkerGraphEnd } from '@rivero/graph/protocol';
import type { ElementStart } from '@rivero/module/host';
import { measurePackets } from './support/packet-path.js';
import { formatTable, writeResults } from './support/report.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const seconds = Number(option('seconds') ?? 15);
const WARM_UP_MS = 4000;
const VP8 = 'application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8,payload=96';
const CASCADE = '/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml';
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Size {
  width: number;
  height: number;
}
interface Element {
  type: string;
  params: Record<string, unknown>;
  prepare?: { method: string; params: Record<string, unknown> };
}
/** Something that decodes the stream and works on it. */
interface Subject {
  readonly pid: number;
  readonly port: number;
  /** Frames and µs of the filter; undefined for bare pipelines. */
  statistics(): Promise<{ framesOut: number; framesDropped: number; meanMicros: number } | undefined>;
  stop(): void;
}

function launch(description: string): ReturnType<typeof spawn> {
  return spawn('gst-launch-1.0', ['-q', ...description.trim().split(/\s+/)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Seconds of processor time that a process has used, of a hundredth of a second each. */
function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

async function inGraph({ type, params, prepare }: Element): Promise<Subject> {
  const child = fork(new URL(import.meta.resolve('@rivero/graph/process')));
  const graph: WorkerGraphEnd = new Channel(processLink(child));
  await graph.request('start', { name: 'bench' });
  const codec = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };
  const { rtpPort } = await graph.request('createInput', {
    input: 'in',
    kind: 'video',
    codec,
    payloadType: 96,
  });
  await graph.request('createElement', { element: 'e', type, params });
  if (prepare !== undefined) await graph.request('invoke', { element: 'e', ...prepare });
  await graph.request('connect', { stream: 'in', element: 'e', input: 'video' });
  return {
    pid: child.pid!,
    port: rtpPort,
    statistics: async () => (await graph.request('statistics', { element: 'e' })) ?? undefined,
    stop: () => graph.close(),
  };
}

async function bare(chain: string): Promise<Subject> {
  const port = await freePort();
  const child = launch(`
    udpsrc address=127.0.0.1 port=${port} buffer-size=2097152 caps=${VP8} ! rtpjitterbuffer latency=120 do-lost=true
    ! rtpvp8depay request-keyframe=true wait-for-keyframe=true ! tee ! queue ! vp8dec ! tee
    ! queue max-size-buffers=2 leaky=downstream ! videoconvert ! ${chain} ! videoconvert ! tee ! fakesink sync=false async=false`);
  return { pid: child.pid!, port, statistics: async () => undefined, stop: () => child.kill('SIGKILL') };
}

/** Cores that each of the subjects needs for one stream that all get. */
async function measure({ width, height }: Size, subjects: readonly Subject[]) {
  const clients = subjects.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const source = launch(`
    videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=${width},height=${height},framerate=30/1
    ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=60 target-bitrate=1000000 ! rtpvp8pay pt=96 mtu=1200
    ! multiudpsink clients=${clients} sync=false`);
  await wait(WARM_UP_MS);
  const begin = performance.now();
  const before = subjects.map(({ pid }) => cpuSeconds(pid));
  const framesBefore = await Promise.all(subjects.map((subject) => subject.statistics()));
  await wait(seconds * 1000);
  const after = subjects.map(({ pid }) => cpuSeconds(pid));
  const elapsed = (performance.now() - begin) / 1000;
  const frames = await Promise.all(subjects.map((subject) => subject.statistics()));
  source.kill('SIGKILL');
  for (const subject of subjects) subject.stop();
  return subjects.map((_, i) => {
    const [first, last] = [framesBefore[i], frames[i]];
    return {
      cores: (after[i]! - before[i]!) / elapsed,
      framesPerSecond: last === undefined ? undefined : (last.framesOut - first!.framesOut) / elapsed,
      dropped: last === undefined ? undefined : last.framesDropped - first!.framesDropped,
      meanMicros: last?.meanMicros,
    };
  });
}

const gstreamerFilter = (factory: string, properties: Record<string, string> = {}): Element => ({
  type: 'GStreamerFilter',
  params: { factory, properties, kind: 'video', allow: ['effects'] },
});

function processor(body: string, fields = ''): Element {
  const start: ElementStart = {
    kind: 'videoProcessor',
    url: `data:text/javascript,${encodeURIComponent(`export default class { ${fields} ${body} }`)}`,
    className: 'Bench',
    params: {},
    properties: {},
    methods: [],
    readable: [],
    writable: [],
    events: [],
    kept: {},
    access: { folders: [], uriSchemes: [], uriHosts: [] },
    timeoutMs: 10_000,
  };
  return { type: 'Module', params: { ...start } };
}

const folder = mkdtempSync(join(tmpdir(), 'rivero-bench-filters-'));
const image = join(folder, 'image.ppm');
writeFileSync(image, Buffer.concat([Buffer.from('P6 64 64 255\n'), Buffer.alloc(64 * 64 * 3, 200)]));
const png = join(folder, 'image.png');
await once(
  launch(`filesrc location=${image} ! pnmdec ! videoconvert ! pngenc ! filesink location=${png}`),
  'exit',
);
const placement = { offsetXPercent: 0.1, offsetYPercent: 0.1, widthPercent: 0.2, heightPercent: 0.2 };
/** Of the size that the placement has there. */
const overlay = ({ width, height }: Size): string =>
  `gdkpixbufoverlay location=${png} positioning-mode=pixels-absolute overlay-width=${width * 0.2} overlay-height=${height * 0.2}`;

const VGA = { width: 640, height: 480 };
const HD = { width: 1280, height: 720 };
const FULL_HD = { width: 1920, height: 1080 };
const sizeText = ({ width, height }: Size): string => `${width}×${height}`;
const FILTERS: readonly [name: string, element: Element, bare: (size: Size) => string][] = [
  [
    'GStreamerFilter videobalance',
    gstreamerFilter('videobalance', { saturation: '0.5' }),
    () => 'videobalance saturation=0.5',
  ],
  ['ZBarFilter', { type: 'ZBar', params: {} }, () => 'zbar'],
  [
    'ImageOverlayFilter, one image',
    {
      type: 'ImageOverlay',
      params: {},
      prepare: {
        method: 'addImage',
        params: { id: 'i', uri: `file://${png}`, ...placement, keepAspectRatio: false, center: false },
      },
    },
    overlay,
  ],
  [
    'FaceOverlayFilter',
    {
      type: 'FaceOverlay',
      params: {},
      prepare: { method: 'setOverlayedImage', params: { uri: `file://${png}`, ...placement } },
    },
    (size) =>
      `facedetect display=false updates=every_frame min-stddev=5 profile=${CASCADE} ! videoconvert ! ${overlay(size)}`,
  ],
];

const filterResults = [];
const onlyPackets = option('only') === 'packets';
for (const size of onlyPackets ? [] : [VGA, HD, FULL_HD]) {
  for (const [name, element, chain] of FILTERS) {
    if (name === 'FaceOverlayFilter' && !existsSync(CASCADE)) continue;
    const [graph, launched] = await measure(size, [await inGraph(element), await bare(chain(size))]);
    filterResults.push({
      size: sizeText(size),
      name,
      graph: graph!.cores,
      bare: launched!.cores,
      ratio: graph!.cores / launched!.cores,
      meanMicros: graph!.meanMicros!,
      framesPerSecond: graph!.framesPerSecond!,
    });
  }
}

// What a way with copies would cost at least: each picture once out and once back.
const COPY =
  'process({ planes }) { for (const [i, { data }] of planes.entries()) { this.copies[i] ??= new Uint8Array(data.length); this.copies[i].set(data); data.set(this.copies[i]); } }';
const PATHS: readonly [name: string, element: Element][] = [
  ['identity', gstreamerFilter('identity')],
  ['processor, I420', processor('process() {}')],
  ['processor, I420, copied out and back', processor(COPY, 'copies = [];')],
  ['processor, RGBA', processor("static format = 'RGBA'; process() {}")],
];
const pathResults = [];
for (const size of onlyPackets ? [] : [VGA, HD]) {
  const subjects: Subject[] = [];
  for (const [, element] of PATHS) subjects.push(await inGraph(element));
  const results = await measure(size, subjects);
  for (const [i, [name]] of PATHS.entries()) {
    const { cores, meanMicros, framesPerSecond, dropped } = results[i]!;
    const overhead = cores - results[0]!.cores;
    pathResults.push({
      size: sizeText(size),
      name,
      cores,
      overhead,
      meanMicros: meanMicros!,
      framesPerSecond: framesPerSecond!,
      dropped: dropped!,
    });
  }
}
const packetResults = await measurePackets(seconds, cpuSeconds, freePort);
rmSync(folder, { recursive: true });

console.log('filters at 30 frames a second: decoding and the filter\n');
console.log(
  formatTable(
    ['', '', 'cores', 'gst-launch', 'ratio', 'µs per frame', 'frames/s'],
    filterResults.map(({ size, name, graph, bare: other, ratio, meanMicros, framesPerSecond }) => [
      size,
      name,
      graph.toFixed(3),
      other.toFixed(3),
      ratio.toFixed(2),
      String(meanMicros),
      framesPerSecond.toFixed(1),
    ]),
  ),
);
console.log('\nthe way through JavaScript, at 30 frames a second (overhead ≤ 0.05 cores in I420 at 720p)\n');
console.log(
  formatTable(
    ['', '', 'cores', 'overhead', 'µs per frame', 'frames/s', 'dropped'],
    pathResults.map(({ size, name, cores, overhead, meanMicros, framesPerSecond, dropped }) => [
      size,
      name,
      cores.toFixed(3),
      overhead.toFixed(3),
      String(meanMicros),
      framesPerSecond.toFixed(1),
      String(dropped),
    ]),
  ),
);
console.log('\nthe way of RTP packets of 1100 bytes through JavaScript\n');
console.log(
  formatTable(
    ['', 'packets/s', 'cores', 'µs per packet', '… in the module', 'dropped'],
    packetResults.map(({ name, packetsPerSecond, cores, microsPerPacket, meanMicros, dropped }) => [
      name,
      packetsPerSecond.toFixed(0),
      cores.toFixed(3),
      microsPerPacket.toFixed(1),
      String(meanMicros ?? ''),
      String(dropped ?? ''),
    ]),
  ),
);
const name = option('json');
if (name !== undefined)
  writeResults(name, { seconds, filters: filterResults, paths: pathResults, packets: packetResults });
process.exit(0);
