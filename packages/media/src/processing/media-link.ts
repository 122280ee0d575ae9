import { KurentoError } from '@rivero/api';
import type { EncodeDemand } from '@rivero/graph/protocol';
import { type CodecFormat, isAuxiliary, pickCodec } from '@rivero/sdp';
import type { MediaOrigin } from '../routing/media.js';
import { SmallSet } from '../runtime/small-map.js';
import { ReceiveTrack } from '../streams/receive-track.js';
import type { SendTrack } from '../streams/send-track.js';
import { GraphOrigin } from './graph-origin.js';
import type { PipelineGraph, VariantUse } from './pipeline-graph.js';
import { encodedFor, isDecodable, toStreamCodec } from './stream-codecs.js';
import type { BitrateWishes } from './variant.js';
import type { WeakReceiverMember, WeakReceivers } from './weak-receivers.js';

/** What the application wants of media that is encoded for a sink. */
export interface EncodingWishes {
  readonly bitrate: BitrateWishes;
  /** Encode in this codec (setVideoFormat, setAudioFormat), even where the source's would do. */
  readonly codec?: string | undefined;
  /** Frames per second at most. */
  readonly maxFramerate?: number | undefined;
}

export interface MediaLinkListener {
  /** Whether media may be decoded and encoded without anybody having asked for it. */
  mayTranscode(): boolean;
  /** Media is decoded and encoded for this link, or no longer. */
  transcodingChanged(transcoding: boolean): void;
  /** The sink gets nothing, because what the source sends can't be made into something that it accepts. */
  linkFailed(error: KurentoError): void;
}

export interface MediaLinkOptions {
  readonly sink: SendTrack;
  readonly graph: PipelineGraph;
  readonly listener: MediaLinkListener;
}

/** Codecs of which a second encoding does not cost much. */
const CHEAP_CODECS: readonly string[] = ['vp8', 'h264'];

/** What a link does: nothing, forward, or take a variant that the graph makes. */
type Plan =
  | { readonly kind: 'none' }
  | { readonly kind: 'direct' }
  | {
      readonly kind: 'variant';
      readonly format: CodecFormat;
      readonly encode: EncodeDemand | undefined;
      /** Where it is not the bitrate that the application wants. */
      readonly bitrate?: BitrateWishes;
      /** For receivers that are too weak for what the source sends. */
      readonly small?: true;
    }
  | { readonly kind: 'refused'; readonly error: KurentoError; readonly forbidden?: true };

/**
 * The codec planner of one sink: forwards what its receiver accepts as it is, and has everything else encoded by the graph, where all
 * sinks with the same need share one encoder. Nothing is started before media flows. A receiver that is too weak for what it would
 * get has that encoded once more, smaller.
 */
export class MediaLink implements WeakReceiverMember {
  readonly #options: MediaLinkOptions;
  #key = '';
  #use: VariantUse | undefined;
  /** Where events come from (RFC 4733) while the audio is encoded for this sink. */
  #eventSource: ReceiveTrack | undefined;
  #transcoding = false;
  #origin: MediaOrigin | undefined;
  #wishes: EncodingWishes | undefined;
  /** All who have the same source in the same form, and which of them are too weak for it. */
  #group: WeakReceivers | undefined;
  #groupKey = '';
  /** What the sink has until it has changed over. */
  #formers: SmallSet<VariantUse> | undefined;
  /** It has, or is about to get, the encoding for weak receivers. */
  #small = false;
  /** The last failure told, so that it is told once. */
  #told = '';

  constructor(options: MediaLinkOptions) {
    this.#options = options;
  }

  get transcoding(): boolean {
    return this.#transcoding;
  }

  /** Brings the sink up to date with what comes: call it when the origin, its codec, the receiver's codecs or the wishes change. */
  update(origin: MediaOrigin | undefined, wishes: EncodingWishes): void {
    const { sink } = this.#options;
    this.#origin = origin;
    this.#wishes = wishes;
    const plan = this.#weakened(this.#plan(origin, wishes), origin, wishes);
    if (plan.kind === 'direct' && this.#small) {
      this.#returnTo(origin as ReceiveTrack);
      return;
    }
    if (plan.kind !== 'variant' || origin === undefined) {
      this.#leave();
      sink.setOrigin(plan.kind === 'direct' ? origin : undefined);
      if (plan.kind === 'refused') this.#fail(plan.error);
      else if (plan.kind === 'direct') this.#told = '';
      return;
    }
    const { format, encode, bitrate = wishes.bitrate, small = false } = plan;
    const source = origin as ReceiveTrack | GraphOrigin;
    const key = JSON.stringify([
      idOf(source),
      source.codec?.name ?? '',
      format.name,
      encode ?? null,
      bitrate,
    ]);
    if (key === this.#key) return;
    // Media that is not there yet needs no encoder; one that runs is kept over silence.
    if (!source.flowing && this.#use === undefined) return;
    const former = this.#use;
    this.#use = undefined;
    try {
      this.#use = this.#options.graph.useVariant({ origin: source, format, encode, bitrate }, (error) =>
        this.#variantFailed(key, error),
      );
    } catch (error) {
      if (small) {
        this.#use = former;
        queueMicrotask(() => this.#group?.failed());
        return;
      }
      former?.release();
      this.#key = key;
      sink.setOrigin(undefined);
      this.#setTranscoding(false);
      this.#fail(asKurentoError(error));
      return;
    }
    this.#key = key;
    this.#told = '';
    this.#takeEvents(source instanceof ReceiveTrack && source.kind === 'audio' ? source : undefined);
    const { track } = this.#use;
    if (small || this.#small) {
      this.#changeOver(track, former);
    } else {
      sink.setOrigin(track);
      former?.release();
    }
    this.#small = small;
    if (!small && this.#group !== undefined) this.#group.source = track;
    this.#setTranscoding(encode !== undefined);
  }

  /** What the source sends fits again: the encoding for weak receivers is left at the next key frame. */
  #returnTo(origin: ReceiveTrack): void {
    const former = this.#use;
    this.#use = undefined;
    this.#key = '';
    this.#small = false;
    this.#changeOver(origin, former);
    this.#setTranscoding(false);
  }

  /** At the next key frame; what it had is kept until then. */
  #changeOver(track: ReceiveTrack, former: VariantUse | undefined): void {
    if (former !== undefined) {
      this.#formers ??= new SmallSet();
      this.#formers.add(former);
    }
    this.#options.sink.changeOrigin(track, () => queueMicrotask(() => this.#releaseFormers()));
  }

  #releaseFormers(): void {
    for (const former of [...(this.#formers ?? [])]) {
      if (former.track === this.#options.sink.origin) continue;
      this.#formers?.delete(former);
      former.release();
    }
  }

  get sink(): SendTrack {
    return this.#options.sink;
  }

  mayTranscode(): boolean {
    return this.#options.graph.unavailable === undefined && this.#options.listener.mayTranscode();
  }

  encodingChanged(): void {
    if (this.#wishes !== undefined) this.update(this.#origin, this.#wishes);
  }

  /** What a receiver of this plan gets that is too weak for it; the plan itself for all others. */
  #weakened(plan: Plan, origin: MediaOrigin | undefined, wishes: EncodingWishes): Plan {
    const format = this.#smallFormat(plan, origin);
    if (format === undefined || origin === undefined) {
      this.#joinGroup('');
      return plan;
    }
    this.#joinGroup(
      JSON.stringify([
        idOf(origin),
        ...(plan.kind === 'variant' ? [plan.format.name, plan.encode ?? ''] : []),
      ]),
    );
    if (plan.kind === 'direct') this.#group!.source = origin as ReceiveTrack;
    const encoding = this.#group!.encodingFor(this);
    if (encoding === undefined) return plan;
    const { side, maxFramerate, minimum, initial, maximum } = encoding;
    const encode: EncodeDemand = {
      codec: toStreamCodec(format),
      maxWidth: side,
      maxHeight: side,
      maxFramerate: Math.min(maxFramerate, wishes.maxFramerate ?? maxFramerate),
      bitrateClass: `weak-${side}`,
    };
    return { kind: 'variant', format, encode, bitrate: { minimum, initial, maximum }, small: true };
  }

  /** What weak receivers of a plan would get; undefined when there is no such thing. */
  #smallFormat(plan: Plan, origin: MediaOrigin | undefined): CodecFormat | undefined {
    const { sink } = this.#options;
    if (sink.kind !== 'video' || origin === undefined) return undefined;
    if (plan.kind === 'direct') {
      if (!(origin instanceof ReceiveTrack) || origin.codec === undefined || !isDecodable(origin.codec))
        return undefined;
    } else if (plan.kind !== 'variant') return undefined;
    const present = (plan.kind === 'variant' ? plan.format : origin.codec!).name.toLowerCase();
    // The codec that it has, where encoding that is cheap, so that nothing changes for the receiver but the size.
    for (const name of CHEAP_CODECS.includes(present) ? [present, ...CHEAP_CODECS] : CHEAP_CODECS) {
      for (const codec of sink.codecs) {
        const format = codec.name.toLowerCase() === name ? encodedFor(codec) : undefined;
        if (format !== undefined) return format;
      }
    }
    return undefined;
  }

  #joinGroup(key: string): void {
    if (key === this.#groupKey) return;
    this.#group?.leave(this);
    this.#groupKey = key;
    this.#group = key === '' ? undefined : this.#options.graph.weakReceivers(key);
    this.#group?.join(this);
  }

  /**
   * A connection that needs transcoding is refused where that is forbidden.
   * @throws KurentoError with both codecs
   */
  check(origin: MediaOrigin | undefined, wishes: EncodingWishes): void {
    const plan = this.#plan(origin, wishes);
    if (plan.kind === 'refused' && plan.forbidden) throw plan.error;
  }

  #plan(origin: MediaOrigin | undefined, wishes: EncodingWishes): Plan {
    const { sink } = this.#options;
    if (origin === undefined) return { kind: 'none' };
    const wanted = wishes.codec?.toLowerCase();
    const encoding = wanted !== undefined || wishes.maxFramerate !== undefined;
    if (origin instanceof GraphOrigin) {
      if (origin.codec !== undefined && !encoding) {
        const accepted = pickCodec(origin.codec, sink.codecs);
        if (accepted !== undefined) return { kind: 'variant', format: origin.codec, encode: undefined };
      }
      return this.#encode(origin.codec, wishes);
    }
    if (!(origin instanceof ReceiveTrack)) return { kind: 'direct' };
    const source = origin.codec;
    // Not negotiated yet: the origin tells when it is.
    if (source === undefined) return { kind: 'direct' };
    const fits = pickCodec(source, sink.codecs) !== undefined;
    const asWished =
      (wanted === undefined || source.name.toLowerCase() === wanted) && wishes.maxFramerate === undefined;
    if (fits && asWished) return { kind: 'direct' };
    if (!isDecodable(source)) {
      return fits ? { kind: 'direct' } : { kind: 'refused', error: this.#impossible(source) };
    }
    const plan = this.#encode(source, wishes);
    return plan.kind === 'refused' && fits ? { kind: 'direct' } : plan;
  }

  #encode(source: CodecFormat | undefined, wishes: EncodingWishes): Plan {
    const { sink, listener } = this.#options;
    const wanted = wishes.codec?.toLowerCase();
    const candidates = sink.codecs.filter(
      ({ name }) => !isAuxiliary(name) && (wanted === undefined || name.toLowerCase() === wanted),
    );
    let format: CodecFormat | undefined;
    for (const candidate of candidates) format ??= encodedFor(candidate);
    if (format === undefined) return { kind: 'refused', error: this.#impossible(source) };
    if (source !== undefined && !listener.mayTranscode()) {
      const message = `The source sends ${source.name}, the sink accepts ${this.#acceptedNames()}: transcoding is forbidden`;
      return { kind: 'refused', error: new KurentoError('CONNECT_ERROR', message), forbidden: true };
    }
    const encode: EncodeDemand = {
      codec: toStreamCodec(format),
      ...(wishes.maxFramerate !== undefined && { maxFramerate: wishes.maxFramerate }),
      bitrateClass: classOf(wishes.bitrate),
    };
    return { kind: 'variant', format, encode };
  }

  #acceptedNames(): string {
    const names = this.#options.sink.codecs.map(({ name }) => name).filter((name) => !isAuxiliary(name));
    return [...new Set(names)].join(', ') || 'nothing';
  }

  #impossible(source: CodecFormat | undefined): KurentoError {
    const message = `The source sends ${source?.name ?? 'raw media'}, the sink accepts ${this.#acceptedNames()}: there is no way from one to the other`;
    return new KurentoError('CONNECT_ERROR', message);
  }

  #variantFailed(key: string, error: Error): void {
    if (key !== this.#key) return;
    if (this.#small) {
      this.#group?.failed();
      return;
    }
    // The key stays: it is not tried again before something changes.
    const use = this.#use;
    this.#use = undefined;
    this.#takeEvents(undefined);
    this.#options.sink.setOrigin(undefined);
    use?.release();
    this.#setTranscoding(false);
    this.#fail(asKurentoError(error));
  }

  #takeEvents(source: ReceiveTrack | undefined): void {
    const { sink } = this.#options;
    this.#eventSource?.setEventSink(sink, false);
    this.#eventSource = source;
    source?.setEventSink(sink, true);
  }

  #leave(): void {
    this.#key = '';
    this.#small = false;
    this.#takeEvents(undefined);
    const use = this.#use;
    this.#use = undefined;
    if (use !== undefined) this.#options.sink.setOrigin(undefined);
    use?.release();
    if ((this.#formers?.size ?? 0) > 0) queueMicrotask(() => this.#releaseFormers());
    this.#setTranscoding(false);
  }

  #setTranscoding(transcoding: boolean): void {
    if (transcoding === this.#transcoding) return;
    this.#transcoding = transcoding;
    this.#options.listener.transcodingChanged(transcoding);
  }

  #fail(error: KurentoError): void {
    if (this.#told === error.message) return;
    this.#told = error.message;
    this.#options.listener.linkFailed(error);
  }

  close(): void {
    this.#joinGroup('');
    this.#leave();
  }
}

/** What tells encoders apart that have bitrates of their own. */
export function classOf({ initial, minimum, maximum }: BitrateWishes): string {
  return `${initial}-${minimum}-${maximum}`;
}

let originNumbers = 0;
const originIds = new WeakMap<MediaOrigin, number>();

function idOf(origin: MediaOrigin): number {
  let id = originIds.get(origin);
  if (id === undefined) {
    id = ++originNumbers;
    originIds.set(origin, id);
  }
  return id;
}

function asKurentoError(error: unknown): KurentoError {
  if (error instanceof KurentoError) return error;
  return new KurentoError('UNEXPECTED_ERROR', error instanceof Error ? error.message : String(error));
}
