import { KurentoError } from '@rivero/api';
import type { EncodeDemand, FrameStatistics, StreamCodec } from '@rivero/graph/protocol';
import type { CodecFormat } from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { ProcessingContext } from './context.js';
import { type GraphClient, GraphEndedError } from './graph-client.js';
import { GraphInput } from './graph-input.js';
import { GraphOrigin } from './graph-origin.js';
import { PacketPath, type PacketPathHost, type PacketPathOptions } from './packet-path.js';
import { type BitrateWishes, Variant } from './variant.js';
import { WeakReceivers } from './weak-receivers.js';

/** What an element of the graph tells its other half in the worker. */
export interface GraphElementListener {
  graphInputTaken(input: string, stream: string | undefined, transcodes: boolean): void;
  graphEvent(type: string, data: Record<string, unknown>): void;
  /** A stream of it is there, flows, or has changed or gone (`origin` undefined). `name` as the element gave it. */
  graphStream(name: string, origin: GraphOrigin | undefined): void;
  /** The graph process has died, and what the element did with it. */
  graphLost(): void;
}

/** Whoever stands on a stream of the graph. */
export interface StreamUse {
  /** Id of the stream in the graph. */
  readonly stream: string;
  release(): void;
}

export interface VariantRequest {
  readonly origin: ReceiveTrack | GraphOrigin;
  readonly format: CodecFormat;
  /** Undefined: the stream as it is encoded. */
  readonly encode: EncodeDemand | undefined;
  readonly bitrate: BitrateWishes;
}

export interface VariantUse {
  readonly track: ReceiveTrack;
  /** Idempotent. */
  release(): void;
}

/** A graph that dies more often within this time is not started again by itself. */
const MAX_RESTARTS = 5;
const RESTARTS_WITHIN_MS = 60_000;

let trackNumbers = 0;
const numberOfTrack = new WeakMap<ReceiveTrack, number>();

/**
 * The processing of one pipeline: its graph process, started with the first need, and everything that goes in and out. When the
 * process dies a fresh one takes over inputs and variants; elements are told.
 */
export class PipelineGraph {
  readonly #context: ProcessingContext;
  readonly #inputs = new Map<string, GraphInput>();
  readonly #variants = new Map<string, { variant: Variant; failed: Set<(error: Error) => void> }>();
  readonly #elements = new Map<string, GraphElementListener>();
  /** Elements that the present process has been told to make: after its predecessor's death they are made anew one after the other. */
  readonly #made = new Set<string>();
  readonly #origins = new Map<string, GraphOrigin>();
  readonly #weak = new Map<string, WeakReceivers>();
  readonly #deaths: number[] = [];
  #client: GraphClient | undefined;
  #ids = 0;
  #closed = false;

  constructor(context: ProcessingContext) {
    this.#context = context;
  }

  /** The graph process, if it runs. */
  get client(): GraphClient | undefined {
    return this.#client;
  }

  /** @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE where GStreamer is missing */
  requireAvailable(): void {
    const { unavailable } = this;
    if (unavailable !== undefined) throw unavailable;
  }

  /** Why nothing can be processed on this machine. */
  get unavailable(): KurentoError | undefined {
    return this.#context.pool.unavailable;
  }

  /** The process, started when there is none. @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE */
  #start(): GraphClient {
    if (this.#client !== undefined) return this.#client;
    this.requireAvailable();
    const since = this.#context.scheduler.now() - RESTARTS_WITHIN_MS;
    if (this.#deaths.length > MAX_RESTARTS && this.#deaths[0]! > since) {
      throw new KurentoError(
        'UNEXPECTED_ERROR',
        'The graph process keeps dying: it is given up for a minute',
      );
    }
    const client = this.#context.pool.take();
    this.#client = client;
    client.on('keyFrameRequest', ({ input }) => this.#inputs.get(input)?.requestKeyFrame());
    client.on('elementEvent', ({ element, type, data }) =>
      this.#elements.get(element)?.graphEvent(type, data),
    );
    client.on('inputTaken', ({ element, input, stream, transcodes }) =>
      this.#elements.get(element)?.graphInputTaken(input, stream, transcodes),
    );
    client.on('streamAdded', ({ stream, kind, codec }) => this.#streamAdded(stream, kind, codec));
    client.on('streamFlowing', ({ stream, flowing }) => {
      const origin = this.#origins.get(stream);
      if (origin === undefined) return;
      origin.flowing = flowing;
      this.#tellStream(stream, origin);
    });
    client.on('streamRemoved', ({ stream }) => {
      this.#origins.delete(stream);
      this.#tellStream(stream, undefined);
    });
    client.on('outputFailed', ({ output, message }) => {
      this.#variantFailed(output, new KurentoError('UNEXPECTED_ERROR', `Encoding failed: ${message}`));
    });
    client.on('inputFailed', ({ input, message }) => this.#inputFailed(input, message));
    client.ready.catch((error: Error) => this.#startFailed(client, error));
    void client.ended.then(() => this.#lost(client));
    return client;
  }

  #streamAdded(stream: string, kind: MediaKind, codec: StreamCodec | undefined): void {
    const origin = new GraphOrigin(this, stream, kind);
    if (codec !== undefined) {
      const { name, clockRate, channels, parameters } = codec;
      origin.codec = { name, clockRate, channels, fmtp: new Map(Object.entries(parameters)) };
    }
    this.#origins.set(stream, origin);
    this.#tellStream(stream, origin);
  }

  #tellStream(stream: string, origin: GraphOrigin | undefined): void {
    const slash = stream.lastIndexOf('/');
    this.#elements.get(stream.slice(0, slash))?.graphStream(stream.slice(slash + 1), origin);
  }

  /** A stream of the graph that gives what the track receives: one input for all who stand on it. */
  useTrack(origin: ReceiveTrack, codec: CodecFormat): StreamUse {
    const client = this.#start();
    const key = `${numberOf(origin)}-${codec.name.toLowerCase()}`;
    let input = this.#inputs.get(key);
    if (input === undefined) {
      input = new GraphInput(this.#context, key, origin, codec);
      this.#inputs.set(key, input);
      input.open(client);
    }
    const used = input;
    used.users++;
    let released = false;
    return {
      stream: key,
      release: () => {
        if (released) return;
        released = true;
        if (--used.users > 0) return;
        if (this.#inputs.get(key) === used) this.#inputs.delete(key);
        used.close();
      },
    };
  }

  /**
   * An origin in another form, shared by all who want the same.
   * @param failed the graph can't make it; release the use then
   * @throws KurentoError MEDIA_OBJECT_NOT_AVAILABLE; EngineError when the packet engine is full
   */
  useVariant(request: VariantRequest, failed: (error: Error) => void): VariantUse {
    const client = this.#start();
    const { origin, format, encode, bitrate } = request;
    const source =
      origin instanceof GraphOrigin
        ? `${origin.stream}`
        : `${numberOf(origin)}-${origin.codec?.name.toLowerCase()}`;
    const key = JSON.stringify([source, format.name.toLowerCase(), encode ?? null, bitrate]);
    let entry = this.#variants.get(key);
    if (entry === undefined) {
      const use =
        origin instanceof GraphOrigin
          ? { stream: origin.stream, release: () => {} }
          : this.useTrack(origin, origin.codec!);
      const listeners = new Set<(error: Error) => void>();
      let variant: Variant;
      try {
        const id = `v${++this.#ids}`;
        variant = new Variant(this.#context, {
          id,
          kind: origin.kind,
          stream: use.stream,
          format,
          encode,
          bitrate,
          failed: (error) => this.#variantFailed(id, error),
          unused: () => {
            this.#variants.delete(key);
            this.#ids_.delete(id);
            variant.close();
            use.release();
          },
        });
        this.#ids_.set(id, key);
      } catch (error) {
        use.release();
        throw error;
      }
      entry = { variant, failed: listeners };
      this.#variants.set(key, entry);
      variant.open(client);
    }
    const { variant, failed: listeners } = entry;
    const listener = (error: Error): void => failed(error);
    listeners.add(listener);
    const leave = variant.join();
    return {
      track: variant.track,
      release: () => {
        listeners.delete(listener);
        leave();
      },
    };
  }

  /** The receivers of one source in one form. @param key tells them apart */
  weakReceivers(key: string): WeakReceivers {
    let group = this.#weak.get(key);
    if (group === undefined) {
      const { scheduler, smallEncodings } = this.#context;
      group = new WeakReceivers(scheduler, smallEncodings, () => this.#weak.delete(key));
      this.#weak.set(key, group);
    }
    return group;
  }

  /** Keys of variants by their ids. */
  readonly #ids_ = new Map<string, string>();

  #variantFailed(id: string, error: Error): void {
    const entry = this.#variants.get(this.#ids_.get(id) ?? '');
    for (const failed of [...(entry?.failed ?? [])]) failed(error);
  }

  #inputFailed(id: string, message: string): void {
    const input = this.#inputs.get(id);
    if (input === undefined) return;
    for (const [key, { variant }] of [...this.#variants]) {
      if (variant.stream !== id) continue;
      const error = new KurentoError('UNEXPECTED_ERROR', `Decoding failed: ${message}`);
      for (const failed of [...(this.#variants.get(key)?.failed ?? [])]) failed(error);
    }
  }

  /** Key frames of all that is made of an origin. */
  requestKeyFrames(origin: GraphOrigin): void {
    for (const { variant } of this.#variants.values()) {
      if (variant.stream === origin.stream) variant.track.requestKeyFrame();
    }
  }

  /** The way of packets to an element's thread and back. @throws EngineError when the packet engine is full */
  packetPath(host: PacketPathHost, options: PacketPathOptions): PacketPath {
    return new PacketPath(this.#context, this, host, options);
  }

  /** Makes an element in the graph. Rejects with the KurentoError of the graph. */
  async createElement(
    id: string,
    type: string,
    params: Record<string, unknown>,
    listener: GraphElementListener,
  ): Promise<unknown> {
    const client = this.#start();
    this.#elements.set(id, listener);
    this.#made.add(id);
    try {
      return await client.request('createElement', { element: id, type, params });
    } catch (error) {
      if (this.#client === client) this.#made.delete(id);
      throw error;
    }
  }

  /** Rejects with GraphEndedError when the element died with its process and has not been made anew yet. */
  async invoke(element: string, method: string, params: Record<string, unknown>): Promise<unknown> {
    return this.#clientOf(element).request('invoke', { element, method, params });
  }

  /** @throws GraphEndedError */
  #clientOf(element: string): GraphClient {
    if (this.#client === undefined || !this.#made.has(element)) throw new GraphEndedError();
    return this.#client;
  }

  /** What an element has done with frames; undefined for those that don't work on any, and without a graph. */
  async frameStatistics(element: string): Promise<FrameStatistics | undefined> {
    try {
      return (await this.#client?.request('statistics', { element })) ?? undefined;
    } catch {
      // The process has just ended.
      return undefined;
    }
  }

  releaseElement(id: string): void {
    this.#elements.delete(id);
    this.#made.delete(id);
    for (const stream of [...this.#origins.keys()]) {
      if (stream.startsWith(`${id}/`)) this.#origins.delete(stream);
    }
    if (this.#client?.alive === true) this.#client.send('releaseElement', { element: id });
  }

  /**
   * Gives a stream to an input of an element; `undefined` takes it away. Rejects with GraphEndedError when the element died with its process
   * and has not been made anew yet.
   */
  async connect(stream: string | undefined, element: string, input: string): Promise<void> {
    const client = this.#clientOf(element);
    if (stream === undefined) await client.request('disconnect', { element, input });
    else await client.request('connect', { stream, element, input });
  }

  /** Graphviz text of the graph; undefined when there is none, or nothing of this element in it. */
  async dot(element?: string): Promise<string | undefined> {
    const id = element === undefined ? undefined : element.slice(element.lastIndexOf('/') + 1);
    const text = await this.#client?.request('dot', { ...(id !== undefined && { id }) });
    return text === '' ? undefined : text;
  }

  #startFailed(client: GraphClient, error: Error): void {
    if (this.#client !== client) return;
    for (const { failed } of [...this.#variants.values()]) for (const each of [...failed]) each(error);
  }

  #lost(client: GraphClient): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#made.clear();
    if (this.#closed) return;
    const origins = [...this.#origins.keys()];
    this.#origins.clear();
    for (const stream of origins) this.#tellStream(stream, undefined);
    const now = this.#context.scheduler.now();
    this.#deaths.push(now);
    while (this.#deaths[0]! < now - RESTARTS_WITHIN_MS) this.#deaths.shift();
    if (this.unavailable !== undefined || this.#deaths.length > MAX_RESTARTS) {
      const error =
        this.unavailable ??
        new KurentoError('UNEXPECTED_ERROR', 'The graph process keeps dying: it is given up');
      for (const { failed } of [...this.#variants.values()]) for (const each of [...failed]) each(error);
    } else if (this.#inputs.size > 0 || this.#variants.size > 0) {
      // Elements that are made anew connect to the inputs, variants come from both.
      const next = this.#start();
      for (const input of this.#inputs.values()) input.open(next);
    }
    for (const element of [...this.#elements.values()]) element.graphLost();
    if (this.#client === undefined) return;
    for (const { variant } of this.#variants.values()) variant.open(this.#client);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { variant } of this.#variants.values()) variant.close();
    for (const input of this.#inputs.values()) input.close();
    this.#variants.clear();
    this.#inputs.clear();
    this.#elements.clear();
    this.#client?.close();
    this.#client = undefined;
  }
}

function numberOf(track: ReceiveTrack): number {
  let number = numberOfTrack.get(track);
  if (number === undefined) {
    number = ++trackNumbers;
    numberOfTrack.set(track, number);
  }
  return number;
}
