/**
 * `npm run bench:composite`: what it costs to decode some VP8 streams of 640×480 at 30 frames a second, lay them on one canvas and encode that
 * as VP8, in a graph process and in a bare gst-launch pipeline of the same elements, one after the other. Options: --seconds=N, --rounds=N, --json=NAME.
 */
import {
  coresOf,
  freePort,
  launch,
  median,
  option,
  pictureCounter,
  Source,
  startGraph,
  VP8,
  wait,
} from './support/graph-bench.js';
import { formatTable, writeResults } from './support/report.js';

const seconds = Number(option('seconds') ?? 5);
const rounds = Number(option('rounds') ?? 3);
const WARM_UP_MS = 2500;
const RTP = 'application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8,payload=96';

interface Shape {
  inputs: number;
  width: number;
  height: number;
  framerate: number;
  bitrate: number;
  /** Cores at most. */
  limit?: number;
}

const SHAPES: readonly Shape[] = [
  { inputs: 4, width: 800, height: 600, framerate: 15, bitrate: 600_000, limit: 0.35 },
  { inputs: 4, width: 1280, height: 720, framerate: 25, bitrate: 1_200_000, limit: 0.7 },
  { inputs: 9, width: 1280, height: 720, framerate: 25, bitrate: 1_200_000 },
];

interface Measured {
  cores: number;
  pictures: number;
}

/** Where each picture lies: a grid with as many columns as rows. */
function places({ inputs, width, height }: Shape): { x: number; y: number; width: number; height: number }[] {
  const columns = Math.ceil(Math.sqrt(inputs));
  const [w, h] = [Math.floor(width / columns), Math.floor(height / columns)];
  return Array.from({ length: inputs }, (_, i) => ({
    x: (i % columns) * w,
    y: Math.floor(i / columns) * h,
    width: w,
    height: h,
  }));
}

async function measure(pid: number, counter: { pictures: number }): Promise<Measured> {
  await wait(WARM_UP_MS);
  const before = counter.pictures;
  const cores = await coresOf(pid, seconds);
  return { cores, pictures: (counter.pictures - before) / seconds };
}

async function inGraph(shape: Shape, source: Source): Promise<Measured> {
  const { graph, child } = await startGraph();
  const counter = await pictureCounter();
  const { width, height, framerate, bitrate } = shape;
  await graph.request('createElement', {
    element: 'canvas',
    type: 'VideoCanvas',
    params: { width, height, framerate },
  });
  const placements = Object.fromEntries(
    places(shape).map((place, i) => [`in${i}`, { ...place, zOrder: 1, alpha: 1, sizing: 'fit' }]),
  );
  await graph.request('invoke', { element: 'canvas', method: 'setLayout', params: { placements } });
  const ports: number[] = [];
  for (let i = 0; i < shape.inputs; i++) {
    const input = `in${i}`;
    const { rtpPort } = await graph.request('createInput', {
      input,
      kind: 'video',
      codec: VP8,
      payloadType: 96,
    });
    ports.push(rtpPort);
    await graph.request('connect', { stream: input, element: 'canvas', input });
  }
  await graph.request('createOutput', {
    output: 'out',
    stream: 'canvas/video',
    encode: { codec: VP8, bitrate },
    port: counter.port,
    ssrc: 1,
    payloadType: 96,
    mtu: 1150,
  });
  await graph.request('startOutput', { output: 'out' });
  for (const port of ports) source.targets.add(port);
  const measured = await measure(child.pid!, counter);
  for (const port of ports) source.targets.delete(port);
  graph.close();
  counter.close();
  return measured;
}

async function bare(shape: Shape, source: Source): Promise<Measured> {
  const counter = await pictureCounter();
  const { width, height, framerate, bitrate } = shape;
  const ports: number[] = [];
  let inputs = '';
  let pads = '';
  for (const [i, place] of places(shape).entries()) {
    const port = await freePort();
    ports.push(port);
    inputs += ` udpsrc address=127.0.0.1 port=${port} buffer-size=2097152 caps=${RTP} ! rtpjitterbuffer latency=120 do-lost=true
      ! rtpvp8depay request-keyframe=true wait-for-keyframe=true ! queue ! vp8dec ! queue max-size-buffers=3 leaky=downstream ! c.sink_${i}`;
    pads += ` sink_${i}::xpos=${place.x} sink_${i}::ypos=${place.y} sink_${i}::width=${place.width} sink_${i}::height=${place.height} sink_${i}::sizing-policy=keep-aspect-ratio`;
  }
  // The encoder's settings are those of packages/graph/src/codecs.ts.
  const program =
    launch(`compositor name=c background=black force-live=true ignore-inactive-pads=true latency=40000000
      min-upstream-latency=200000000 ${pads}
    ! video/x-raw,format=I420,width=${width},height=${height},framerate=${framerate}/1,pixel-aspect-ratio=1/1 ! queue max-size-buffers=2 leaky=downstream
    ! videoconvert ! video/x-raw,format=I420
    ! vp8enc deadline=1 cpu-used=8 end-usage=cbr lag-in-frames=0 keyframe-max-dist=120 min-quantizer=4 max-quantizer=56 undershoot=95
      buffer-size=600 buffer-initial-size=300 buffer-optimal-size=400 static-threshold=100 threads=2 target-bitrate=${bitrate}
    ! rtpvp8pay picture-id-mode=15-bit pt=96 mtu=1150 ! udpsink host=127.0.0.1 port=${counter.port} sync=false async=false ${inputs}`);
  for (const port of ports) source.targets.add(port);
  const measured = await measure(program.pid!, counter);
  for (const port of ports) source.targets.delete(port);
  program.kill('SIGKILL');
  counter.close();
  return measured;
}

const source =
  await Source.start(`videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=640,height=480,framerate=30/1
  ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=30 target-bitrate=800000 ! rtpvp8pay pt=96 mtu=1200`);
const rows: string[][] = [];
const results: object[] = [];
for (const shape of SHAPES) {
  const graph: Measured[] = [];
  const floor: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    floor.push(await bare(shape, source));
    graph.push(await inGraph(shape, source));
  }
  const cores = { graph: median(graph.map((one) => one.cores)), bare: median(floor.map((one) => one.cores)) };
  const pictures = {
    graph: median(graph.map((one) => one.pictures)),
    bare: median(floor.map((one) => one.pictures)),
  };
  const { inputs, width, height, framerate, limit } = shape;
  results.push({ shape, cores, pictures, ratio: cores.graph / cores.bare });
  rows.push([
    `${inputs} inputs, ${width}×${height} at ${framerate}`,
    `${cores.graph.toFixed(3)}${limit === undefined ? '' : ` (≤ ${limit})`}`,
    cores.bare.toFixed(3),
    (cores.graph / cores.bare).toFixed(2),
    `${pictures.graph.toFixed(1)} / ${pictures.bare.toFixed(1)}`,
  ]);
}
source.stop();
console.log(formatTable(['', 'cores', 'gst-launch', 'ratio (≤ 1.15)', 'pictures/s'], rows));
const name = option('json');
if (name !== undefined) writeResults(name, { seconds, rounds, results });
