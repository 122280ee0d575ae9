import type { AppSink, AppSource, Sample } from '@rivero/graph-engine';
import type { BranchHost } from './branch.js';
import { Feed } from './feed.js';
import { Segment } from './segment.js';
import type { Step } from './steps.js';
import { Stream } from './stream.js';
import { Tee } from './tee.js';

/** How long before its time a frame is there, ns: what JavaScript may be late. */
const AHEAD = 40_000_000;
/** From there on its times are taken anew, ns. */
const MAX_DRIFT = 500_000_000;

const IN: readonly Step[] = [
  ['errorignore', { 'convert-to': 'ok' }],
  ['appsink', { sync: false, async: false, 'enable-last-sample': false }],
];
const OUT: readonly Step[] = [['appsrc', { 'is-live': true, format: 'time', 'max-bytes': 0 }]];

/**
 * What closes a circle of elements, such as two mixers that get each other's picture: a raw stream, taken out of the graph and put back.
 * Frames alone pass it: questions and events of GStreamer would go round for ever. What comes out is new media, as late as it comes.
 */
export class Feedback {
  /** The same stream, for whoever may be before it. */
  readonly stream: Stream;
  readonly #host: BranchHost;
  readonly #from: Stream;
  readonly #tee: Tee;
  readonly #in: Segment;
  readonly #out: Segment;
  #feed: Feed | undefined;
  #caps = '';
  #shift: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(host: BranchHost, from: Stream) {
    this.#host = host;
    this.#from = from;
    const name = `feedback-${from.id}`;
    this.#tee = new Tee(host.pipeline, `${name}-tee`);
    this.stream = new Stream(host, from.id, from.kind, { raw: this.#tee });
    this.#in = new Segment(host.pipeline, `${name}-in`, IN);
    this.#out = new Segment(host.pipeline, `${name}-out`, OUT);
    this.#out.src.link(this.#tee.sink);
    (this.#in.element('appsink') as AppSink).onSample((sample) => this.#pass(sample));
  }

  /** Resolves when frames can flow. */
  async start(): Promise<void> {
    await this.#tee.start();
    await this.#out.start();
    await this.#in.start();
    this.#feed = new Feed(this.#from, 'raw', this.#in.sink, (reason) => void this.stream.close(reason));
    await this.#feed.opened;
  }

  #pass(sample: Sample): void {
    const { caps, time, duration } = sample;
    const now = this.#host.pipeline.runningTime;
    if (this.#closed === undefined && time !== undefined && now !== undefined) {
      const source = this.#out.element('appsrc') as AppSource;
      if (caps !== this.#caps) source.set('caps', caps);
      this.#caps = caps;
      const wanted = now + AHEAD;
      if (this.#shift === undefined || Math.abs(wanted - time - this.#shift) > MAX_DRIFT)
        this.#shift = wanted - time;
      source.push(sample.data.slice(), time + this.#shift, duration);
    }
    sample.release();
  }

  /** Nobody may use its stream any more. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#feed?.close();
    await this.stream.close('the circle has been opened');
    await this.#in.stop();
    await this.#out.stop();
    await this.#tee.stop();
  }
}
