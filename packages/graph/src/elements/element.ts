import type { ProblemMessage } from '@rivero/graph-engine';
import type { BranchHost } from '../branch.js';
import type { FrameStatistics, StreamKind } from '../protocol.js';
import type { Stream, StreamSource } from '../stream.js';

/** What an element may use of the graph. */
export interface ElementHost extends BranchHost {
  /** Sends an event to the element's other half in the worker. */
  emit(type: string, data?: Record<string, unknown>): void;
  /** Tells the worker that an input of the element has got a stream, or lets go of it, and whether it is decoded or encoded for that. */
  tellTaken(input: string, stream: Stream | undefined, transcodes: boolean): void;
  /** Gives out a stream under a name of the element's own; the worker hears of it, and of when it flows. */
  addStream(name: string, kind: StreamKind, source: StreamSource): Stream;
  /** Media of a stream is there, though it is held back until those who want it are ready: they get ready when they hear of it. */
  announce(stream: Stream): void;
  /** Ends a stream; resolves when all that stood on it has stopped. */
  removeStream(stream: Stream, reason: string): Promise<void>;
  /**
   * Looks now and then whether an element keeps up, until the returned function is called.
   * @param overloaded called when it begins to drop frames because it is too slow, and not again before it has recovered
   */
  meter(read: () => FrameStatistics, overloaded: (figures: FrameStatistics) => void): () => void;
}

/**
 * One element of the graph: player, recorder, mixer, filter. A class of its own per file in this folder, registered in
 * index.ts. The methods that the worker calls by `invoke` are in `methods`.
 */
export abstract class GraphElement {
  constructor(
    protected readonly host: ElementHost,
    readonly id: string,
  ) {}

  /** Makes what it needs; the result goes to the worker. Called once. What it throws refuses the element; `close` follows. */
  abstract start(params: Record<string, unknown>): Promise<unknown> | unknown;

  /** It gives out media at its own pace, whatever it gets, as mixers do. */
  readonly isPaced: boolean = false;

  /** What the worker may call. */
  readonly methods: Readonly<Record<string, (params: Record<string, unknown>) => unknown>> = {};

  /** Takes a stream at an input, in place of what it had there. @throws Error for unknown inputs */
  connect(input: string, stream: Stream): Promise<void> | void {
    throw new Error(`${this.id} takes no stream at '${input}' (${stream.id})`);
  }

  /** Lets go of what is connected to an input; nothing is no error. */
  disconnect(_input: string): Promise<void> | void {}

  /** What it does with frames, for elements that work on each; undefined before it has started. */
  statistics(): FrameStatistics | undefined {
    return undefined;
  }

  /** Stops everything and ends its streams. */
  abstract close(): Promise<void>;
}

/** What a GraphElement class looks like to the table. */
export type GraphElementClass = new (host: ElementHost, id: string) => GraphElement;

/** GStreamer's text for an error message, for people. */
export function problemText({ message, debug }: Pick<ProblemMessage, 'message' | 'debug'>): string {
  const where = debug.split('\n').at(-1) ?? '';
  return where === '' ? message : `${message} (${where})`;
}
