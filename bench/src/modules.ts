/**
 * `npm run bench:modules`: what each video element of the modules that come with Rivero costs in a graph process, at 640×480 and 30 frames a
 * second. The measure is, for elements in TypeScript, their own code alone: the same class, called in a plain loop on pictures in memory;
 * for chains of GStreamer elements the same chain in a bare gst-launch. Options: --seconds=N, --json=NAME.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '@rivero/graph/testing';
import type { ModuleDefinition, VideoFormat, VideoFrame, VideoPlane } from '@rivero/module';
import { type ElementStart, Instance, loadImplementation } from '@rivero/module/host';
import chroma from '@rivero/module-chroma';
import crowddetector from '@rivero/module-crowddetector';
import datachannelexample from '@rivero/module-datachannelexample';
import gstreamerexample from '@rivero/module-gstreamerexample';
import markerdetector from '@rivero/module-markerdetector';
import opencvexample from '@rivero/module-opencvexample';
import platedetector from '@rivero/module-platedetector';
import pointerdetector from '@rivero/module-pointerdetector';
import { coresOf, freePort, launch, option, startGraph, VP8, wait } from './support/graph-bench.js';
import { formatTable, writeResults } from './support/report.js';

const seconds = Number(option('seconds') ?? 10);
const [WIDTH, HEIGHT, RATE] = [640, 480, 30];
const WARM_UP_MS = 4000;
const PICTURES = 60;
const RTP = 'application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8,payload=96';
const ACCESS = { folders: ['/'], uriSchemes: ['file'], uriHosts: [] };

const window = { topRightCornerX: 10, topRightCornerY: 10, width: 50, height: 50 };
const relative = (x: number, y: number) => ({ x, y });
const region = {
  id: 'all',
  points: [relative(0.1, 0.1), relative(0.9, 0.1), relative(0.9, 0.9), relative(0.1, 0.9)],
  regionOfInterestConfig: {},
};
/** The one of its two ways that is open. */
const EDGES = 'videoconvert ! edgedetect mask=false threshold1=125 threshold2=250 ! videoconvert';
/** `chain`: what is to be compared, where it is not the chain of the element itself. */
const ELEMENTS: readonly [
  definition: ModuleDefinition,
  className: string,
  params: Record<string, unknown>,
  chain?: string,
][] = [
  [chroma, 'ChromaFilter', { window }],
  [pointerdetector, 'PointerDetectorFilter', { calibrationRegion: window }],
  [crowddetector, 'CrowdDetectorFilter', { rois: [region] }],
  [platedetector, 'PlateDetectorFilter', {}],
  [markerdetector, 'ArMarkerdetector', {}],
  [opencvexample, 'OpenCVExample', {}],
  [datachannelexample, 'KmsShowData', {}],
  [datachannelexample, 'KmsSendData', {}],
  [datachannelexample, 'KmsDetectFaces', {}],
  [gstreamerexample, 'GStreamerExample', {}, EDGES],
];

const folder = mkdtempSync(join(tmpdir(), 'rivero-bench-modules-'));

/** What says nothing and refuses nothing. */
const instanceOf = async (start: ElementStart) => {
  const Class = await loadImplementation(start);
  return { Class, instance: new Instance(Class, start, 'bench', () => {}) };
};

/** Bytes of the test picture of gst-launch, one picture after the other. */
function rawPictures(format: VideoFormat, width: number, height: number): Buffer {
  const path = join(folder, `${format}-${width}.raw`);
  if (!existsSync(path)) {
    const caps = `video/x-raw,format=${format},width=${width},height=${height},framerate=${RATE}/1`;
    const chain = `videotestsrc pattern=ball num-buffers=${PICTURES} ! ${caps} ! filesink location=${path}`;
    spawnSync('gst-launch-1.0', ['-q', ...chain.split(' ')], { stdio: 'inherit' });
  }
  return readFileSync(path);
}

/** The planes of a picture whose lines have no padding. */
function planesOf(format: VideoFormat, bytes: Uint8Array, width: number, height: number): VideoPlane[] {
  const size = width * height;
  const plane = (begin: number, w: number, h: number, stride: number): VideoPlane => ({
    data: bytes.subarray(begin, begin + stride * h),
    stride,
    width: w,
    height: h,
  });
  switch (format) {
    case 'RGBA':
      return [plane(0, width, height, width * 4)];
    case 'GRAY8':
      return [plane(0, width, height, width)];
    case 'NV12':
      return [plane(0, width, height, width), plane(size, width / 2, height / 2, width)];
    case 'I420':
      return [
        plane(0, width, height, width),
        plane(size, width / 2, height / 2, width / 2),
        plane(size * 1.25, width / 2, height / 2, width / 2),
      ];
  }
}

/** Cores that the code of a video processor needs by itself for the pictures that it would get. */
async function coresOfCode(start: ElementStart): Promise<number> {
  const { Class, instance } = await instanceOf(start);
  const {
    format = 'I420',
    maxWidth,
    maxFramerate,
  } = Class as {
    format?: VideoFormat;
    maxWidth?: number;
    maxFramerate?: number;
  };
  const width = Math.min(maxWidth ?? WIDTH, WIDTH);
  const height = (width * HEIGHT) / WIDTH;
  const rate = Math.min(maxFramerate ?? RATE, RATE);
  const raw = rawPictures(format, width, height);
  const size = raw.length / PICTURES;
  const bytes = new Uint8Array(size);
  const planes = planesOf(format, bytes, width, height);
  const { data, stride } = planes[0]!;
  const processor = instance.object as { process(frame: VideoFrame): void | Promise<void> };
  let used = 0;
  let frames = 0;
  // The first half is for the compiler.
  for (let picture = 0; picture < 2 * seconds * rate; picture++) {
    bytes.set(raw.subarray((picture % PICTURES) * size, ((picture % PICTURES) + 1) * size));
    const time = (picture * 1000) / rate;
    const before = process.cpuUsage();
    await processor.process({ format, width, height, time, planes, data, stride });
    const { user, system } = process.cpuUsage(before);
    if (picture < seconds * rate) continue;
    used += user + system;
    frames++;
  }
  await instance.close();
  return (used / frames / 1e6) * rate;
}

interface Subject {
  pid: number;
  port: number;
  stop(): void;
}

async function inGraph(type: string, params: Record<string, unknown>): Promise<Subject> {
  const { graph, child } = await startGraph();
  const { rtpPort } = await graph.request('createInput', {
    input: 'in',
    kind: 'video',
    codec: VP8,
    payloadType: 96,
  });
  await graph.request('createElement', { element: 'e', type, params });
  await graph.request('connect', { stream: 'in', element: 'e', input: 'video' });
  return { pid: child.pid!, port: rtpPort, stop: () => graph.close() };
}

async function bare(chain: string): Promise<Subject> {
  const port = await freePort();
  const child = launch(`
    udpsrc address=127.0.0.1 port=${port} buffer-size=2097152 caps=${RTP} ! rtpjitterbuffer latency=120 do-lost=true
    ! rtpvp8depay request-keyframe=true wait-for-keyframe=true ! tee ! queue ! vp8dec ! tee
    ! queue max-size-buffers=2 leaky=downstream ! videoconvert ! ${chain} ! videoconvert ! tee ! fakesink sync=false async=false`);
  return { pid: child.pid!, port, stop: () => child.kill('SIGKILL') };
}

/** Cores that each of them needs for one stream that all get. */
async function coresOfStream(subjects: readonly Subject[]): Promise<number[]> {
  const clients = subjects.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const source = launch(`
    videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=${WIDTH},height=${HEIGHT},framerate=${RATE}/1
    ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=60 target-bitrate=1000000 ! rtpvp8pay pt=96 mtu=1200
    ! multiudpsink clients=${clients} sync=false`);
  await wait(WARM_UP_MS);
  const cores = await Promise.all(subjects.map(({ pid }) => coresOf(pid, seconds)));
  source.kill('SIGKILL');
  for (const subject of subjects) subject.stop();
  return cores;
}

const IDENTITY = { factory: 'identity', properties: {}, kind: 'video', allow: ['effects'] };
const results: { name: string; kind: string; element: number; alone: number; overhead: number }[] = [];
for (const [definition, className, params, chain] of ELEMENTS) {
  const start = startOf(definition, className, params, ACCESS);
  const subjects = [await inGraph('Module', { ...start }), await inGraph('GStreamerFilter', IDENTITY)];
  const isBin = start.kind === 'gstreamerBin';
  if (isBin) {
    const { instance } = await instanceOf(start);
    const own = (instance.object as { describe(): string }).describe();
    subjects.push(await bare(chain ?? own), await bare('identity'));
  }
  const [withIt, without, launched, nothing] = await coresOfStream(subjects);
  const element = withIt! - without!;
  const alone = isBin ? launched! - nothing! : await coresOfCode(start);
  const kind = isBin ? 'gst-launch' : 'its code';
  results.push({ name: className, kind, element, alone, overhead: element - alone });
}
rmSync(folder, { recursive: true });

console.log('elements of modules, 640×480 at 30 frames a second: cores, decoding left out\n');
console.log(
  formatTable(
    ['', 'in the graph', 'alone', '', 'ms per frame', 'overhead'],
    results.map(({ name, kind, element, alone, overhead }) => [
      name,
      element.toFixed(3),
      alone.toFixed(3),
      kind,
      ((element / RATE) * 1000).toFixed(2),
      overhead.toFixed(3),
    ]),
  ),
);
const name = option('json');
if (name !== undefined) writeResults(name, { seconds, results });
process.exit(0);
