/** Offers of a WebRTC endpoint (RFC 8829 section 5.2), shaped like Kurento's. */

import { staticPayloadType } from './codecs.js';
import { HeaderExtensionUri } from './extensions.js';
import { parseFormatParameters } from './fmtp.js';
import {
  type CodecCapability,
  capabilityFormat,
  DISCARD_PORT,
  type LocalSession,
  type LocalSource,
  type LocalTransport,
  localOrigin,
  PROVISIONAL_PORT,
  sessionName,
  sourceDescription,
  UNSPECIFIED_ADDRESS,
} from './local.js';
import type {
  Direction,
  HeaderExtension,
  MediaDescription,
  PayloadFormat,
  SessionDescription,
} from './model.js';
import { formatSessionDescription } from './write.js';

/** An m-line of audio or video to offer. */
export interface OfferedRtpMedia {
  readonly kind: 'audio' | 'video';
  /** Default `audio0`, `audio1` …, by kind. */
  readonly mid?: string;
  /** In order of preference. */
  readonly codecs: readonly CodecCapability[];
  readonly extensions?: readonly HeaderExtension[];
  /** Default `sendrecv`. */
  readonly direction?: Direction;
  readonly source: LocalSource;
  /** `b=AS`, kbit/s. */
  readonly bandwidthKbps?: number;
}

/** Data channels to offer. */
export interface OfferedData {
  readonly kind: 'application';
  /** Default `application0`. */
  readonly mid?: string;
  readonly sctpPort: number;
  /** Bytes of the largest message this side takes. */
  readonly maxMessageSize?: number;
}

export interface OfferOptions {
  readonly session: LocalSession;
  readonly transport: LocalTransport;
  /** The m-lines in their order; none makes an offer without media. */
  readonly media: readonly (OfferedRtpMedia | OfferedData)[];
  /** `a=rtcp-rsize` (RFC 5506); default false. */
  readonly reducedSizeRtcp?: boolean;
}

export interface LocalDescription {
  readonly description: SessionDescription;
  readonly text: string;
}

/** @throws {RangeError} when the options need more payload types than there are, or name one twice. */
export function createOffer(options: OfferOptions): LocalDescription {
  const { session, transport } = options;
  const allocator = new PayloadTypeAllocator(
    options.media.flatMap((media) => ('codecs' in media ? media.codecs : [])),
  );
  const counts = new Map<string, number>();
  const media = options.media.map((entry): MediaDescription => {
    const count = counts.get(entry.kind) ?? 0;
    counts.set(entry.kind, count + 1);
    const mid = entry.mid ?? `${entry.kind}${count}`;
    const security = offeredSecurity(transport);
    return entry.kind === 'application'
      ? dataMedia(entry, mid, security)
      : rtpMedia(entry, mid, security, allocator, options.reducedSizeRtcp ?? false);
  });
  const mids = media.map(({ mid }) => mid!);
  const description: SessionDescription = {
    origin: localOrigin(session),
    name: sessionName(session),
    connection: UNSPECIFIED_ADDRESS,
    bundleGroups: mids.length > 0 ? [mids] : [],
    // It is longer than the one-byte form allows.
    extmapAllowMixed: media.some(({ extensions }) =>
      extensions.some(({ uri }) => uri === HeaderExtensionUri.DependencyDescriptor),
    ),
    iceLite: false,
    media,
  };
  return {
    description,
    get text() {
      return formatSessionDescription(description);
    },
  };
}

function offeredSecurity({ iceUfrag, icePwd, iceOptions = ['trickle'], fingerprints }: LocalTransport) {
  return { iceUfrag, icePwd, iceOptions, fingerprints, setup: 'actpass' as const };
}

const EMPTY_MEDIA = {
  port: PROVISIONAL_PORT,
  bundleOnly: false,
  rids: [],
  candidates: [],
  endOfCandidates: false,
};

function rtpMedia(
  entry: OfferedRtpMedia,
  mid: string,
  security: ReturnType<typeof offeredSecurity>,
  allocator: PayloadTypeAllocator,
  reducedSize: boolean,
): MediaDescription {
  const payloads = entry.codecs.flatMap((codec) => offeredPayloads(codec, allocator));
  const direction = entry.direction ?? 'sendrecv';
  const rtx = entry.codecs.some((codec) => codec.rtx);
  return {
    ...EMPTY_MEDIA,
    kind: entry.kind,
    type: entry.kind,
    protocol: 'UDP/TLS/RTP/SAVPF',
    formats: payloads.map(({ payloadType }) => String(payloadType)),
    mid,
    direction,
    rtcp: { port: DISCARD_PORT, address: UNSPECIFIED_ADDRESS },
    rtcpMux: true,
    rtcpReducedSize: reducedSize,
    payloads,
    extensions: entry.extensions ?? [],
    ...sourceDescription(entry.source, direction, rtx),
    ...security,
    ...(entry.bandwidthKbps !== undefined && { bandwidthAs: entry.bandwidthKbps }),
  };
}

function dataMedia(
  entry: OfferedData,
  mid: string,
  security: ReturnType<typeof offeredSecurity>,
): MediaDescription {
  const size = entry.maxMessageSize;
  return {
    ...EMPTY_MEDIA,
    kind: 'application',
    type: 'application',
    protocol: 'UDP/DTLS/SCTP',
    formats: ['webrtc-datachannel'],
    mid,
    direction: 'sendrecv',
    rtcpMux: false,
    rtcpReducedSize: false,
    payloads: [],
    extensions: [],
    ssrcs: [],
    ssrcGroups: [],
    msids: [],
    ...security,
    sctp: { port: entry.sctpPort, ...(size !== undefined && { maxMessageSize: size }), legacy: false },
  };
}

function offeredPayloads(codec: CodecCapability, allocator: PayloadTypeAllocator): PayloadFormat[] {
  const format = capabilityFormat(codec);
  const payloadType = codec.payloadType ?? staticPayloadType(format) ?? allocator.next();
  const payload: PayloadFormat = { payloadType, ...format, feedback: codec.feedback ?? [] };
  if (!codec.rtx) return [payload];
  const rtx: PayloadFormat = {
    payloadType: allocator.next(),
    name: 'rtx',
    clockRate: format.clockRate,
    channels: 1,
    fmtp: parseFormatParameters(`apt=${payloadType}`),
    feedback: [],
  };
  return [payload, rtx];
}

/** Dynamic numbers, unique in the bundle (RFC 9143 section 9.1.1): 96 to 127, then the unassigned 35 to 63. */
class PayloadTypeAllocator {
  readonly #taken = new Set<number>();
  #candidates: number[] = [...range(96, 127), ...range(35, 63)];

  constructor(codecs: readonly CodecCapability[]) {
    for (const { payloadType } of codecs) {
      if (payloadType === undefined) continue;
      if (this.#taken.has(payloadType)) throw new RangeError(`payload type ${payloadType} given twice`);
      this.#taken.add(payloadType);
    }
    this.#candidates = this.#candidates.filter((candidate) => !this.#taken.has(candidate));
  }

  next(): number {
    const payloadType = this.#candidates.shift();
    if (payloadType === undefined) throw new RangeError('no payload type left');
    return payloadType;
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
