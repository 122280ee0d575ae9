import type { CodecFormat } from '@rivero/sdp';
import { randomBytes } from '../runtime/random.js';
import type { Timed, TimerHandle } from '../runtime/scheduler.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { SendTrack } from '../streams/send-track.js';
import type { ProcessingContext } from './context.js';
import type { GraphClient } from './graph-client.js';
import { GraphTransport } from './graph-transport.js';
import { graphMedia } from './negotiated.js';
import { negotiatedCodec, toStreamCodec } from './stream-codecs.js';

/** How often it is looked whether the first packets have gone out, ms. */
const FIRST_REPORT_LOOK_MS = 5;

/**
 * A received track on its way into the graph: the worker's end of an RTP input. It outlives the graph process: with the next
 * one it goes on at other ports.
 */
export class GraphInput implements Timed {
  readonly codec: CodecFormat;
  /** How many stand on it. */
  users = 0;
  readonly #context: ProcessingContext;
  readonly #transport: GraphTransport;
  readonly #send: SendTrack;
  readonly #reportTimer: TimerHandle;
  #client: GraphClient | undefined;
  #closed = false;

  /** @throws EngineError when the packet engine is full */
  constructor(
    context: ProcessingContext,
    /** The id of the stream in the graph. */
    readonly id: string,
    readonly origin: ReceiveTrack,
    codec: CodecFormat,
  ) {
    this.#context = context;
    this.codec = codec;
    this.#transport = new GraphTransport(context.transports, context.socket, {
      trackChanged: () => {},
      peerActive: () => {},
      // Whoever stands on this input follows the codec and takes another one.
      codecIncompatible: () => {},
    });
    const payload = negotiatedCodec(codec, origin.kind === 'video' ? 96 : 97);
    const ssrc = randomBytes(4).readUInt32BE() || 1;
    try {
      this.#send = this.#transport.rtp.setMedia(graphMedia(origin.kind, payload, { local: ssrc })).send!;
    } catch (error) {
      this.#transport.close();
      throw error;
    }
    this.#reportTimer = context.scheduler.create(this);
  }

  /** Opens it in a graph process, the first one or the next. */
  open(client: GraphClient): void {
    this.#client = client;
    const { kind } = this.origin;
    const { payloadType } = this.#send.codecs[0]!;
    client
      .request('createInput', { input: this.id, kind, codec: toStreamCodec(this.codec), payloadType })
      .then(
        ({ rtpPort, rtcpPort }) => {
          if (this.#closed || this.#client !== client) return;
          this.#transport.sendTo(rtpPort, rtcpPort);
          this.#send.setOrigin(this.origin);
          this.requestKeyFrame();
          this.onTime(this.#context.scheduler.now());
        },
        (error: unknown) => {
          if (client.alive) this.#context.log.warn({ err: error, input: this.id }, 'graph input');
        },
      );
  }

  /** The graph needs a key frame. */
  requestKeyFrame(): void {
    this.origin.requestKeyFrameFor(this.#send);
  }

  /** The first sender report follows the first packet at once: buffers get their true times by it. */
  onTime(now: number): void {
    if (this.#closed) return;
    if (this.#send.packetsSent > 0) this.#transport.rtp.reportNow();
    else this.#context.scheduler.schedule(this.#reportTimer, now + FIRST_REPORT_LOOK_MS);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.scheduler.cancel(this.#reportTimer);
    this.#transport.close();
    if (this.#client?.alive === true) this.#client.send('removeInput', { input: this.id });
  }
}
