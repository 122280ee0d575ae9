import { PACKET_HEADROOM, PACKET_SLOT_SIZE, PACKET_SLOTS, PacketPort } from '@rivero/graph-engine';
import type { NewRtpPacket, RtpPacket } from '@rivero/module';
import { type KeyFrameDetector, keyFrameDetector } from '@rivero/rtp';
import type { PacketCodecRequest, PacketsRequest, StreamKind } from '../protocol.js';
import { Allowance } from './allowance.js';
import { readKeyFrameMark, writeKeyFrameMark } from './key-frame-mark.js';
import type { PacketOptions } from './messages.js';
import { type PacketFigures, sharedNow } from './packet-figures.js';
import { PacketNumbering } from './packet-numbering.js';
import { checkPayload, headerLength, PacketView, writeHeader } from './packet-view.js';

/** What has waited for longer is dropped, ms: a call is better off with a loss than with a delay. */
const MAX_WAIT_MS = 200;
/** Packets that an element may send in a second. */
const MAX_SENT = 20_000;
/** Key frames are asked for no more often, ms. */
const KEY_FRAME_REQUEST_MS = 100;

export interface PacketHooks {
  onPacket(packet: RtpPacket): unknown;
  wentWell(): void;
  threw(error: unknown): void;
  /** It can't go on. */
  failed(reason: string): void;
  requestKeyFrame(): void;
}

interface OpenStream {
  readonly kind: StreamKind;
  readonly ssrc: number;
  readonly output: number;
  readonly numbering: PacketNumbering;
  /** Of the newest packet that went out; -1 before the first. */
  payloadType: number;
  timestamp: number;
}

interface KnownCodec {
  readonly name: string;
  readonly clockRate: number;
  readonly isKeyFrame: KeyFrameDetector | undefined;
}

/** Takes RTP packets in the thread of a PacketProcessor, has the implementation work on them, and sends them on. */
export class PacketRunner {
  readonly #options: PacketOptions;
  readonly #figures: PacketFigures;
  readonly #hooks: PacketHooks;
  readonly #port = new PacketPort(() => this.#wake());
  readonly #view = new PacketView(this.#port.memory);
  readonly #codecs = new Map<number, KnownCodec>();
  readonly #sendable = new Allowance(MAX_SENT, 1000);
  readonly #keyFrames = new Allowance(1, KEY_FRAME_REQUEST_MS);
  #streams: OpenStream[] = [];
  /** Of the present batch: how many packets, the next one, and when it was received. */
  #count = 0;
  #index = 0;
  #receivedAt = 0;
  #present: OpenStream | undefined;
  #begun = 0;
  #isRunning = false;
  #drops = 0;
  #spare = 0;

  constructor(options: PacketOptions, figures: PacketFigures, hooks: PacketHooks) {
    this.#options = options;
    this.#figures = figures;
    this.#hooks = hooks;
  }

  /** Begins to take packets. @returns the port that they are to be sent to */
  open({ port, streams }: PacketsRequest): { port: number } {
    this.#streams = streams.map(({ kind, input, output }) => ({
      kind,
      ssrc: input >>> 0,
      output: output >>> 0,
      numbering: new PacketNumbering(),
      payloadType: -1,
      timestamp: 0,
    }));
    this.#port.connect(port);
    this.#port.wait();
    return { port: this.#port.port };
  }

  /** What a payload type stands for from now on. */
  setCodec({ payloadType, name, clockRate }: PacketCodecRequest): void {
    this.#codecs.set(payloadType, { name, clockRate, isKeyFrame: keyFrameDetector(name) });
  }

  #wake(): void {
    this.#safely(() => {
      this.#count = this.#port.receive();
      this.#index = 0;
      this.#receivedAt = sharedNow();
      const lost = this.#port.drops - this.#drops;
      this.#drops += lost;
      this.#figures.came(this.#count + lost);
      if (lost > 0) this.#hasDropped(lost, 'video');
      this.#go();
    });
  }

  /** Works on what is left of the batch; goes on later where the implementation takes its time. */
  #go(): void {
    this.#isRunning = true;
    while (this.#index < this.#count) {
      const result = this.#take(this.#index++);
      if (!(result instanceof Promise)) continue;
      this.#isRunning = false;
      this.#port.flush();
      result.then(() => this.#safely(() => this.#go()));
      return;
    }
    this.#isRunning = false;
    this.#port.flush();
    // Not before others had their turn: calls, messages and timers of the implementation.
    this.#port.wait();
  }

  /** Of what is wrong with the memory there is no way on. */
  #safely(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#hooks.failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** @returns a promise that settles when the packet is through, where it is not yet */
  #take(index: number): Promise<void> | undefined {
    const { memory } = this.#port;
    const begin = this.#port.begin(index);
    const length = this.#port.length(index);
    const header = headerLength(memory, begin, length);
    if (header === 0) return this.#notRtp();
    const stream = this.#streamOf(memory, begin);
    const codec = this.#codecs.get(memory[begin + 1]! & 0x7f);
    if (stream === undefined || codec === undefined) return this.#notRtp();
    const age = this.#port.age(index);
    if (age + sharedNow() - this.#receivedAt > MAX_WAIT_MS) {
      // Its number stays free: to receivers it is a packet that was lost.
      this.#hasDropped(1, stream.kind);
      return undefined;
    }
    if (!stream.numbering.take((memory[begin + 2]! << 8) | memory[begin + 3]!)) return undefined;
    const view = this.#view;
    view.set(begin, length, header, stream, codec, this.#receivedAt - age);
    if (stream.kind === 'video') {
      const mark = readKeyFrameMark(memory, begin, length);
      view.keyFrame =
        mark >= 0 ? mark === 1 : codec.isKeyFrame?.(memory, begin + header, view.payload.byteLength) === true;
    } else view.keyFrame = false;
    this.#present = stream;
    this.#begun = this.#figures.begin();
    let result: unknown;
    try {
      result = this.#hooks.onPacket(view);
    } catch (error) {
      this.#threw(error);
      return undefined;
    }
    if (!isPromise(result)) {
      this.#settle(result !== false, true);
      return undefined;
    }
    return Promise.resolve(result).then(
      (answer) => this.#settle(answer !== false, true),
      (error: unknown) => this.#threw(error),
    );
  }

  /** Reports come the same way; they are not counted. */
  #notRtp(): undefined {
    this.#figures.came(-1);
    return undefined;
  }

  #hasDropped(packets: number, kind: StreamKind): void {
    this.#figures.dropped(packets);
    if (!this.#options.passive && kind === 'video') this.requestKeyFrame();
  }

  #threw(error: unknown): void {
    this.#settle(this.#options.whenBroken === 'pass', false);
    this.#hooks.threw(error ?? new Error('nothing'));
  }

  /** The implementation is done with the present packet. */
  #settle(keep: boolean, well: boolean): void {
    this.#figures.end(this.#begun);
    const stream = this.#present!;
    this.#present = undefined;
    if (!this.#options.passive) {
      if (keep) this.#forward(stream);
      else this.#leaveOut(stream);
    }
    this.#view.withdraw();
    if (well) this.#hooks.wentWell();
  }

  #forward(stream: OpenStream): void {
    const view = this.#view;
    const length = view.write(stream.numbering.send(), stream.output);
    stream.payloadType = view.payloadType;
    stream.timestamp = view.timestamp;
    this.#queue(view.begin, length, view.header, view.keyFrame);
  }

  #leaveOut(stream: OpenStream): void {
    const number = stream.numbering.leaveOut();
    if (number < 0) return;
    const view = this.#view;
    const { begin, header } = view;
    writeHeader(this.#port.memory, begin, view.payloadType, false, number, view.timestamp, stream.output);
    this.#queue(begin, header, header, false);
  }

  #queue(begin: number, length: number, header: number, keyFrame: boolean): void {
    const { memory } = this.#port;
    const from = this.#options.opaque ? writeKeyFrameMark(memory, begin, length, header, keyFrame) : begin;
    this.#port.queue(from, length + begin - from);
    this.#figures.wentOut();
  }

  /** See PacketProcessor. @throws TypeError, RangeError */
  send({ kind, payload, timestamp, marker = false, keyFrame = false }: NewRtpPacket): boolean {
    checkPayload(payload);
    if (timestamp !== undefined && typeof timestamp !== 'number')
      throw new TypeError('the timestamp of a packet should be a number');
    const stream = this.#streams.find((each) => each.kind === kind);
    if (stream === undefined || stream.payloadType < 0 || this.#options.passive) return false;
    if (!this.#sendable.take(performance.now())) return false;
    const number = stream.numbering.insert();
    const begin = (PACKET_SLOTS + this.#spare) * PACKET_SLOT_SIZE + PACKET_HEADROOM;
    const { memory } = this.#port;
    memory[begin] = 0x80;
    const time = (timestamp ?? stream.timestamp) >>> 0;
    writeHeader(memory, begin, stream.payloadType, marker, number, time, stream.output);
    memory.set(payload, begin + 12);
    this.#queue(begin, 12 + payload.byteLength, 12, keyFrame);
    this.#spare = (this.#spare + 1) % this.#port.spareSlots;
    // The place is needed again, or nobody else sends it.
    if (this.#spare === 0 || !this.#isRunning) this.#port.flush();
    return true;
  }

  requestKeyFrame(): void {
    if (this.#keyFrames.take(performance.now())) this.#hooks.requestKeyFrame();
  }

  #streamOf(memory: Uint8Array, begin: number): OpenStream | undefined {
    const ssrc =
      ((memory[begin + 8]! << 24) |
        (memory[begin + 9]! << 16) |
        (memory[begin + 10]! << 8) |
        memory[begin + 11]!) >>>
      0;
    for (const stream of this.#streams) if (stream.ssrc === ssrc) return stream;
    return undefined;
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
