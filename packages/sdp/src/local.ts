/** What the caller of an offer or an answer decides. Nothing here is made up by this package. */

import { sameCodec, sameName } from './codecs.js';
import { type FormatParameters, formatParameter, NO_PARAMETERS, parseFormatParameters } from './fmtp.js';
import type { CodecFormat, Direction, Fingerprint, Msid, NetworkAddress, Origin } from './model.js';

/** A codec that this side can send and receive. */
export interface CodecCapability {
  readonly name: string;
  /** Hz. */
  readonly clockRate: number;
  /** Default 1. */
  readonly channels?: number;
  /**
   * Text of the `fmtp` line in offers. In answers it narrows what is accepted when it names a profile (H264
   * `profile-level-id` with `packetization-mode`, VP9 and H265 `profile-id`, AV1 `profile`); without, any is accepted.
   */
  readonly fmtp?: string;
  /** `rtcp-fb` values, such as `nack pli`: offered, or accepted when offered. */
  readonly feedback?: readonly string[];
  /** Whether retransmissions (RFC 4588) are offered, or accepted when offered. */
  readonly rtx?: boolean;
  /** Number in offers; without, the static one of RFC 3551 or the next free dynamic one. */
  readonly payloadType?: number;
}

/** One stream that this side may send. */
export interface LocalSource {
  readonly ssrc: number;
  /** Source of retransmissions, in the same FID group. */
  readonly rtxSsrc?: number;
  readonly cname: string;
  /** Stream and track id that a browser gives to the received track. */
  readonly msid?: Msid;
}

/** Shared by all m-lines. */
export interface LocalTransport {
  readonly iceUfrag: string;
  readonly icePwd: string;
  /** Default `trickle` (RFC 8840). */
  readonly iceOptions?: readonly string[];
  /** Of the DTLS certificate. */
  readonly fingerprints: readonly Fingerprint[];
}

/** The `o=` and `s=` lines. */
export interface LocalSession {
  /** Decimal number of up to 63 bits; Kurento writes NTP seconds. */
  readonly sessionId: string;
  /** Default the session id, as Kurento has it; goes up with each change (RFC 3264 section 8). */
  readonly sessionVersion?: string;
  /** Default `Rivero`. */
  readonly name?: string;
}

export const UNSPECIFIED_ADDRESS: NetworkAddress = { family: 4, address: '0.0.0.0' };

/** Port of m-lines before candidates are known, as Kurento writes it; `a=rtcp` then has the discard port. */
export const PROVISIONAL_PORT = 1;
export const DISCARD_PORT = 9;

export function localOrigin(session: LocalSession): Origin {
  const { sessionId, sessionVersion = sessionId } = session;
  return { username: '-', sessionId, sessionVersion, ...UNSPECIFIED_ADDRESS };
}

export function sessionName(session: LocalSession): string {
  return session.name ?? 'Rivero';
}

export function capabilityFormat(capability: CodecCapability): CodecFormat {
  return {
    name: capability.name,
    clockRate: capability.clockRate,
    channels: capability.channels ?? 1,
    fmtp: capabilityParameters(capability),
  };
}

export function capabilityParameters({ fmtp }: CodecCapability): FormatParameters {
  return fmtp === undefined ? NO_PARAMETERS : parseFormatParameters(fmtp);
}

const PROFILE_PARAMETERS: ReadonlyMap<string, string> = new Map([
  ['h264', 'profile-level-id'],
  ['h265', 'profile-id'],
  ['vp9', 'profile-id'],
  ['av1', 'profile'],
]);

/** Whether an offered codec is one this capability means. */
export function capabilityAccepts(capability: CodecCapability, offered: CodecFormat): boolean {
  const format = capabilityFormat(capability);
  const shape = sameName(format.name, offered.name) && format.clockRate === offered.clockRate;
  if (!shape || format.channels !== offered.channels) return false;
  const profile = PROFILE_PARAMETERS.get(format.name.toLowerCase());
  const anyProfile = profile === undefined || formatParameter(format.fmtp, profile) === undefined;
  return anyProfile || sameCodec(format, offered);
}

/** FID group (RFC 5576 section 4.2), SSRC and msid lines of a source; only what will be sent has an msid. */
export function sourceDescription(source: LocalSource, direction: Direction, rtx: boolean) {
  const sends = direction === 'sendrecv' || direction === 'sendonly';
  const msid = sends && source.msid ? { msid: source.msid } : {};
  const describe = (ssrc: number) => ({ ssrc, cname: source.cname, ...msid });
  const paired = sends && rtx && source.rtxSsrc !== undefined ? source.rtxSsrc : undefined;
  return {
    ssrcs: paired === undefined ? [describe(source.ssrc)] : [describe(source.ssrc), describe(paired)],
    ssrcGroups: paired === undefined ? [] : [{ semantics: 'FID', ssrcs: [source.ssrc, paired] }],
    msids: msid.msid ? [msid.msid] : [],
  };
}
