import type { EncodeDemand } from '@rivero/graph/protocol';
import type { CodecFormat } from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { randomBytes } from '../runtime/random.js';
import type { Timed, TimerHandle } from '../runtime/scheduler.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { ProcessingContext } from './context.js';
import type { GraphClient } from './graph-client.js';
import { GraphTransport, MONOTONIC_ORIGIN_MS } from './graph-transport.js';
import { graphMedia } from './negotiated.js';
import { negotiatedCodec } from './stream-codecs.js';

/** How often the bitrate follows the receivers, and reports are made, ms. */
const UPDATE_MS = 500;
/** Smaller changes of the bitrate are not worth a message. */
const BITRATE_STEP = 0.05;
/** Receivers must be able to take what comes beside the encoder's output: headers, retransmissions. */
const BITRATE_SHARE = 0.9;
/** bit/s: receivers on a fast network would take any amount, and pictures get no better by it. `encoderBitrate` may ask for more. */
const CEILING = 2_000_000;
/** bit/s of video where nobody says: Kurento's `encoderBitrate`. */
const DEFAULT_BITRATE = 300_000;
/** As for WebRtcEndpoint: with extensions, authentication and RTX a packet stays below any path's limit. */
const MTU = 1150;

/** Bounds of an encoder's bitrate, bit/s. */
export interface BitrateWishes {
  /** While receivers say nothing. */
  readonly initial: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Nobody has said anything. */
export const ANY_BITRATE: BitrateWishes = { initial: 0, minimum: 0, maximum: 2 ** 31 - 1 };

export interface VariantOptions {
  readonly id: string;
  readonly kind: MediaKind;
  /** Id of the stream in the graph. */
  readonly stream: string;
  /** What comes out. */
  readonly format: CodecFormat;
  /** Undefined: the stream as it is. */
  readonly encode: EncodeDemand | undefined;
  readonly bitrate: BitrateWishes;
  /** The graph can't make it. */
  readonly failed: (error: Error) => void;
  /** Nobody wants it any more. */
  readonly unused: () => void;
}

/**
 * A stream of the graph in one form, as RTP that comes back to the worker: an origin like any other, shared by all sinks that
 * need the same. It outlives the graph process: the next one goes on with it under another SSRC.
 */
export class Variant implements Timed {
  readonly track: ReceiveTrack;
  readonly #context: ProcessingContext;
  readonly #options: VariantOptions;
  readonly #transport: GraphTransport;
  readonly #payloadType: number;
  readonly #timer: TimerHandle;
  readonly #users = new Set<object>();
  #client: GraphClient | undefined;
  #ssrc = 0;
  /** Monotonic time of RTP timestamp 0, ms; undefined while the graph has not said. */
  #timestampOriginMs: number | undefined;
  #bitrate: number;
  #closed = false;

  /** @throws EngineError when the packet engine is full */
  constructor(context: ProcessingContext, options: VariantOptions) {
    this.#context = context;
    this.#options = options;
    this.#bitrate = this.#bounded(this.#initial);
    this.#payloadType = options.kind === 'video' ? 96 : 97;
    this.#transport = new GraphTransport(
      context.transports,
      context.socket,
      { trackChanged: () => this.#report(), peerActive: () => {}, codecIncompatible: () => {} },
      () => this.#client?.send('requestKeyFrame', { output: options.id }),
    );
    this.track = this.#describe();
    this.#timer = context.scheduler.create(this);
  }

  /** bit/s while receivers say nothing; 0 for sound: as the encoder has it. */
  get #initial(): number {
    const { bitrate, kind } = this.#options;
    return bitrate.initial > 0 || kind === 'audio' ? bitrate.initial : DEFAULT_BITRATE;
  }

  #bounded(bitrate: number): number {
    const { minimum, maximum } = this.#options.bitrate;
    return this.#options.kind === 'audio' ? bitrate : Math.max(minimum, Math.min(maximum, bitrate));
  }

  /** The stream that is to come: each graph process sends one of its own. */
  #describe(): ReceiveTrack {
    this.#ssrc = randomBytes(4).readUInt32BE() || 1;
    const codec = negotiatedCodec(this.#options.format, this.#payloadType);
    const { receive } = this.#transport.rtp.setMedia(
      graphMedia(this.#options.kind, codec, { remote: this.#ssrc }),
    );
    this.#transport.rtp.rebind();
    return receive!;
  }

  get stream(): string {
    return this.#options.stream;
  }

  get format(): CodecFormat {
    return this.#options.format;
  }

  /** Counts a user in. @returns what counts it out: the last one ends the variant */
  join(): () => void {
    const user = {};
    this.#users.add(user);
    return () => {
      if (this.#users.delete(user) && this.#users.size === 0) this.#options.unused();
    };
  }

  /** Has a graph process make it, the first one or the next. */
  open(client: GraphClient): void {
    if (this.#client !== undefined) this.#describe();
    this.#client = client;
    this.#timestampOriginMs = undefined;
    const { id, stream, encode } = this.#options;
    client
      .request('createOutput', {
        output: id,
        stream,
        ...(encode !== undefined && {
          encode: this.#bitrate > 0 ? { ...encode, bitrate: this.#bitrate } : encode,
        }),
        port: this.#context.socket.port,
        ssrc: this.#ssrc,
        payloadType: this.#payloadType,
        mtu: MTU,
      })
      .then(
        ({ port, timestampOrigin }) => {
          if (this.#closed || this.#client !== client) return;
          this.#timestampOriginMs = timestampOrigin / 1e6;
          this.#transport.receiveFrom(port);
          client.send('startOutput', { output: id });
          this.onTime(this.#context.scheduler.now());
        },
        (error: Error) => {
          if (!this.#closed && this.#client === client && client.alive) this.#options.failed(error);
        },
      );
  }

  onTime(now: number): void {
    if (this.#closed) return;
    this.#context.scheduler.schedule(this.#timer, now + UPDATE_MS);
    this.#report();
    this.#followReceivers(now);
  }

  /** A sender report: the RTP timestamps are the pipeline's running time. */
  #report(): void {
    if (this.#timestampOriginMs === undefined) return;
    const now = this.#context.scheduler.now();
    const running = MONOTONIC_ORIGIN_MS + now - this.#timestampOriginMs;
    const timestamp = Math.round((running * this.#options.format.clockRate) / 1000) % 2 ** 32;
    this.#transport.rtp.takeSenderReport(this.#ssrc | 0, performance.timeOrigin + now, timestamp | 0, now);
  }

  /** What the weakest receiver takes, within the bounds. */
  #followReceivers(now: number): void {
    const { encode, id, kind } = this.#options;
    if (encode === undefined || kind !== 'video') return;
    const taken = this.track.viewersBitrate(now);
    const ceiling = Math.max(CEILING, this.#initial);
    const wanted = Number.isFinite(taken) ? Math.min(taken * BITRATE_SHARE, ceiling) : this.#initial;
    const next = this.#bounded(wanted);
    if (Math.abs(next - this.#bitrate) < this.#bitrate * BITRATE_STEP) return;
    this.#bitrate = next;
    this.#client?.send('setOutputBitrate', { output: id, bitrate: Math.round(next) });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.scheduler.cancel(this.#timer);
    this.#transport.close();
    if (this.#client?.alive === true) this.#client.send('removeOutput', { output: this.#options.id });
  }
}
