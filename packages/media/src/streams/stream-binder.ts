import { Descriptor, type PacketEngine, SLOT_SIZE } from '@rivero/packet-engine';
import { ExtensionUri, FlexfecDecoder, readTextExtension, type SourceClock } from '@rivero/rtp';
import type { NegotiatedMedia } from '@rivero/sdp';
import { ownCopy } from '../runtime/own-copy.js';
import { SmallMap } from '../runtime/small-map.js';
import { FecReceiver, mutableExtensions } from './fec-receiver.js';
import { ReceiveStream } from './receive-stream.js';
import type { ReceiveTrack } from './receive-track.js';

const flexfec = new FlexfecDecoder();

/** What a received SSRC is. */
export interface Binding {
  track: ReceiveTrack;
  stream: ReceiveStream;
  /** The stream carries retransmissions of `stream`. */
  rtx: boolean;
  /** The stream carries FEC of `stream`. */
  fec?: FecReceiver;
}

interface AnnouncedSource {
  track: ReceiveTrack;
  /** SSRC of the media when this is the stream of its retransmissions. */
  repairs: number | undefined;
  /** It is FEC that repairs. */
  fec?: boolean;
}

export interface StreamBinderOptions {
  /** Session of the packet engine. */
  session: number;
  clock: SourceClock;
  /** Received streams kept apart; with more the oldest is forgotten. Default: as many as the engine allows. */
  maxStreams: number | undefined;
}

/** Finds out to which track of a session a received stream belongs, and whether it is media, its retransmissions or its FEC. */
export class StreamBinder {
  /** Received media streams by SSRC. */
  readonly streams = new SmallMap<number, ReceiveStream>();
  #tracks: readonly ReceiveTrack[] = [];
  readonly #engine: PacketEngine;
  readonly #options: StreamBinderOptions;
  readonly #announced = new SmallMap<number, AnnouncedSource>();
  readonly #byMid = new SmallMap<string, ReceiveTrack>();
  /** By the engine's number of the stream within the session. */
  readonly #bindings: (Binding | undefined)[] = [];
  #midExtension: number | undefined;

  constructor(engine: PacketEngine, options: StreamBinderOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  /** Takes what was negotiated for a track. @param tracks all of the session */
  announce(track: ReceiveTrack, media: NegotiatedMedia, tracks: readonly ReceiveTrack[]): void {
    this.#tracks = tracks;
    const flexfec = media.codecs.some(({ name }) => name.toLowerCase() === 'flexfec-03');
    for (const { ssrc, rtxSsrc, fecSsrc } of media.remote.ssrcs) {
      this.#announced.set(ssrc | 0, { track, repairs: undefined });
      if (fecSsrc !== undefined && flexfec) {
        this.#announced.set(fecSsrc | 0, { track, repairs: ssrc | 0, fec: true });
      }
      if (rtxSsrc !== undefined) this.#announced.set(rtxSsrc | 0, { track, repairs: ssrc | 0 });
    }
    if (media.mid !== undefined) this.#byMid.set(ownCopy(media.mid), track);
    const mid = track.extensions.get(ExtensionUri.Mid);
    if (mid !== undefined) this.#midExtension = mid;
  }

  /** Streams may belong elsewhere after a negotiation: they are assigned anew. */
  rebind(): void {
    this.#bindings.length = 0;
  }

  /** Whose a packet is; undefined while nobody claims its stream. */
  find(descriptors: Int32Array, at: number): Binding | undefined {
    const index = descriptors[at + Descriptor.Stream]!;
    const known = this.#bindings[index];
    if (known !== undefined) {
      const ssrc = descriptors[at + Descriptor.Ssrc]!;
      if (known.rtx || known.fec !== undefined || known.stream.ssrc === ssrc) return known;
    }
    const binding = this.#bind(descriptors, at);
    // A stream that nobody claims yet may be claimed by its next packets: only the first ones carry a MID.
    if (binding !== undefined) this.#bindings[index] = binding;
    return binding;
  }

  /** Finds the track of a new stream: announced in SDP, else by MID, else by a payload type that only one track has. */
  #bind(descriptors: Int32Array, at: number): Binding | undefined {
    const ssrc = descriptors[at + Descriptor.Ssrc]!;
    const payloadType = descriptors[at + Descriptor.TypeAndMarker]! & 0x7f;
    const announced = this.#announced.get(ssrc);
    const track =
      announced?.track ?? this.#trackByMid(descriptors, at) ?? this.#trackByPayloadType(payloadType);
    if (track === undefined) return undefined;
    if (announced?.fec === true) return this.#bindFec(track, announced.repairs!);
    const codec = track.codecOf(payloadType);
    const rid = this.#textExtension(descriptors, at, track.extensions.get(ExtensionUri.Rid));
    if (codec !== undefined && announced?.repairs === undefined) {
      // Of simulcast, encodings are told apart by RID; before it is seen a stream's place is not known.
      if (track.rids.length > 0 && (rid === undefined || !track.rids.includes(rid))) return undefined;
      // Browsers name no feedback for what they wrap their video in.
      const { nack } = (track.isProtection(payloadType) ? (track.codec ?? codec) : codec).feedback;
      const stream = this.#streamOf(ssrc, track, codec.clockRate, nack);
      stream.rid = track.rids.length > 0 ? rid : undefined;
      return { track, stream, rtx: false };
    }
    const repairing = track.retransmittedCodec(payloadType);
    if (repairing === undefined) return undefined;
    // Padding that probes the path may come before the first media.
    if (announced?.repairs !== undefined && track.rids.length === 0) {
      const { nack } = (
        track.isProtection(repairing.receivePayloadType) ? (track.codec ?? repairing) : repairing
      ).feedback;
      this.#streamOf(announced.repairs, track, repairing.clockRate, nack);
    }
    const repaired = this.#repairedStream(descriptors, at, track, announced?.repairs);
    if (repaired === undefined) return undefined;
    repaired.rtxSsrc = ssrc;
    return { track, stream: repaired, rtx: true };
  }

  #bindFec(track: ReceiveTrack, ssrc: number): Binding | undefined {
    const stream = this.streams.get(ssrc);
    if (stream === undefined) return undefined;
    const fec = new FecReceiver(this.#engine, stream, flexfec, mutableExtensions(track.extensions));
    return { track, stream, rtx: false, fec };
  }

  /** The stream that a new stream of retransmissions repairs: by SDP, by repaired RID (RFC 8852), else the only one. */
  #repairedStream(
    descriptors: Int32Array,
    at: number,
    track: ReceiveTrack,
    announced: number | undefined,
  ): ReceiveStream | undefined {
    if (announced !== undefined) return this.streams.get(announced);
    const rid = this.#textExtension(descriptors, at, track.extensions.get(ExtensionUri.RepairedRid));
    if (track.rids.length === 0) return track.stream;
    return track.layers.find((layer) => rid !== undefined && layer.rid === rid)?.stream;
  }

  #streamOf(ssrc: number, track: ReceiveTrack, clockRate: number, nack: boolean): ReceiveStream {
    let stream = this.streams.get(ssrc);
    if (stream === undefined) {
      if (this.streams.size >= (this.#options.maxStreams ?? Number.POSITIVE_INFINITY)) this.#forgetOldest();
      stream = new ReceiveStream({ ssrc, clockRate, track, nack, clock: this.#options.clock });
      this.streams.set(ssrc, stream);
    }
    return stream;
  }

  #forgetOldest(): void {
    for (const ssrc of this.streams.keys()) {
      this.streams.delete(ssrc);
      this.#engine.resetReceiveStream(this.#options.session, ssrc >>> 0);
      return;
    }
  }

  #trackByMid(descriptors: Int32Array, at: number): ReceiveTrack | undefined {
    const mid = this.#textExtension(descriptors, at, this.#midExtension);
    return mid === undefined ? undefined : this.#byMid.get(mid);
  }

  #textExtension(descriptors: Int32Array, at: number, id: number | undefined): string | undefined {
    if (id === undefined) return undefined;
    const offset = descriptors[at + Descriptor.Slot]! * SLOT_SIZE;
    return readTextExtension(this.#engine.slab, offset, descriptors[at + Descriptor.Length]!, id);
  }

  #trackByPayloadType(payloadType: number): ReceiveTrack | undefined {
    const matching = this.#tracks.filter(
      (track) =>
        track.codecOf(payloadType) !== undefined || track.retransmittedCodec(payloadType) !== undefined,
    );
    return matching.length === 1 ? matching[0] : undefined;
  }
}
