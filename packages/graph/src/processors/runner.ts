// The program of a processor's thread: one instance of a module's class, with frames from a gate and messages from the graph.
import { parentPort, workerData } from 'node:worker_threads';
import { KurentoError } from '@rivero/api';
import { attachFrames, type GateFrame } from '@rivero/graph-engine';
import type { AudioFrame, VideoFrame } from '@rivero/module';
import { type CarriedData, Instance, loadImplementation, messageOf } from '@rivero/module/host';
import { Allowance } from './allowance.js';
import type {
  CarriedError,
  FrameOptions,
  FromThread,
  ProcessorOptions,
  ThreadStart,
  ToThread,
} from './messages.js';
import { optionsOf } from './options.js';

interface Processor {
  /** Of frame processors. */
  process(frame: VideoFrame | AudioFrame): unknown;
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
  packetProcessor: 'data',
};

const unavailable = (message: string): KurentoError =>
  new KurentoError('MEDIA_OBJECT_NOT_AVAILABLE', message);

const { id, start } = workerData as ThreadStart;
const port = parentPort!;
const say = (message: FromThread): void => port.postMessage(message);

/** @throws KurentoError */
async function begin(): Promise<void> {
  const Class = await loadImplementation(start);
  const kind = KINDS[start.kind] ?? 'video';
  const options = optionsOf(kind, Class, start.timeoutMs);
  const allowance = new Allowance(MAX_TELLS, 1000);
  const instance = new Instance<Processor>(Class as never, start, id, (event, data) => {
    // Messages have a bound of their own.
    if (event === 'data' || allowance.take(performance.now())) {
      say({ type: 'tell', event, data: data as unknown as Record<string, unknown> });
    }
  });
  const needed = kind === 'data' ? 'onData' : 'process';
  if (typeof (instance.object as unknown as Record<string, unknown>)[needed] !== 'function') {
    throw unavailable(`The implementation of ${start.className} has no method '${needed}'`);
  }
  if ('onPacket' in instance.object) {
    throw unavailable(
      `${start.className} has a method 'onPacket', but this version of Rivero gives modules no RTP packets`,
    );
  }
  port.on('message', (message: ToThread) => void answer(instance, options, message));
  setInterval(watchMemory, LOOK_MS).unref();
  say({ type: 'ready', options, takesData: instance.takesData });
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

function hasThrown(instance: Instance<Processor>, where: 'process' | 'onData', error: unknown): void {
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
