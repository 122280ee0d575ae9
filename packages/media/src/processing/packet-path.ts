import type { KurentoError } from '@rivero/api';
import { KEY_FRAME_MARK_ID, type PacketCodecRequest, type PacketsRequest } from '@rivero/graph/protocol';
import { ExtensionUri } from '@rivero/rtp';
import type { HeaderExtension, NegotiatedCodec } from '@rivero/sdp';
import type { MediaKind, MediaOrigin } from '../routing/media.js';
import { randomBytes } from '../runtime/random.js';
import type { Timed, TimerHandle } from '../runtime/scheduler.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { SendTrack } from '../streams/send-track.js';
import type { ProcessingContext } from './context.js';
import { GraphTransport } from './graph-transport.js';
import type { EncodingWishes } from './media-link.js';
import { graphMedia } from './negotiated.js';
import { PacketSource } from './packet-source.js';
import type { PipelineGraph } from './pipeline-graph.js';
import { negotiatedCodec, toStreamCodec } from './stream-codecs.js';

/** How often the bound on the bitrate and reports are passed on, ms. */
const UPDATE_MS = 500;
/** Payload types of media: each codec of a stream gets one, those used longest ago are given again. */
const PAYLOAD_TYPES: Readonly<Record<MediaKind, { first: number; count: number }>> = {
  video: { first: 96, count: 14 },
  audio: { first: 110, count: 14 },
};
/** Tones of keys (RFC 4733) pass beside sound, in the clock of theirs. */
const TONES: readonly NegotiatedCodec[] = [8000, 48_000].map((clockRate, i) =>
  negotiatedCodec({ name: 'telephone-event', clockRate, channels: 1, fmtp: new Map() }, 126 + i),
);
const MARK: HeaderExtension = { id: KEY_FRAME_MARK_ID, uri: ExtensionUri.KeyFrameMark };
/** What packets carry besides, where their source has it. */
const EXTENSIONS: readonly HeaderExtension[] = [
  { id: 1, uri: ExtensionUri.AudioLevel },
  { id: 2, uri: ExtensionUri.VideoOrientation },
  { id: 3, uri: ExtensionUri.PlayoutDelay },
  { id: 4, uri: ExtensionUri.DependencyDescriptor },
  MARK,
];

export interface PacketPathOptions {
  /** Nothing comes back. */
  readonly passive: boolean;
  /** Payloads that come back can't be read: they carry marks of key frames. */
  readonly opaque: boolean;
}

/** The element whose packets they are. */
export interface PacketPathHost {
  /** Calls a method of its other half. */
  callPackets(method: string, params: Record<string, unknown>): Promise<unknown>;
  /** What comes back; undefined while nothing can. */
  packetsOut(kind: MediaKind, track: ReceiveTrack | undefined): void;
  /** What comes back began or stopped to flow, or comes in another codec. */
  packetsChanged(kind: MediaKind): void;
  packetsFailed(error: KurentoError): void;
}

/** Media of one kind on its way there and back. */
interface Line {
  readonly kind: MediaKind;
  readonly index: number;
  readonly source: PacketSource;
  input: number;
  output: number;
  send: SendTrack | undefined;
  receive: ReceiveTrack | undefined;
  /** What the other half knows, or is being told: the one in use, or about to be, first. */
  codecs: { readonly key: string; readonly codec: NegotiatedCodec; known: boolean }[];
  codecCount: number;
  extensions: readonly HeaderExtension[];
  /** What the tracks were told last. */
  described: string;
  out: boolean;
}

/**
 * RTP packets to the thread of a PacketProcessor and back: a SendTrack on one side, a ReceiveTrack on the other, between them plain
 * RTP over loopback. To its source it is one receiver, to its receivers a source like any other. It outlives the graph process.
 */
export class PacketPath implements Timed {
  readonly #context: ProcessingContext;
  readonly #host: PacketPathHost;
  readonly #options: PacketPathOptions;
  readonly #transport: GraphTransport;
  readonly #lines: readonly Line[];
  readonly #timer: TimerHandle;
  /** Of the thread that it leads to; what was begun for an earlier one is of no interest. */
  #generation = 0;
  #isOpen = false;
  #closed = false;

  /** @throws EngineError when the packet engine is full */
  constructor(
    context: ProcessingContext,
    graph: PipelineGraph,
    host: PacketPathHost,
    options: PacketPathOptions,
  ) {
    this.#context = context;
    this.#host = host;
    this.#options = options;
    this.#transport = new GraphTransport(
      context.transports,
      context.socket,
      {
        trackChanged: (track) => this.#trackChanged(track),
        peerActive: () => {},
        // Whoever sends another codec is followed.
        codecIncompatible: () => {},
      },
      (track) => this.requestKeyFrame(track.kind),
    );
    this.#lines = (['audio', 'video'] as const).map((kind, index) => {
      const line: Line = {
        kind,
        index,
        source: new PacketSource(
          graph,
          () => this.#update(line),
          (error) => host.packetsFailed(error),
        ),
        input: newSsrc(),
        output: 0,
        send: undefined,
        receive: undefined,
        codecs: [],
        codecCount: 0,
        extensions: [],
        described: '',
        out: false,
      };
      return line;
    });
    this.#timer = context.scheduler.create(this);
  }

  /** Leads it to the element's thread, the first one or the next. Never rejects. */
  async open(): Promise<void> {
    const generation = ++this.#generation;
    this.#isOpen = false;
    for (const line of this.#lines) {
      line.send?.setOrigin(undefined);
      line.output = newSsrc();
      line.codecs = [];
      line.out = false;
    }
    const streams = this.#lines.map(({ kind, input, output }) => ({ kind, input, output }));
    try {
      const request: PacketsRequest = { port: this.#context.socket.port, streams };
      const { port } = (await this.#host.callPackets('openPackets', { ...request })) as { port: number };
      for (const { payloadType, name, clockRate } of TONES)
        await this.#tell({ payloadType, name, clockRate });
      if (this.#closed || generation !== this.#generation) return;
      this.#transport.sendTo(port, port);
      if (!this.#options.passive) this.#transport.receiveFrom(port);
    } catch {
      // The element's end tells.
      return;
    }
    this.#isOpen = true;
    for (const line of this.#lines) this.#update(line);
    this.onTime(this.#context.scheduler.now());
  }

  /** What comes into the element has changed, or began or stopped to flow. */
  setOrigin(kind: MediaKind, origin: MediaOrigin | undefined, wishes: EncodingWishes): void {
    const line = this.#line(kind);
    line.source.set(origin, wishes);
    this.#update(line);
  }

  #line(kind: MediaKind): Line {
    return this.#lines.find((line) => line.kind === kind)!;
  }

  #tell(request: PacketCodecRequest): Promise<unknown> {
    return this.#host.callPackets('packetCodec', { ...request });
  }

  /** Brings a line up to date with its source. The thread hears of a codec before the first packet in it comes. */
  #update(line: Line): void {
    if (!this.#isOpen || this.#closed) return;
    const { track } = line.source;
    const format = track?.codec;
    if (track === undefined || format === undefined) {
      line.send?.setOrigin(undefined);
      return;
    }
    const key = JSON.stringify(toStreamCodec(format));
    const found = line.codecs.findIndex((each) => each.key === key);
    if (found < 0) {
      line.send?.setOrigin(undefined);
      const { first, count } = PAYLOAD_TYPES[line.kind];
      const { name, clockRate, channels, fmtp } = format;
      const codec = negotiatedCodec({ name, clockRate, channels, fmtp }, first + (line.codecCount++ % count));
      const entry = { key, codec, known: false };
      line.codecs = [entry, ...line.codecs.filter((each) => each.codec.payloadType !== codec.payloadType)];
      this.#tell({ payloadType: codec.payloadType, name, clockRate }).then(
        () => {
          entry.known = true;
          this.#update(line);
        },
        // The element's end tells.
        () => {},
      );
      return;
    }
    const entry = line.codecs[found]!;
    if (!entry.known) return;
    const extensions = EXTENSIONS.filter(
      ({ uri }) => track.extensions.has(uri) || (uri === MARK.uri && this.#options.opaque),
    );
    const described = JSON.stringify([this.#generation, key, entry.codec.payloadType, extensions]);
    if (described !== line.described) {
      line.described = described;
      line.codecs = [entry, ...line.codecs.filter((each) => each !== entry)];
      this.#describe(line, extensions);
    }
    line.send!.setOrigin(track);
    if (line.out) return;
    line.out = true;
    if (line.receive !== undefined) this.#host.packetsOut(line.kind, line.receive);
  }

  #describe(line: Line, extensions: readonly HeaderExtension[]): void {
    const { kind, index, input, output, codecs } = line;
    // Receivers take note of extensions when they come to a source.
    const changes =
      line.out && extensions.map(({ uri }) => uri).join() !== line.extensions.map(({ uri }) => uri).join();
    if (changes && line.receive !== undefined) {
      line.out = false;
      this.#host.packetsOut(kind, undefined);
    }
    line.extensions = extensions;
    const known = codecs.filter((each) => each.known).map(({ codec }) => codec);
    const remote = this.#options.passive ? {} : { remote: output };
    const { receive, send } = this.#transport.rtp.setMedia({
      ...graphMedia(kind, known[0]!, { local: input, ...remote }),
      index,
      codecs: kind === 'audio' ? [...known, ...TONES] : known,
      extensions,
    });
    this.#transport.rtp.rebind();
    line.send = send;
    line.receive = receive;
    if (receive !== undefined) receive.opaque = this.#options.opaque;
  }

  #trackChanged(track: ReceiveTrack): void {
    const line = this.#line(track.kind);
    this.#report(line, this.#context.scheduler.now());
    if (line.out) this.#host.packetsChanged(line.kind);
  }

  /** Somebody needs a key frame of what comes back, or the element itself does. */
  requestKeyFrame(kind: MediaKind): void {
    const { send } = this.#line(kind);
    if (send !== undefined) send.origin?.requestKeyFrameFor(send);
  }

  onTime(now: number): void {
    if (this.#closed || !this.#isOpen) return;
    this.#context.scheduler.schedule(this.#timer, now + UPDATE_MS);
    for (const line of this.#lines) {
      this.#report(line, now);
      this.#boundSource(line, now);
    }
  }

  /** Timestamps come back as they went: what they mean is known. */
  #report({ send, receive, output }: Line, now: number): void {
    const timestamp = receive === undefined ? undefined : send?.timestampAt(now);
    if (timestamp === undefined) return;
    this.#transport.rtp.takeSenderReport(output | 0, performance.timeOrigin + now, timestamp, now);
  }

  /** What the receivers take bounds the source. */
  #boundSource({ kind, send, receive }: Line, now: number): void {
    if (kind !== 'video' || send?.origin === undefined || receive === undefined) return;
    const bitrate = receive.viewersBitrate(now);
    if (Number.isFinite(bitrate)) send.origin.onViewerRemb(send, bitrate, now);
  }

  /** The thread has ended, or the graph process: nothing goes there before `open`. */
  stop(): void {
    this.#generation++;
    this.#isOpen = false;
    for (const line of this.#lines) {
      line.out = false;
      line.send?.setOrigin(undefined);
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.stop();
    this.#closed = true;
    this.#context.scheduler.cancel(this.#timer);
    for (const { source } of this.#lines) source.close();
    this.#transport.close();
  }
}

function newSsrc(): number {
  return randomBytes(4).readUInt32BE() || 1;
}
