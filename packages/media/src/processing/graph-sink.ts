import { KurentoError } from '@rivero/api';
import type { CodecFormat } from '@rivero/sdp';
import type { MediaKind, MediaOrigin, MediaSink } from '../routing/media.js';
import { ReceiveTrack } from '../streams/receive-track.js';
import { GraphEndedError } from './graph-client.js';
import { GraphOrigin } from './graph-origin.js';
import type { PipelineGraph, StreamUse } from './pipeline-graph.js';
import { isDecodable } from './stream-codecs.js';

/** An element of the graph, as its inputs see it. */
export interface GraphSinkHost {
  readonly graph: PipelineGraph;
  readonly graphId: string;
  /** Whether its other half is there to be connected. */
  readonly isInGraph: boolean;
  sinkFailed(error: KurentoError): void;
}

/** Hears whether what an input gets is decoded or encoded for it. */
export interface TranscodingListener {
  set(transcoded: boolean): void;
  /** The input may have another source, with the same media. */
  update(): void;
}

/**
 * An input of an element of the graph. What other elements of the pipeline's graph give is linked inside the graph; a received track
 * goes in by RTP, once for all who want it, as soon as media flows.
 */
export class GraphSink implements MediaSink {
  /** An element of the graph takes what the graph can decode. */
  readonly codecs = undefined;
  readonly #host: GraphSinkHost;
  /** The input's name in the graph. */
  readonly input: string;
  readonly #transcoding: TranscodingListener;
  #origin: MediaOrigin | undefined;
  /** What the input has been given in the graph. */
  #stream: string | undefined;
  #codec: CodecFormat | undefined;
  #connects = 0;
  #use: StreamUse | undefined;

  constructor(
    host: GraphSinkHost,
    readonly kind: MediaKind,
    input: string,
    transcoding: TranscodingListener,
  ) {
    this.#host = host;
    this.input = input;
    this.#transcoding = transcoding;
  }

  /** Idempotent; also to be called when the origin begins to flow, or changes its codec. */
  setOrigin(origin: MediaOrigin | undefined): void {
    const same = origin === this.#origin;
    this.#origin = origin;
    if (origin === undefined) {
      this.#take(undefined, undefined);
    } else if (origin instanceof GraphOrigin) {
      this.#codec = undefined;
      this.#take(origin.stream, undefined);
    } else if (origin instanceof ReceiveTrack) {
      this.#takeTrack(origin, same);
    }
    this.#transcoding.update();
  }

  /** The graph has given the input a stream, or taken it away. */
  taken(stream: string | undefined, transcodes: boolean): void {
    if (stream === undefined) this.#transcoding.set(false);
    else if (stream === this.#stream) this.#transcoding.set(transcodes);
  }

  #takeTrack(origin: ReceiveTrack, same: boolean): void {
    const { codec } = origin;
    // One that runs is kept over silence.
    if (codec === undefined || (same && this.#use !== undefined && codec.name === this.#codec?.name)) return;
    if (!origin.flowing || !this.#host.isInGraph) {
      if (!same) this.#take(undefined, undefined);
      return;
    }
    if (!isDecodable(codec)) {
      this.#take(undefined, undefined);
      this.#host.sinkFailed(new KurentoError('CONNECT_ERROR', `${codec.name} can't be decoded here`));
      return;
    }
    this.#codec = codec;
    const use = this.#host.graph.useTrack(origin, codec);
    this.#take(use.stream, use);
  }

  #take(stream: string | undefined, use: StreamUse | undefined): void {
    const former = this.#use;
    this.#use = use;
    const changed = stream !== this.#stream;
    this.#stream = stream;
    if (stream === undefined) this.#transcoding.set(false);
    if (changed && this.#host.isInGraph) this.#connect();
    // After the message that takes it away from the element, so that the graph sees nobody on it.
    former?.release();
  }

  #connect(): void {
    const { graph, graphId } = this.#host;
    const stream = this.#stream;
    const connect = ++this.#connects;
    graph.connect(stream, graphId, this.input).catch((error: unknown) => {
      // A stream that has gone meanwhile may be back under its name, and connected by a later request.
      if (connect !== this.#connects || stream !== this.#stream || stream === undefined) return;
      if (error instanceof GraphEndedError) return;
      this.#host.sinkFailed(
        error instanceof KurentoError ? error : new KurentoError('UNEXPECTED_ERROR', String(error)),
      );
    });
  }

  /** The element has been made, perhaps anew in a fresh graph: gives it what it is to have. */
  reconnect(): void {
    if (this.#stream !== undefined && !(this.#origin instanceof GraphOrigin)) this.#connect();
    else this.#stream = undefined;
    this.setOrigin(this.#origin);
  }

  close(): void {
    this.#origin = undefined;
    this.#stream = undefined;
    this.#transcoding.set(false);
    this.#use?.release();
    this.#use = undefined;
  }
}
