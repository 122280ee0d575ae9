// The program of a processor's thread: one instance of a module's class, with frames from a gate or packets from a port, and messages from the graph.
import { parentPort, workerData } from 'node:worker_threads';
import { KurentoError } from '@rivero/api';
import { attachFrames, type GateFrame } from '@rivero/graph-engine';
import type { AudioFrame, NewRtpPacket, RtpPacket, VideoFrame } from '@rivero/module';
import { type CarriedData, Instance, loadImplementation, messageOf } from '@rivero/module/host';
import { Allowance } from './allowance.js';
import type {
  CarriedError,
  FrameOptions,
  FromThread,
  PacketOptions,
  ProcessorOptions,
  ThreadStart,
  ToThread,
} from './messages.js';
import { optionsOf } from './options.js';
import { PacketFigures } from './packet-figures.js';
import { PacketRunner } from './packet-runner.js';

interface Processor {
  /** Of frame processors. */
  process(frame: VideoFrame | AudioFrame): unknown;
  /** Of packet processors. */
  onPacket(packet: RtpPacket): unknown;
}

/** Throws add one to a score, what goes well takes a tenth of one off it; this score ends the processor: ten in a row, or half of all. */
const MAX_SCORE = 10;
const GOOD = 0.1;
/** A processor that throws now and then is told of no more often than this, ms. */
const TELL_THROWS_MS = 10_000;
/** Memory outside of the heap, for arrays, may be so many times as large; looked at every so many frames and ms. */
const ARRAYS_TO_HEAP = 2;
const LOOK_FRAMES = 10;
const LOOK_MS = 1000;
/** Events and lines of log per second; more are a mistake. */
const MAX_TELLS = 1000;

const KINDS: Readonly<Record<string, ProcessorOptions['kind']>> = {
  videoProcessor: 'video',
  audioProcessor: 'audio',
  packetProcessor: 'packets',
};

const unavailable = (message: string): KurentoError =>
  new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', message);

const { id, start, figures } = workerData as ThreadStart;
const port = parentPort!;
const say = (message: FromThread): void => port.postMessage(message);

/** Of a PacketProcessor with `onPacket`. */
let packets: PacketRunner | undefined;

/** @throws KurentoError */
async function begin(): Promise<void> {
  const Class = await loadImplementation(start);
  const kind = KINDS[start.kind] ?? 'video';
  const options = optionsOf(kind, Class, start.timeoutMs);
  const allowance = new Allowance(MAX_TELLS, 1000);
  const tell = (event: string, data: object): void => {
    // Messages have a bound of their own.
    if (event === 'data' || allowance.take(performance.now())) {
      say({ type: 'tell', event, data: data as Record<string, unknown> });
    }
  };
  const instance = new Instance<Processor>(Class as never, start, id, tell, {
    sendPacket: (packet: NewRtpPacket) => packets?.send(packet) ?? false,
    requestKeyFrame: () => packets?.requestKeyFrame(),
  });
  const has = (name: string): boolean =>
    typeof (instance.object as unknown as Record<string, unknown>)[name] === 'function';
  const takesPackets = kind === 'packets' && has('onPacket');
  if (kind !== 'packets' && !has('process')) {
    throw unavailable(`The implementation of ${start.className} has no method 'process'`);
  }
  if (kind === 'packets' && !takesPackets && !instance.takesData) {
    throw unavailable(`The implementation of ${start.className} has neither 'onPacket' nor 'onData'`);
  }
  if (takesPackets) packets = packetRunner(instance, options as PacketOptions);
  port.on('message', (message: ToThread) => void answer(instance, options, message));
  setInterval(watchMemory, LOOK_MS).unref();
  say({ type: 'ready', options, takesData: instance.takesData, takesPackets });
}

async function answer(
  instance: Instance<Processor>,
  options: ProcessorOptions,
  message: ToThread,
): Promise<void> {
  if (message.type === 'close') {
    await instance.close();
    say({ type: 'closed' });
    return;
  }
  const { number } = message;
  try {
    const result = await run(instance, options, message);
    say({ type: 'answer', number, result: result ?? null });
  } catch (error) {
    say({ type: 'answer', number, error: carried(error) });
  }
}

function run(
  instance: Instance<Processor>,
  options: ProcessorOptions,
  message: Exclude<ToThread, { type: 'close' }>,
): unknown {
  if (message.type === 'attach') {
    attach(instance, options as FrameOptions, message.gate);
    return null;
  }
  if (message.type === 'data') return takeData(instance, message.message);
  if (message.type === 'openPackets') return packets!.open(message.request);
  if (message.type === 'packetCodec') return packets!.setCodec(message.request);
  const { what, name, value } = message;
  if (what === 'get') return instance.get(name);
  if (what === 'set') return instance.set(name, value);
  return instance.call(name, value as Record<string, unknown>);
}

let score = 0;
let throws = 0;
const tells = new Allowance(1, TELL_THROWS_MS);

function wentWell(): void {
  score = Math.max(0, score - GOOD);
}

function hasThrown(
  instance: Instance<Processor>,
  where: 'process' | 'onData' | 'onPacket',
  error: unknown,
): void {
  throws++;
  score++;
  if (tells.take(performance.now())) {
    say({ type: 'threw', message: instance.coded(error, where).message, times: throws });
  }
  if (score >= MAX_SCORE) fail(`has thrown too often, at last: ${messageOf(error)}`);
}

async function takeData(instance: Instance<Processor>, message: CarriedData): Promise<void> {
  try {
    await instance.data(message);
    wentWell();
  } catch (error) {
    hasThrown(instance, 'onData', error);
  }
}

function attach(instance: Instance<Processor>, options: FrameOptions, gate: number): void {
  let frames = 0;
  const settled = (error?: unknown): void => {
    if (!done()) {
      fail('has given the memory of a frame to another thread');
      return;
    }
    if (++frames % LOOK_FRAMES === 0) watchMemory();
    if (error === undefined) wentWell();
    else hasThrown(instance, 'process', error);
  };
  const threw = (error: unknown): void => settled(error ?? new Error('nothing'));
  const done = attachFrames(gate, (frame) => {
    try {
      const result = instance.object.process(
        options.kind === 'video' ? videoFrame(frame, options) : audioFrame(frame, options),
      );
      if (result === undefined) settled();
      else Promise.resolve(result).then(() => settled(), threw);
    } catch (error) {
      threw(error);
    }
  });
}

function packetRunner(instance: Instance<Processor>, options: PacketOptions): PacketRunner {
  return new PacketRunner(options, new PacketFigures(figures), {
    onPacket: (packet) => instance.object.onPacket(packet),
    wentWell,
    threw: (error) => hasThrown(instance, 'onPacket', error),
    failed: fail,
    requestKeyFrame: () => say({ type: 'tell', event: 'keyFrameWanted', data: {} }),
  });
}

function videoFrame(
  { width, height, time, planes }: GateFrame,
  { format }: FrameOptions & { kind: 'video' },
): VideoFrame {
  const { data, stride } = planes[0]!;
  return { format, width, height, time, planes, data, stride };
}

function audioFrame(
  { width, height, rate, time, planes }: GateFrame,
  { format }: FrameOptions & { kind: 'audio' },
): AudioFrame {
  const { buffer } = planes[0]!.data;
  const samples = format === 'S16' ? new Int16Array(buffer) : new Float32Array(buffer);
  return { format, samples, length: width, channels: height, rate, time };
}

/** The heap is bounded by the thread's limits, arrays are not. */
function watchMemory(): void {
  const megabytes = process.memoryUsage().arrayBuffers / 1024 / 1024;
  if (megabytes > ARRAYS_TO_HEAP * start.memoryMegabytes!)
    fail(`holds ${Math.round(megabytes)} MB in arrays`);
}

function fail(message: string): void {
  say({ type: 'failed', message });
  process.exit(1);
}

function carried(error: unknown): CarriedError {
  if (error instanceof KurentoError) return { type: error.type, code: error.code, message: error.message };
  return { type: 'UNEXPECTED_ERROR', code: 40003, message: messageOf(error) };
}

begin().catch((error: unknown) => {
  say({ type: 'refused', error: carried(error) });
  process.exit(1);
});
