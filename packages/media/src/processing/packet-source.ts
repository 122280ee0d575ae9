import { KurentoError } from '@rivero/api';
import type { EncodeDemand } from '@rivero/graph/protocol';
import type { CodecFormat } from '@rivero/sdp';
import type { MediaKind, MediaOrigin } from '../routing/media.js';
import { ReceiveTrack } from '../streams/receive-track.js';
import { GraphOrigin } from './graph-origin.js';
import { classOf, type EncodingWishes } from './media-link.js';
import type { PipelineGraph, VariantUse } from './pipeline-graph.js';
import { encodedFor, toStreamCodec } from './stream-codecs.js';

/** What media is encoded in that comes raw, as from a mixer, unless the application has said. */
const USUAL: Readonly<Record<MediaKind, CodecFormat>> = {
  video: { name: 'VP8', clockRate: 90_000, channels: 1, fmtp: new Map() },
  audio: { name: 'opus', clockRate: 48_000, channels: 2, fmtp: new Map() },
};
const KNOWN: readonly CodecFormat[] = [
  USUAL.video,
  {
    name: 'H264',
    clockRate: 90_000,
    channels: 1,
    fmtp: new Map([
      ['packetization-mode', '1'],
      ['profile-level-id', '42e01f'],
    ]),
  },
  USUAL.audio,
  { name: 'PCMU', clockRate: 8000, channels: 1, fmtp: new Map() },
];

/** Packets of whatever is connected to an element that works on packets: what comes raw out of the graph is encoded for it. */
export class PacketSource {
  #origin: MediaOrigin | undefined;
  #key = '';
  #use: VariantUse | undefined;

  /** @param lost what comes can't be had as packets any more; `track` has changed */
  constructor(
    private readonly graph: PipelineGraph,
    private readonly lost: () => void,
    private readonly failed: (error: KurentoError) => void,
  ) {}

  /** Idempotent; also to be called when the origin begins to flow, or changes its codec. */
  set(origin: MediaOrigin | undefined, wishes: EncodingWishes): void {
    this.#origin = origin;
    if (!(origin instanceof GraphOrigin)) {
      this.#release();
      return;
    }
    const format = formatOf(origin, wishes);
    const key = JSON.stringify([origin.stream, toStreamCodec(format), wishes]);
    // Media that is not there yet needs no encoder; one that runs is kept over silence.
    if (key === this.#key || (!origin.flowing && this.#use === undefined)) return;
    const former = this.#use;
    this.#key = key;
    const isNative = origin.codec !== undefined && format === origin.codec;
    const encode: EncodeDemand | undefined = isNative
      ? undefined
      : {
          codec: toStreamCodec(format),
          ...(wishes.maxFramerate !== undefined && { maxFramerate: wishes.maxFramerate }),
          bitrateClass: classOf(wishes.bitrate),
        };
    const lose = (error: unknown): void => {
      if (key !== this.#key) return;
      // The key stays: it is not tried again before something changes.
      this.#use?.release();
      this.#use = undefined;
      this.lost();
      this.failed(
        error instanceof KurentoError
          ? error
          : new KurentoError('UNEXPECTED_ERROR', (error as Error).message),
      );
    };
    this.#use = undefined;
    try {
      this.#use = this.graph.useVariant({ origin, format, encode, bitrate: wishes.bitrate }, lose);
    } catch (error) {
      lose(error);
    }
    former?.release();
  }

  /** Where the packets come from; undefined while there are none. */
  get track(): ReceiveTrack | undefined {
    if (this.#origin instanceof ReceiveTrack) return this.#origin;
    return this.#use?.track;
  }

  #release(): void {
    this.#key = '';
    this.#use?.release();
    this.#use = undefined;
  }

  close(): void {
    this.#origin = undefined;
    this.#release();
  }
}

function formatOf(
  { kind, codec }: GraphOrigin,
  { codec: wanted, maxFramerate }: EncodingWishes,
): CodecFormat {
  if (wanted === undefined) return (maxFramerate === undefined ? codec : undefined) ?? USUAL[kind];
  const name = wanted.toLowerCase();
  if (codec?.name.toLowerCase() === name && maxFramerate === undefined) return codec;
  const known = KNOWN.find((each) => each.name.toLowerCase() === name);
  return known === undefined ? USUAL[kind] : (encodedFor(known) ?? USUAL[kind]);
}
