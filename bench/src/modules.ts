/**
 * `npm run bench:modules`: what each element of the modules that come with Rivero costs in a graph process, at 640×480 and 30 frames a
 * second, or of sound of 48 kHz in pieces of 20 ms. The measure is, for elements in TypeScript, their own code alone: the same class, called
 * on pictures in memory, in a plain loop, and as often as they come in a stream; for chains of GStreamer elements the same chain in a bare
 * gst-launch. Options: --seconds=N, --only=NAME,NAME, --json=NAME.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '@rivero/graph/testing';
import type { AudioFrame, ModuleDefinition, VideoFormat, VideoFrame, VideoPlane } from '@rivero/module';
import { type ElementStart, Instance, loadImplementation } from '@rivero/module/host';
import chroma from '@rivero/module-chroma';
import crowddetector from '@rivero/module-crowddetector';
import datachannelexample from '@rivero/module-datachannelexample';
import gstreamerexample from '@rivero/module-gstreamerexample';
import markerdetector from '@rivero/module-markerdetector';
import opencvexample from '@rivero/module-opencvexample';
import platedetector from '@rivero/module-platedetector';
import pointerdetector from '@rivero/module-pointerdetector';
import videosampler from '@rivero/module-videosampler';
import { ImageReceiver } from '@rivero/module-videosampler/test-support';
import voiceactivity from '@rivero/module-voiceactivity';
import { coresOf, freePort, launch, OPUS, option, startGraph, VP8, wait } from './support/graph-bench.js';
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
const { receiver, address } = await ImageReceiver.start();
/** A picture each second. */
const sampling = { imageDeliveryMethod: 'GRPC', framePeriod: 1000, endpointUrl: address };
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
  [datachannelexample, 'KmsShowFaces', {}],
  [videosampler, 'VideoSampler', sampling],
  [voiceactivity, 'SpeakingIndicator', {}],
  [voiceactivity, 'VoiceActivityDetector', {}],
];
const SOUNDS: ReadonlySet<string> = new Set(['VoiceActivityDetector']);
const PIECES = 50;
const only = option('only')?.split(',');

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

interface Code {
  readonly rate: number;
  process(frame: number): void | Promise<void>;
  close(): Promise<void>;
}

/** The code of a video processor, with the pictures that it would get. */
async function videoCode(start: ElementStart): Promise<Code> {
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
  return {
    rate,
    process(picture) {
      bytes.set(raw.subarray((picture % PICTURES) * size, ((picture % PICTURES) + 1) * size));
      const time = (picture * 1000) / rate;
      return processor.process({ format, width, height, time, planes, data, stride });
    },
    close: () => instance.close(),
  };
}

/** The code of the processor of sound, with a tone. */
async function soundCode(start: ElementStart): Promise<Code> {
  const { Class, instance } = await instanceOf(start);
  const { rate = 48_000 } = Class as { rate?: number };
  const length = rate / PIECES;
  const samples = Float32Array.from({ length }, (_, i) => 0.2 * Math.sin((2 * Math.PI * 440 * i) / rate));
  const processor = instance.object as { process(frame: AudioFrame): void | Promise<void> };
  return {
    rate: PIECES,
    process: (piece) =>
      processor.process({
        format: 'F32',
        samples,
        length,
        channels: 1,
        rate,
        time: (piece * 1000) / PIECES,
      }),
    close: () => instance.close(),
  };
}

/** Cores that the code needs by itself. @param paced it is called as often as in a stream, and waits in between */
async function coresOfCode(start: ElementStart, isSound: boolean, paced: boolean): Promise<number> {
  const code = await (isSound ? soundCode(start) : videoCode(start));
  const frames = Math.ceil(seconds * code.rate);
  // For the compiler.
  for (let frame = 0; frame < frames; frame++) await code.process(frame);
  let used = 0;
  for (let frame = 0; frame < frames; frame++) {
    if (paced) await wait(1000 / code.rate);
    const before = process.cpuUsage();
    await code.process(frames + frame);
    const { user, system } = process.cpuUsage(before);
    used += user + system;
  }
  await code.close();
  return (used / frames / 1e6) * code.rate;
}

interface Subject {
  pid: number;
  port: number;
  stop(): void;
}

async function inGraph(type: string, params: Record<string, unknown>, isSound: boolean): Promise<Subject> {
  const { graph, child } = await startGraph();
  const { rtpPort } = await graph.request('createInput', {
    input: 'in',
    kind: isSound ? 'audio' : 'video',
    codec: isSound ? OPUS : VP8,
    payloadType: 96,
  });
  await graph.request('createElement', { element: 'e', type, params });
  await graph.request('connect', { stream: 'in', element: 'e', input: isSound ? 'audio' : 'video' });
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
async function coresOfStream(subjects: readonly Subject[], isSound: boolean): Promise<number[]> {
  const clients = subjects.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const sink = `multiudpsink clients=${clients} sync=false`;
  const sound = `audiotestsrc is-live=true ! audio/x-raw,rate=48000,channels=2 ! opusenc frame-size=20 ! rtpopuspay pt=96 ! ${sink}`;
  const pictures = `
    videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=${WIDTH},height=${HEIGHT},framerate=${RATE}/1
    ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=60 target-bitrate=1000000 ! rtpvp8pay pt=96 mtu=1200
    ! ${sink}`;
  const source = launch(isSound ? sound : pictures);
  await wait(WARM_UP_MS);
  const cores = await Promise.all(subjects.map(({ pid }) => coresOf(pid, seconds)));
  source.kill('SIGKILL');
  for (const subject of subjects) subject.stop();
  return cores;
}

const identity = (kind: string) => ({ factory: 'identity', properties: {}, kind, allow: ['effects'] });
const results: {
  name: string;
  kind: string;
  element: number;
  alone: number;
  paced: number | undefined;
  frames: number;
}[] = [];
for (const [definition, className, params, chain] of ELEMENTS) {
  if (only !== undefined && !only.includes(className)) continue;
  const isSound = SOUNDS.has(className);
  const start = startOf(definition, className, params, ACCESS);
  const subjects = [
    await inGraph('Module', { ...start }, isSound),
    await inGraph('GStreamerFilter', identity(isSound ? 'audio' : 'video'), isSound),
  ];
  const isBin = start.kind === 'gstreamerBin';
  if (isBin) {
    const { instance } = await instanceOf(start);
    const own = (instance.object as { describe(): string }).describe();
    subjects.push(await bare(chain ?? own), await bare('identity'));
  }
  const [withIt, without, launched, nothing] = await coresOfStream(subjects, isSound);
  const element = withIt! - without!;
  const alone = isBin ? launched! - nothing! : await coresOfCode(start, isSound, false);
  const paced = isBin ? undefined : await coresOfCode(start, isSound, true);
  const kind = isBin ? 'gst-launch' : 'its code';
  results.push({ name: className, kind, element, alone, paced, frames: isSound ? PIECES : RATE });
}
receiver.stop();
rmSync(folder, { recursive: true });

console.log('elements of modules, 640×480 at 30 frames a second, or sound: cores, decoding left out\n');
console.log(
  formatTable(
    ['', 'in the graph', 'alone', '', '… as often', 'ms per frame'],
    results.map(({ name, kind, element, alone, paced, frames }) => [
      name,
      element.toFixed(3),
      alone.toFixed(3),
      kind,
      paced?.toFixed(3) ?? '',
      ((element / frames) * 1000).toFixed(2),
    ]),
  ),
);
const name = option('json');
if (name !== undefined) writeResults(name, { seconds, results });
process.exit(0);
