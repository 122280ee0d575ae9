import { FrameMeter, type GstElement, type GstPad, type GstStructure } from '@rivero/graph-engine';
import { Feed } from '../feed.js';
import { frameStatistics } from '../frame-statistics.js';
import { watchPictureSize } from '../picture-size.js';
import type { FrameStatistics, StreamKind } from '../protocol.js';
import { Segment } from '../segment.js';
import type { Step } from '../steps.js';
import type { Stream } from '../stream.js';
import { type Tap, Tee } from '../tee.js';
import { GraphElement } from './element.js';

/** Errors of the filter must not stop the source, which others use, too; a filter that is late skips pictures. */
const FENCE: Step = ['errorignore', { 'convert-to': 'ok' }];
const QUEUE: Readonly<Record<StreamKind, Step>> = {
  video: ['queue', { 'max-size-buffers': 2, 'max-size-bytes': 0, 'max-size-time': 0, leaky: 'downstream' }],
  audio: [
    'queue',
    { 'max-size-buffers': 0, 'max-size-bytes': 0, 'max-size-time': 500_000_000, leaky: 'downstream' },
  ],
};
const CONVERT: Readonly<Record<StreamKind, Step>> = { video: ['videoconvert'], audio: ['audioconvert'] };

const NOWHERE: Step = ['fakesink', { sync: false, async: false, 'enable-last-sample': false }];

/** One picture or sound in, one out. Input and output have the name of their kind: `video`, `audio`. */
export abstract class FilterElement extends GraphElement {
  #kind: StreamKind = 'video';
  #segment: Segment | undefined;
  #tee: Tee | undefined;
  #side: Tap | undefined;
  #meter: FrameMeter | undefined;
  #unwatch: (() => void) | undefined;
  #output: Stream | undefined;
  #feed: Feed | undefined;

  /** The chain between two converters. */
  protected abstract steps(params: Record<string, unknown>): readonly (Step | GstElement)[];

  protected kind(_params: Record<string, unknown>): StreamKind {
    return 'video';
  }

  /** The whole chain in its bin, once started. */
  protected get segment(): Segment {
    return this.#segment!;
  }

  /** It only looks: media goes past it, and what comes out of `steps` is thrown away. */
  protected get isPassive(): boolean {
    return false;
  }

  /** What late frames wait in, and are dropped from. */
  protected queue(kind: StreamKind): Step {
    return QUEUE[kind];
  }

  /** The first element of `steps`, once started. */
  protected get filter(): GstElement {
    return this.#segment!.elements[3]!;
  }

  /** The elements of `steps`, once started. */
  protected get chain(): readonly GstElement[] {
    return this.#segment!.elements.slice(3, -1);
  }

  /** What elements of the filter post on the bus, and the name of the one that did. */
  protected heard(_structure: GstStructure, _element: string): void {}

  /** The picture comes in this size from now on, pixels. */
  protected resized(_width: number, _height: number): void {}

  async start(params: Record<string, unknown>): Promise<unknown> {
    const { pipeline } = this.host;
    const kind = this.kind(params);
    this.#kind = kind;
    this.#segment = new Segment(pipeline, this.id, [
      FENCE,
      this.queue(kind),
      CONVERT[kind],
      ...this.steps(params),
      this.isPassive ? NOWHERE : CONVERT[kind],
    ]);
    const queue = this.#segment.elements[1]!;
    this.#meter = new FrameMeter(this.#segment.sink, queue.getStaticPad('src'), this.#end);
    const unmeter = this.host.meter(
      () => this.statistics()!,
      (figures) => this.host.emit('overloaded', { ...figures }),
    );
    const unwatch = this.host.watch(this.#segment, (message) => this.host.emit('error', { message }));
    const unlisten = this.host.listen(this.#segment, (structure, element) => this.heard(structure, element));
    const untell = watchPictureSize(this.#segment.sink, (width, height) => this.resized(width, height));
    this.#unwatch = () => {
      unmeter();
      this.#meter?.remove();
      unwatch();
      unlisten();
      untell();
    };
    this.#tee = new Tee(pipeline, `${this.id}-tee`);
    if (!this.isPassive) this.#segment.src.link(this.#tee.sink);
    await this.#tee.start();
    await this.#segment.start();
    if (this.isPassive) this.#side = this.#tee.tap(this.#segment.sink);
    this.#output = this.host.addStream(kind, kind, { raw: this.#tee });
    return null;
  }

  /** Where a frame comes out, done. */
  get #end(): GstPad {
    const segment = this.#segment!;
    return this.isPassive ? segment.elements.at(-1)!.getStaticPad('sink') : segment.src;
  }

  override statistics(): FrameStatistics | undefined {
    if (this.#meter === undefined || this.#segment === undefined) return undefined;
    const waiting = Number(this.#segment.elements[1]!.get('current-level-buffers'));
    return frameStatistics(this.#meter.read(), waiting, this.isPassive);
  }

  override async connect(input: string, stream: Stream): Promise<void> {
    if (input !== this.#kind) throw new Error(`a ${this.#kind} filter takes no ${input}`);
    await this.disconnect(input);
    const feed = new Feed(stream, 'raw', this.isPassive ? this.#tee!.sink : this.#segment!.sink);
    this.#feed = feed;
    await feed.opened;
    this.host.tellTaken(input, stream, feed.transcodes);
  }

  override async disconnect(_input: string): Promise<void> {
    const feed = this.#feed;
    this.#feed = undefined;
    await feed?.close();
  }

  async close(): Promise<void> {
    await this.disconnect(this.#kind);
    if (this.#output !== undefined)
      await this.host.removeStream(this.#output, 'the filter has been released');
    await this.#side?.close();
    await this.#segment?.stop();
    await this.#tee?.stop();
    this.#unwatch?.();
  }
}
