import type { GstElement, GstPad } from '@rivero/graph-engine';
import type { BranchHost } from '../branch.js';
import { Feed } from '../feed.js';
import { Segment } from '../segment.js';
import type { Step } from '../steps.js';
import type { Stream } from '../stream.js';

/** Errors of one input must not stop its source, which others use, too. */
const FENCE: Step = ['errorignore', { 'convert-to': 'ok' }];

/** One raw input of a mixing element: a chain and the mixer's pad behind it, made when a stream comes, gone with it. */
export class MixerInput {
  readonly #host: BranchHost;
  readonly #name: string;
  readonly #steps: readonly Step[];
  readonly #link: (src: GstPad) => () => void;
  readonly #ended: () => void;
  #change: Promise<void> = Promise.resolve();
  #changes = 0;
  #segment: Segment | undefined;
  #unlink: (() => void) | undefined;
  #unwatch: (() => void) | undefined;
  #feed: Feed | undefined;

  /**
   * @param link joins the end of the chain to the mixer; what it returns takes it off again, when nothing flows any more
   * @param ended the stream has ended or failed by itself
   */
  constructor(
    host: BranchHost,
    name: string,
    steps: readonly Step[],
    link: (src: GstPad) => () => void,
    ended: () => void = () => {},
  ) {
    this.#host = host;
    this.#name = name;
    this.#steps = steps;
    this.#link = link;
    this.#ended = ended;
  }

  /** Whether what it has is decoded for it. */
  get transcodes(): boolean {
    return this.#feed?.transcodes ?? false;
  }

  get connected(): boolean {
    return this.#feed !== undefined;
  }

  /** Takes another stream, or none, in place of what it has. Calls take effect one after the other. */
  setStream(stream: Stream | undefined): Promise<void> {
    const turn = ++this.#changes;
    const change = this.#change.then(() => this.#set(stream, turn));
    this.#change = change.catch(() => {});
    return change;
  }

  async #set(stream: Stream | undefined, turn: number): Promise<void> {
    await this.#feed?.close();
    this.#feed = undefined;
    await this.#segment?.stop();
    this.#segment = undefined;
    this.#unlink?.();
    this.#unlink = undefined;
    this.#unwatch?.();
    this.#unwatch = undefined;
    if (stream === undefined) return;
    const segment = new Segment(this.#host.pipeline, this.#name, [FENCE, ...this.#steps]);
    this.#segment = segment;
    const lost = (): void => {
      // What comes in its place waits already.
      if (turn !== this.#changes) return;
      this.setStream(undefined).then(this.#ended, this.#ended);
    };
    this.#unwatch = this.#host.watch(segment, lost);
    this.#unlink = this.#link(segment.src);
    // A decoder that begins may give pictures without a time, and one of them ends a mixer for all its inputs.
    segment.sink.probeBuffers().setDrop('untimed');
    await segment.start();
    this.#feed = new Feed(stream, 'raw', segment.sink, lost);
    await this.#feed.opened;
  }
}

/** Asks a mixer for a pad and links it; the returned function gives the pad back. */
export function linkToMixer(mixer: GstElement, src: GstPad, configure: (pad: GstPad) => void): () => void {
  const pad = mixer.requestPad('sink_%u');
  configure(pad);
  src.link(pad);
  return () => {
    src.unlink();
    mixer.releasePad(pad);
  };
}
