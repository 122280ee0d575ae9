/**
 * `npm run bench:transcode`: what it costs to make H.264 of VP8, 640×480 at 30 frames a second, in a graph process and in a bare gst-launch
 * pipeline of the same elements, both on the same stream at the same time; and how long a picture takes through the graph. Options:
 * --seconds=N, --json=NAME.
 */
import { fork, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Channel, processLink } from '@rivero/channel';
import type { WorkerGraphEnd } from '@rivero/graph/protocol';
import { formatTable, writeResults } from './support/report.js';

const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
const seconds = Number(option('seconds') ?? 20);
const WARM_UP_MS = 3000;
const BITRATE = 473_000;
const MARKER = 0x80;
/** Of a clock of 90 kHz between two pictures. */
const INTERVAL_TICKS = 3000;
const VP8 = 'application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8,payload=96';

async function udp(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
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

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const input = await udp();
const output = await udp();
const bareOutput = await udp();
const bareInput = await udp();
const barePort = bareInput.address().port;
bareInput.close();

// The encoder's settings are those of packages/graph/src/codecs.ts.
const bare = launch(`
  udpsrc address=127.0.0.1 port=${barePort} buffer-size=2097152 caps=${VP8} ! rtpjitterbuffer latency=120 do-lost=true
  ! rtpvp8depay request-keyframe=true wait-for-keyframe=true ! tee ! queue ! vp8dec ! tee ! queue
  ! videoscale ! videoconvert ! video/x-raw,format=I420
  ! x264enc tune=zerolatency speed-preset=superfast key-int-max=120 bframes=0 sliced-threads=false threads=1
    vbv-buf-capacity=600 bitrate=${Math.round(BITRATE / 1000)}
  ! video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au ! h264parse config-interval=-1 ! tee
  ! rtph264pay config-interval=-1 aggregate-mode=zero-latency pt=96 mtu=1150
  ! udpsink host=127.0.0.1 port=${bareOutput.address().port} sync=false async=false`);

const child = fork(fileURLToPath(import.meta.resolve('@rivero/graph/process')));
const graph: WorkerGraphEnd = new Channel(processLink(child));
await graph.request('start', { name: 'bench' });
const codec = { name: 'VP8', clockRate: 90000, channels: 1, parameters: {} };
const { rtpPort } = await graph.request('createInput', {
  input: 'in',
  kind: 'video',
  codec,
  payloadType: 96,
});
await graph.request('createOutput', {
  output: 'out',
  stream: 'in',
  encode: { codec: { ...codec, name: 'H264' }, bitrate: BITRATE },
  port: output.address().port,
  ssrc: 1,
  payloadType: 96,
  mtu: 1150,
});
await graph.request('startOutput', { output: 'out' });

/**
 * Each so manieth picture is a little later by its timestamp than its neighbours would have it: the distances of timestamps
 * tell which picture it is that comes out, and not only that one does.
 */
const CYCLE = 8;
/** Ticks. */
const LATER = 900;
let measuring = false;
const latencies: number[] = [];
const pictures = { graph: 0, bare: 0 };
/** When the last packet of a picture went in, ms, by its place in the cycle. */
const wentIn: number[] = [];
let place = 0;
input.on('message', (packet) => {
  if (place === 0) packet.writeUInt32BE((packet.readUInt32BE(4) + LATER) >>> 0, 4);
  if (packet[1]! & MARKER) {
    wentIn[place] = performance.now();
    place = (place + 1) % CYCLE;
  }
  input.send(packet, rtpPort, '127.0.0.1');
  input.send(packet, barePort, '127.0.0.1');
});
let lastTimestamp = 0;
/** Unknown before the first one that is later. */
let placeOut: number | undefined;
output.on('message', (packet) => {
  if (!(packet[1]! & MARKER)) return;
  const timestamp = packet.readUInt32BE(4);
  const distance = (timestamp - lastTimestamp) >>> 0;
  lastTimestamp = timestamp;
  if (distance > INTERVAL_TICKS + LATER / 2) placeOut = 0;
  else if (placeOut !== undefined) placeOut = (placeOut + 1) % CYCLE;
  if (!measuring) return;
  pictures.graph++;
  const since = placeOut === undefined ? undefined : wentIn[placeOut];
  if (since !== undefined) latencies.push(performance.now() - since);
});
bareOutput.on('message', (packet) => {
  if (measuring && packet[1]! & MARKER) pictures.bare++;
});
const source = launch(`
  videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=480,framerate=30/1
  ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=60 target-bitrate=800000 ! rtpvp8pay pt=96 mtu=1200
  ! udpsink host=127.0.0.1 port=${input.address().port} sync=false`);

await wait(WARM_UP_MS);
const before = { graph: cpuSeconds(child.pid!), bare: cpuSeconds(bare.pid!) };
const start = performance.now();
measuring = true;
await wait(seconds * 1000);
measuring = false;
const elapsed = (performance.now() - start) / 1000;
const used = {
  graph: (cpuSeconds(child.pid!) - before.graph) / elapsed,
  bare: (cpuSeconds(bare.pid!) - before.bare) / elapsed,
};
source.kill('SIGKILL');
bare.kill('SIGKILL');
graph.close();
for (const socket of [input, output, bareOutput]) socket.close();

const sorted = latencies.sort((a, b) => a - b);
const results = {
  seconds: elapsed,
  cores: used,
  ratio: used.graph / used.bare,
  pictures,
  latencyMs: { p50: percentile(sorted, 0.5), p95: percentile(sorted, 0.95), p99: percentile(sorted, 0.99) },
};
console.log('VP8 to H.264, 640×480 at 30 frames a second\n');
console.log(
  formatTable(
    ['', 'cores', 'pictures'],
    [
      ['graph process', used.graph.toFixed(3), String(pictures.graph)],
      ['gst-launch', used.bare.toFixed(3), String(pictures.bare)],
      ['ratio (≤ 1.15)', results.ratio.toFixed(2), ''],
    ],
  ),
);
const { p50, p95, p99 } = results.latencyMs;
console.log(
  `\na picture through the graph, ms (p50 ≤ 40): p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, p99 ${p99.toFixed(1)}`,
);
const name = option('json');
if (name !== undefined) writeResults(name, results);
