import type { GstElement, GstPad, GstPipeline, GstStructure } from '@rivero/graph-engine';
import type { Encoder } from './encoders.js';
import { FramePace } from './frame-pace.js';
import { KeyFrameThrottle } from './key-frame-throttle.js';
import { Segment } from './segment.js';
import type { Step } from './steps.js';
import type { LostListener, Use } from './stream.js';
import { type Tap, Tee } from './tee.js';

/** A bin whose errors somebody takes care of. */
export interface Watchable {
  readonly bin: { readonly name: string };
}

/** What branches need of the graph. */
export interface BranchHost {
  readonly pipeline: GstPipeline;
  /** Has errors of a segment told to `failed` instead of ending the graph, until the returned function is called. */
  watch(segment: Watchable, failed: (message: string) => void): () => void;
  /** Tells what elements of a segment post on the bus (GStreamer's element messages), until the returned function is called. */
  listen(segment: Watchable, listener: BusListener): () => void;
}

/** Gets what an element posted, and the element's name. */
export type BusListener = (structure: GstStructure, element: string) => void;

export interface BranchOptions {
  readonly steps: readonly Step[];
  readonly encoder?: Encoder;
  /** bit/s that its encoder begins with. */
  readonly bitrate?: number;
  /** Buffers that may wait for it; default: half a second of them. An encoder that is late should skip pictures. */
  readonly maxQueued?: number;
  /** What it works on. */
  upstream(): Promise<Use>;
  started?(): void;
}

/** ms between key frames that are asked of an encoder: each costs all viewers several times an ordinary frame. */
const KEY_FRAME_INTERVAL_MS = 300;

/** How often it is looked how many frames come, ms. */
const PACE_INTERVAL_MS = 250;

/** What may wait for a branch, ns. */
const MAX_QUEUED_NS = 500_000_000;
/** Until the first one has been taken, which may be a key frame: up to there a queue counts the time from 0, and would drop it for the second. */
const MAX_FIRST_BUFFERS = 100;

/** Frames between the threads of a source and of a branch; what is more is dropped, the oldest first. */
function queue(maxBuffers: number): Step {
  return [
    'queue',
    {
      'max-size-buffers': maxBuffers || MAX_FIRST_BUFFERS,
      'max-size-bytes': 0,
      'max-size-time': 0,
      leaky: 'downstream',
    },
  ];
}

/** From the first buffer on a queue is limited by time. */
function limitTime(queue: GstElement): void {
  queue
    .getStaticPad('src')
    .firstBuffer()
    .then(
      (time) => {
        if (time === undefined) return;
        queue.setAll({ 'max-size-buffers': 0, 'max-size-time': MAX_QUEUED_NS });
      },
      () => {},
    );
}
/** Flow errors of a branch must not reach the source that others use, too. */
const FENCE: Step = ['errorignore', { 'ignore-notnegotiated': true, 'convert-to': 'ok' }];

let branches = 0;

/** A decoder or encoder with the queue before it and the tee behind it: made for its first user, stopped after its last one. */
export class Branch {
  /** Resolves when it runs. */
  readonly ready: Promise<void>;
  /** Resolves when it has been stopped and is gone. */
  readonly stopped: Promise<void>;
  readonly #host: BranchHost;
  readonly #options: BranchOptions;
  readonly #name: string;
  readonly #users = new Set<{ lost: LostListener }>();
  #segment: Segment | undefined;
  #tee: Tee | undefined;
  #tap: Tap | undefined;
  #upstream: Use | undefined;
  #unwatch: (() => void) | undefined;
  #resolveStopped: () => void = () => {};
  /** bit/s that are wanted, and what the encoder was told, in its own units. */
  #bitrate: number;
  #told = 0;
  #pacing: NodeJS.Timeout | undefined;
  #factor = 1;
  readonly #keyFrames = new KeyFrameThrottle(KEY_FRAME_INTERVAL_MS, () => {
    this.#segment?.src.sendEvent({ type: 'force-key-unit' }).catch(() => {});
  });
  ended = false;

  constructor(host: BranchHost, name: string, options: BranchOptions) {
    this.#host = host;
    // One that ends may still be stopping when the next of its kind begins.
    this.#name = `${name}-${++branches}`;
    this.#options = options;
    this.#bitrate = options.bitrate ?? 0;
    this.stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
    this.ready = this.#start();
    this.ready.catch((error: unknown) => this.fail(String(error)));
  }

  /** Counts a user in. @returns what counts it out: the last one stops the branch */
  join(lost: LostListener): () => void {
    const user = { lost };
    this.#users.add(user);
    return () => {
      if (this.#users.delete(user) && this.#users.size === 0) this.#end();
    };
  }

  tap(sink: GstPad): Tap {
    return this.#tee!.tap(sink);
  }

  requestKeyFrame(): void {
    this.#keyFrames.request();
  }

  /** bit/s; encoders that can't change it keep theirs. */
  setBitrate(bitrate: number): void {
    this.#bitrate = bitrate;
    this.#tellBitrate();
  }

  #tellBitrate(): void {
    const { encoder } = this.#options;
    if (this.ended || this.#segment === undefined || encoder?.bitrate === undefined || this.#bitrate <= 0)
      return;
    const units = Math.max(1, Math.round((this.#bitrate * this.#factor) / encoder.bitrate.bitsPerUnit));
    if (units === this.#told) return;
    this.#told = units;
    this.#segment.element(encoder.factory).set(encoder.bitrate.property, units);
  }

  /** Keeps the bitrate of an encoder to what comes, where that reckons with frames of another rate. */
  #watchPace({ factory, nominalFrameRate }: Encoder, segment: Segment): void {
    if (nominalFrameRate === undefined) return;
    const pace = new FramePace(nominalFrameRate);
    const probe = segment.element(factory).getStaticPad('sink').probeBuffers();
    this.#pacing = setInterval(() => {
      if (!pace.update(probe.read().buffers, performance.now())) return;
      this.#factor = pace.factor;
      this.#tellBitrate();
    }, PACE_INTERVAL_MS);
  }

  /** It can't go on: tells the users. */
  fail(reason: string): void {
    if (this.ended) return;
    const users = [...this.#users];
    this.#end();
    for (const { lost } of users) lost(reason);
  }

  async #start(): Promise<void> {
    this.#upstream = await this.#options.upstream();
    if (this.ended) return;
    const segment = new Segment(this.#host.pipeline, this.#name, [
      FENCE,
      queue(this.#options.maxQueued ?? 0),
      ...this.#options.steps,
    ]);
    this.#segment = segment;
    if (!this.#options.maxQueued) limitTime(segment.element('queue'));
    this.#unwatch = this.#host.watch(segment, (message) => this.fail(message));
    this.#tee = new Tee(this.#host.pipeline, `${this.#name}-tee`);
    segment.src.link(this.#tee.sink);
    await this.#tee.start();
    await segment.start();
    if (this.ended) return;
    if (this.#options.encoder !== undefined) this.#watchPace(this.#options.encoder, segment);
    this.#tap = this.#upstream.tap(segment.sink);
    this.#options.started?.();
  }

  #end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#keyFrames.close();
    clearInterval(this.#pacing);
    this.#stop().then(this.#resolveStopped, this.#resolveStopped);
  }

  async #stop(): Promise<void> {
    await this.ready.catch(() => {});
    await this.#tap?.close();
    await this.#segment?.stop();
    await this.#tee?.stop();
    this.#unwatch?.();
    this.#upstream?.release();
  }
}
