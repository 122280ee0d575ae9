import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { OutputRequest, StreamCodec, StreamKind } from '../protocol.js';
import type { GraphProcess } from './graph-process.js';
import { waitFor } from './wait-for.js';

export const VP8: StreamCodec = { name: 'VP8', clockRate: 90_000, channels: 1, parameters: {} };
export const OPUS: StreamCodec = { name: 'opus', clockRate: 48_000, channels: 2, parameters: {} };

let players = 0;

/** RTP of a stream. */
export interface Received {
  readonly output: string;
  packets: number;
  /** RTP times that came, in their order. */
  readonly times: number[];
  /** When the first and the last packet came (ms, `performance.now()`). */
  firstAt: number;
  lastAt: number;
  readonly socket: Socket;
}

/** A player in a graph process, as a worker sees it. */
export class Played {
  readonly element = `played${++players}`;
  readonly received: Received[] = [];
  #outputs = 0;

  private constructor(readonly graph: GraphProcess) {}

  /** Makes a player that does not play yet. */
  static async make(graph: GraphProcess, uri: string, params: Record<string, unknown> = {}): Promise<Played> {
    const played = new Played(graph);
    await graph.request('createElement', {
      element: played.element,
      type: 'Player',
      params: { uri, networkCache: 100, ...params },
    });
    return played;
  }

  invoke(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    return this.graph.request('invoke', { element: this.element, method, params });
  }

  get events(): { type: string; data: Record<string, unknown> }[] {
    return this.graph.events
      .filter(({ type }) => type === 'elementEvent')
      .map(({ data }) => data as { element: string; type: string; data: Record<string, unknown> })
      .filter(({ element }) => element === this.element);
  }

  has(event: string): boolean {
    return this.events.some(({ type }) => type === event);
  }

  /** What there is of a kind now; without a codec it is raw. */
  added(kind: StreamKind): { codec?: StreamCodec } | undefined {
    return this.graph.events
      .filter(({ type }) => type === 'streamAdded')
      .map(({ data }) => data as { stream: string; codec?: StreamCodec })
      .findLast(({ stream }) => stream === `${this.element}/${kind}`);
  }

  /** The names of the codecs of what there is, `raw` for what is decoded. */
  codecs(): Partial<Record<StreamKind, string>> {
    const codecs: Partial<Record<StreamKind, string>> = {};
    for (const kind of ['video', 'audio'] as const) {
      const stream = this.added(kind);
      if (stream !== undefined) codecs[kind] = stream.codec?.name ?? 'raw';
    }
    return codecs;
  }

  /** Has the RTP of a stream sent to a port. @param codec to encode it in; else as it is */
  async send(kind: StreamKind, port: number, codec?: StreamCodec): Promise<string> {
    await waitFor(kind, () => this.added(kind) !== undefined, 20_000);
    const output = `${this.element}-out${++this.#outputs}`;
    const request: OutputRequest = {
      output,
      stream: `${this.element}/${kind}`,
      ...(codec && { encode: { codec } }),
      port,
      ssrc: 1,
      payloadType: 96,
      mtu: 1200,
    };
    await this.graph.request('createOutput', request);
    await this.graph.request('startOutput', { output });
    return output;
  }

  /** Gets the RTP of a stream. @param codec to encode it in; else as it is */
  async receive(kind: StreamKind, codec?: StreamCodec): Promise<Received> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1').unref();
    await once(socket, 'listening');
    const received: Received = {
      output: await this.send(kind, socket.address().port, codec),
      packets: 0,
      times: [],
      firstAt: 0,
      lastAt: 0,
      socket,
    };
    this.received.push(received);
    socket.on('message', (packet) => {
      received.lastAt = performance.now();
      received.firstAt ||= received.lastAt;
      received.packets++;
      const time = packet.readUInt32BE(4);
      if (received.times.at(-1) !== time) received.times.push(time);
    });
    return received;
  }

  async release(): Promise<void> {
    await this.graph.request('releaseElement', { element: this.element });
    for (const { socket } of this.received) socket.close();
  }
}
