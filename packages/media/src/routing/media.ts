import type { CodecFormat } from '@rivero/sdp';
import type { LatencyMeter } from '../stats/latency-meter.js';

/** Kinds of media that travel as RTP. */
export type MediaKind = 'audio' | 'video';

export const MEDIA_KINDS: readonly MediaKind[] = ['audio', 'video'];

/** Where media of one kind comes from: the receiving side of an endpoint. */
export interface MediaOrigin {
  readonly kind: MediaKind;
  /** What its packets are coded in; before the first packet: what was negotiated first; undefined before negotiation. */
  readonly codec: CodecFormat | undefined;
  /** Whether packets arrive. */
  readonly flowing: boolean;
  /** How long its packets take, while that is measured. */
  readonly latency?: LatencyMeter | undefined;
  addSink(sink: MediaSink): void;
  removeSink(sink: MediaSink): void;
  /** Asks the sender for a key frame; throttled by the origin. */
  requestKeyFrame(): void;
}

/** Where media of one kind ends: the sending side of an endpoint. */
export interface MediaSink {
  readonly kind: MediaKind;
  /** Connects to another origin, or to none. Idempotent. */
  setOrigin(origin: MediaOrigin | undefined): void;
  /** Codecs that the receiver accepts, in its order; undefined before negotiation. */
  readonly codecs: readonly CodecFormat[] | undefined;
  /** How long packets are held back on average for a slow path to the receiver, ms. */
  readonly pacingMs?: number;
}
