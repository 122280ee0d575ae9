/** Which codecs understand each other: by name, clock rate, channels and what their payload formats add. */

import { formatParameter, numericParameter } from './fmtp.js';
import type { CodecFormat, PayloadFormat } from './model.js';

/** RFC 3551 section 6: what a payload type means when no `rtpmap` says so. */
const STATIC_PAYLOADS: ReadonlyMap<
  number,
  { kind: 'audio' | 'video'; name: string; clockRate: number; channels?: number }
> = new Map([
  [0, { kind: 'audio', name: 'PCMU', clockRate: 8000 }],
  [3, { kind: 'audio', name: 'GSM', clockRate: 8000 }],
  [4, { kind: 'audio', name: 'G723', clockRate: 8000 }],
  [8, { kind: 'audio', name: 'PCMA', clockRate: 8000 }],
  [9, { kind: 'audio', name: 'G722', clockRate: 8000 }],
  [10, { kind: 'audio', name: 'L16', clockRate: 44100, channels: 2 }],
  [11, { kind: 'audio', name: 'L16', clockRate: 44100 }],
  [13, { kind: 'audio', name: 'CN', clockRate: 8000 }],
  [14, { kind: 'audio', name: 'MPA', clockRate: 90000 }],
  [15, { kind: 'audio', name: 'G728', clockRate: 8000 }],
  [18, { kind: 'audio', name: 'G729', clockRate: 8000 }],
  [26, { kind: 'video', name: 'JPEG', clockRate: 90000 }],
  [31, { kind: 'video', name: 'H261', clockRate: 90000 }],
  [32, { kind: 'video', name: 'MPV', clockRate: 90000 }],
  [33, { kind: 'video', name: 'MP2T', clockRate: 90000 }],
  [34, { kind: 'video', name: 'H263', clockRate: 90000 }],
]);

/** The meaning of a static payload type on an m-line of this kind; undefined for dynamic ones. */
export function staticPayload(kind: string, payloadType: number): Omit<CodecFormat, 'fmtp'> | undefined {
  const entry = STATIC_PAYLOADS.get(payloadType);
  if (entry === undefined || entry.kind !== kind) return undefined;
  return { name: entry.name, clockRate: entry.clockRate, channels: entry.channels ?? 1 };
}

/** The static payload type of a codec, for offers; undefined when it needs a dynamic one. */
export function staticPayloadType(codec: Omit<CodecFormat, 'fmtp'>): number | undefined {
  for (const [payloadType, entry] of STATIC_PAYLOADS) {
    const same = sameName(entry.name, codec.name) && entry.clockRate === codec.clockRate;
    if (same && (entry.channels ?? 1) === codec.channels) return payloadType;
  }
  return undefined;
}

/** Formats that only accompany others: an m-line with nothing else carries no media. */
const AUXILIARY = new Set(['rtx', 'red', 'ulpfec', 'flexfec-03', 'flexfec', 'telephone-event', 'cn']);

export function isAuxiliary(name: string): boolean {
  return AUXILIARY.has(name.toLowerCase());
}

export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Payload type that an rtx format retransmits (RFC 4588 section 8), undefined for anything else. */
export function retransmittedPayloadType(payload: PayloadFormat): number | undefined {
  if (!sameName(payload.name, 'rtx')) return undefined;
  const apt = numericParameter(payload.fmtp, 'apt', -1);
  return apt < 0 ? undefined : apt;
}

export const H264Profile = {
  ConstrainedBaseline: 'constrained-baseline',
  Baseline: 'baseline',
  Main: 'main',
  ConstrainedHigh: 'constrained-high',
  High: 'high',
  High444: 'high-444',
} as const;
export type H264Profile = (typeof H264Profile)[keyof typeof H264Profile];

/**
 * Profile of an H.264 `profile-level-id` (RFC 6184 section 8.1, table 5): three bytes in hexadecimal, of which
 * profile_idc and the constraint flags make the profile. Without the parameter it is Baseline.
 */
export function h264Profile(codec: CodecFormat): H264Profile | undefined {
  const text = formatParameter(codec.fmtp, 'profile-level-id') ?? '42000a';
  if (!/^[0-9a-f]{6}$/i.test(text)) return undefined;
  const idc = Number.parseInt(text.slice(0, 2), 16);
  const flags = Number.parseInt(text.slice(2, 4), 16);
  const set0 = (flags & 0x80) !== 0;
  const set1 = (flags & 0x40) !== 0;
  switch (idc) {
    case 0x42:
      return set1 ? H264Profile.ConstrainedBaseline : H264Profile.Baseline;
    case 0x4d:
      return set0 ? H264Profile.ConstrainedBaseline : H264Profile.Main;
    case 0x58:
      return set0 ? (set1 ? H264Profile.ConstrainedBaseline : H264Profile.Baseline) : undefined;
    case 0x64:
      return (flags & 0x0c) === 0x0c ? H264Profile.ConstrainedHigh : H264Profile.High;
    case 0xf4:
      return H264Profile.High444;
    default:
      return undefined;
  }
}

/**
 * Profiles that a decoder of the named one plays as well (H.264 annex A.2). Baseline counts as Constrained Baseline
 * here: what it adds (FMO, ASO, redundant slices) no real-time encoder uses.
 */
const H264_PLAYS: Readonly<Record<H264Profile, readonly H264Profile[]>> = {
  'constrained-baseline': ['constrained-baseline', 'baseline'],
  baseline: ['constrained-baseline', 'baseline'],
  main: ['constrained-baseline', 'baseline', 'main'],
  'constrained-high': ['constrained-baseline', 'baseline', 'constrained-high'],
  high: ['constrained-baseline', 'baseline', 'main', 'constrained-high', 'high'],
  'high-444': ['constrained-baseline', 'baseline', 'main', 'constrained-high', 'high', 'high-444'],
};

/** RFC 6184 section 8.1: 0 single NAL unit, 1 non-interleaved, 2 interleaved. */
export function h264PacketizationMode(codec: CodecFormat): number {
  return numericParameter(codec.fmtp, 'packetization-mode', 0);
}

function sameShape(a: CodecFormat, b: CodecFormat): boolean {
  return sameName(a.name, b.name) && a.clockRate === b.clockRate && a.channels === b.channels;
}

/**
 * The same codec configuration in an offer and in local capabilities: symmetric, so profiles must be equal and H.264
 * packetization modes too (RFC 6184 section 8.2.2, RFC 9628, AV1 RTP payload format section 7.2). Levels may differ.
 */
export function sameCodec(a: CodecFormat, b: CodecFormat): boolean {
  if (!sameShape(a, b)) return false;
  switch (a.name.toLowerCase()) {
    case 'h264':
      return h264PacketizationMode(a) === h264PacketizationMode(b) && h264Profile(a) === h264Profile(b);
    case 'vp9':
      return numericParameter(a.fmtp, 'profile-id', 0) === numericParameter(b.fmtp, 'profile-id', 0);
    case 'av1':
      return numericParameter(a.fmtp, 'profile', 0) === numericParameter(b.fmtp, 'profile', 0);
    case 'h265':
      return numericParameter(a.fmtp, 'profile-id', 1) === numericParameter(b.fmtp, 'profile-id', 1);
    case 'amr':
    case 'amr-wb':
      return amrPayload(a) === amrPayload(b);
    default:
      return true;
  }
}

/**
 * Whether RTP of `source` can be forwarded unchanged (but for the payload type) to a receiver that negotiated
 * `receiver`. Levels, bitrates and frame sizes are not compared: an encoder adapts, a decoder copes or drops.
 */
export function codecsCompatible(source: CodecFormat, receiver: CodecFormat): boolean {
  if (!sameShape(source, receiver)) return false;
  switch (source.name.toLowerCase()) {
    case 'h264':
      return h264Forwardable(source, receiver);
    case 'av1':
      // Each AV1 profile includes the ones below (AV1 specification, annex A.2).
      return numericParameter(source.fmtp, 'profile', 0) <= numericParameter(receiver.fmtp, 'profile', 0);
    case 'amr':
    case 'amr-wb':
      return amrForwardable(source, receiver);
    default:
      return sameCodec(source, receiver);
  }
}

export const AmrPayload = {
  BandwidthEfficient: 'bandwidth-efficient',
  OctetAligned: 'octet-aligned',
  /** With checksums, sorted or interleaved: what next to nobody uses. */
  Protected: 'protected',
} as const;
export type AmrPayload = (typeof AmrPayload)[keyof typeof AmrPayload];

/** The form of the payload of AMR and AMR-WB; both sides have to have the same (RFC 4867 sections 4.1, 8.1 and 8.3.1). */
export function amrPayload({ fmtp }: CodecFormat): AmrPayload {
  const isOn = (name: string): boolean => numericParameter(fmtp, name, 0) !== 0;
  if (isOn('crc') || isOn('robust-sorting') || formatParameter(fmtp, 'interleaving') !== undefined) {
    return AmrPayload.Protected;
  }
  return isOn('octet-align') ? AmrPayload.OctetAligned : AmrPayload.BandwidthEfficient;
}

/** Modes that a receiver does not take are none that it plays (RFC 4867 section 8.1, `mode-set`). */
function amrForwardable(source: CodecFormat, receiver: CodecFormat): boolean {
  if (!sameCodec(source, receiver)) return false;
  const taken = formatParameter(receiver.fmtp, 'mode-set')?.split(',');
  const sent = formatParameter(source.fmtp, 'mode-set')?.split(',');
  return taken === undefined || (sent?.every((mode) => taken.includes(mode)) ?? false);
}

function h264Forwardable(source: CodecFormat, receiver: CodecFormat): boolean {
  const from = h264PacketizationMode(source);
  const to = h264PacketizationMode(receiver);
  // Single NAL unit packets are legal in mode 1; fragments and aggregates are not in mode 0.
  if (from !== to && !(from === 0 && to === 1)) return false;
  const profile = h264Profile(source);
  const plays = h264Profile(receiver);
  return profile !== undefined && plays !== undefined && H264_PLAYS[plays].includes(profile);
}

/**
 * The codec among those a receiver negotiated in which to forward `source`: the same configuration when it is there,
 * else the first compatible one in the receiver's order.
 */
export function pickCodec<Codec extends CodecFormat>(
  source: CodecFormat,
  codecs: readonly Codec[],
): Codec | undefined {
  return (
    codecs.find((codec) => sameCodec(source, codec) && codecsCompatible(source, codec)) ??
    codecs.find((codec) => codecsCompatible(source, codec))
  );
}

/** Payload type of {@link pickCodec}. */
export function pickPayloadType(
  source: CodecFormat,
  codecs: readonly (CodecFormat & { readonly payloadType: number })[],
): number | undefined {
  return pickCodec(source, codecs)?.payloadType;
}
