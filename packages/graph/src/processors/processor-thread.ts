import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type ErrorType, KurentoError } from '@rivero/api';
import type { GateFigures } from '@rivero/graph-engine';
import type { CarriedData, ElementStart } from '@rivero/module/host';
import type { PacketCodecRequest, PacketsRequest } from '../protocol.js';
import type { CarriedError, FromThread, ProcessorOptions, ThreadStart, ToThread } from './messages.js';
import { PacketFigures } from './packet-figures.js';

const DEFAULT_MEGABYTES = 256;
/** How long a thread may take to load its module and to make the instance, ms. */
const LOAD_MS = 15_000;
/** How long `close` of the instance may take, ms. */
const CLOSE_MS = 1000;
const LOOK_MS = 200;
const MICROS = 1000;

/** What a thread waits behind, see FrameGate. */
interface Gate {
  readonly id: number;
  read(): GateFigures;
  close(): void;
}

/** What the start of a processor has found out about it. */
export interface ProcessorInfo {
  readonly options: ProcessorOptions;
  /** Whether the instance has `onData`, and is a PacketProcessor that has `onPacket`. */
  readonly takesData: boolean;
  readonly takesPackets: boolean;
}

export interface ThreadListener {
  /** What the instance tells the worker. */
  told(event: string, data: Record<string, unknown>): void;
  /** `process`, `onData` or `onPacket` has thrown; it goes on. */
  threw(message: string): void;
  /** The thread has ended, or is being ended, for this reason. Once, and not after `close`. */
  ended(message: string): void;
}

interface Call {
  readonly since: number;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** A processor of a module in a thread of its own, watched: one that hangs, fails or takes too much memory is ended. */
export class ProcessorThread {
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  readonly #timer: NodeJS.Timeout;
  readonly #begin = performance.now();
  readonly #closed = new Deferred<void>();
  readonly #ready = new Deferred<ProcessorInfo>();
  /** What it does with packets. */
  readonly packets = new PacketFigures();
  readonly #className: string;
  #options: ProcessorOptions | undefined;
  #gate: Gate | undefined;
  #numbers = 0;
  #end: KurentoError | undefined;

  constructor(
    id: string,
    start: ElementStart,
    private readonly listener: ThreadListener,
  ) {
    this.#className = start.className;
    this.#ready.promise.catch(() => {});
    this.#worker = new Worker(fileURLToPath(new URL('./runner.js', import.meta.url)), {
      name: id,
      workerData: {
        id,
        start: { ...start, memoryMegabytes: start.memoryMegabytes ?? DEFAULT_MEGABYTES },
        figures: this.packets.buffer,
      } satisfies ThreadStart,
      resourceLimits: {
        maxOldGenerationSizeMb: start.memoryMegabytes ?? DEFAULT_MEGABYTES,
        maxYoungGenerationSizeMb: 16,
        stackSizeMb: 4,
      },
    });
    this.#worker.on('message', (message: FromThread) => this.#heard(message));
    this.#worker.on('messageerror', (error) => this.#fail(error.message));
    this.#worker.on('error', (error: Error & { code?: string }) =>
      this.#fail(
        error.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? 'has used up its memory'
          : `has failed: ${error instanceof Error ? error.message : String(error)}`,
      ),
    );
    this.#worker.on('exit', () => {
      this.#closed.resolve();
      this.#fail(
        this.#options === undefined
          ? 'has ended its thread while it was loaded: its file calls process.exit, or awaits what never comes'
          : 'has ended its thread',
      );
    });
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** Resolves when the instance is made; rejects with the KurentoError for which it can't be. */
  get ready(): Promise<ProcessorInfo> {
    return this.#ready.promise;
  }

  /** Has it take the frames of a gate, which is closed when the thread ends. */
  async attach(gate: Gate): Promise<void> {
    this.#gate = gate;
    await this.#ask((number) => ({ type: 'attach', number, gate: gate.id }));
  }

  /** Calls a declared method, or reads or writes a declared property. Rejects with a KurentoError. */
  call(what: 'call' | 'get' | 'set', name: string, value: unknown): Promise<unknown> {
    return this.#ask((number) => ({ type: 'call', number, what, name, value }));
  }

  /** Has it take packets. */
  openPackets(request: PacketsRequest): Promise<unknown> {
    return this.#ask((number) => ({ type: 'openPackets', number, request }));
  }

  packetCodec(request: PacketCodecRequest): Promise<unknown> {
    return this.#ask((number) => ({ type: 'packetCodec', number, request }));
  }

  /** Hands over a message; settles when the instance is done with it. */
  data(message: CarriedData): Promise<unknown> {
    return this.#ask((number) => ({ type: 'data', number, message }));
  }

  #ask(message: (number: number) => ToThread): Promise<unknown> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const number = ++this.#numbers;
    return new Promise((resolve, reject) => {
      this.#calls.set(number, { since: performance.now(), resolve, reject });
      this.#worker.postMessage(message(number));
    });
  }

  #heard(message: FromThread): void {
    if (this.#end !== undefined && message.type !== 'closed') return;
    switch (message.type) {
      case 'ready':
        this.#options = message.options;
        this.#ready.resolve(message);
        break;
      case 'refused':
        this.#ready.reject(errorOf(message.error));
        break;
      case 'answer': {
        const call = this.#calls.get(message.number);
        this.#calls.delete(message.number);
        if (message.error === undefined) call?.resolve(message.result);
        else call?.reject(errorOf(message.error));
        break;
      }
      case 'tell':
        this.listener.told(message.event, message.data);
        break;
      case 'threw':
        this.listener.threw(message.message);
        break;
      case 'failed':
        this.#fail(message.message);
        break;
      case 'closed':
        this.#closed.resolve();
    }
  }

  #look(): void {
    if (this.#options === undefined) {
      if (performance.now() - this.#begin > LOAD_MS) this.#fail(`has not loaded within ${LOAD_MS} ms`);
      return;
    }
    const { timeLimit } = this.#options;
    const [oldest] = this.#calls.values();
    const waited = Math.max(
      (this.#gate?.read().waitingMicros ?? 0) / MICROS,
      this.packets.read().waitingMicros / MICROS,
      oldest === undefined ? 0 : performance.now() - oldest.since,
    );
    if (waited > timeLimit) this.#fail(`hangs: it has taken more than ${timeLimit} ms`);
  }

  /** Ends the thread for a reason. Nobody waits for it from then on. */
  #fail(reason: string): void {
    if (this.#end !== undefined) return;
    this.#stop(reason);
    this.#ready.reject(this.#end);
    this.listener.ended(`${this.#className} ${reason}`);
  }

  #stop(reason: string): void {
    this.#end = new KurentoError('UNEXPECTED_ERROR', `${this.#className} ${reason}`);
    clearInterval(this.#timer);
    this.#gate?.close();
    for (const { reject } of this.#calls.values()) reject(this.#end);
    this.#calls.clear();
    void this.#worker.terminate();
  }

  /** Lets the instance close itself, for a short while, and ends the thread. Never rejects. Idempotent. */
  async close(): Promise<void> {
    if (this.#end !== undefined) return;
    this.#end = new KurentoError('UNEXPECTED_ERROR', `${this.#className} is released`);
    this.#gate?.close();
    this.#worker.postMessage({ type: 'close' } satisfies ToThread);
    const timer = setTimeout(() => this.#closed.resolve(), CLOSE_MS);
    await this.#closed.promise;
    clearTimeout(timer);
    this.#stop('is released');
  }
}

/** A promise that is settled from outside. */
class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

function errorOf({ type, code, message }: CarriedError): KurentoError {
  return new KurentoError(type as ErrorType, message, { code });
}
