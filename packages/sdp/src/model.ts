/** The typed form of a session description (RFC 8866), reduced to what a real-time endpoint reads or writes. */

import type { FormatParameters } from './fmtp.js';

export type MediaKind = 'audio' | 'video' | 'application';

/** As written in the description, seen from the side that wrote it (RFC 8866 section 6.7). */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** DTLS role attribute (RFC 4145, RFC 5763 section 5). */
export type Setup = 'actpass' | 'active' | 'passive' | 'holdconn';

export interface NetworkAddress {
  readonly family: 4 | 6;
  readonly address: string;
}

/** The `o=` line. The numbers are text because they may have 64 bits. */
export interface Origin extends NetworkAddress {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
}

/** What RTP of one encoding looks like; enough to say whether two sides understand each other. */
export interface CodecFormat {
  /** Encoding name as written; compared without regard to case (RFC 4855). */
  readonly name: string;
  /** Hz. */
  readonly clockRate: number;
  /** 1 unless an audio `rtpmap` says otherwise. */
  readonly channels: number;
  readonly fmtp: FormatParameters;
}

/** One payload type of an m-line. */
export interface PayloadFormat extends CodecFormat {
  /** 0 to 127. */
  readonly payloadType: number;
  /** `rtcp-fb` values, such as `nack`, `nack pli`, `ccm fir`, `goog-remb`; those for `*` are spread over all. */
  readonly feedback: readonly string[];
}

/** RTP header extension (RFC 8285). */
export interface HeaderExtension {
  readonly id: number;
  readonly uri: string;
  readonly direction?: Direction;
}

export interface Msid {
  readonly stream: string;
  readonly track?: string;
}

/** `a=ssrc` lines of one source (RFC 5576). */
export interface SsrcDescription {
  readonly ssrc: number;
  readonly cname?: string;
  readonly msid?: Msid;
}

/** `a=ssrc-group`: FID pairs media with its retransmissions, SIM lists simulcast layers, FEC-FR media and its FEC. */
export interface SsrcGroup {
  readonly semantics: string;
  readonly ssrcs: readonly number[];
}

/** `a=rid` (RFC 8851). */
export interface Rid {
  readonly id: string;
  readonly direction: 'send' | 'recv';
  readonly parameters?: string;
}

export interface SimulcastStream {
  readonly rid: string;
  readonly paused: boolean;
}

/** `a=simulcast` (RFC 8853): streams in order of preference, each a list of alternatives. */
export interface Simulcast {
  readonly send?: readonly (readonly SimulcastStream[])[];
  readonly receive?: readonly (readonly SimulcastStream[])[];
}

/** `a=fingerprint` (RFC 8122): lower-case hash name, upper-case hexadecimal pairs with colons. */
export interface Fingerprint {
  readonly algorithm: string;
  readonly value: string;
}

/** SRTP suites of SDES (RFC 4568 section 6.2, RFC 6188), in the order of preference here. */
export type CryptoSuite =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32';

/** `a=crypto` (RFC 4568). */
export interface CryptoDescription {
  readonly tag: number;
  readonly suite: CryptoSuite;
  /** Master key and salt, of the suite's length. */
  readonly key: Uint8Array;
  /** Names the key in every packet (MKI, RFC 4568 section 6.1): 1 to 16 bytes. */
  readonly mki?: Uint8Array;
  /** Other keys that may be in use instead of the first one, with MKIs of the same length. */
  readonly furtherKeys?: readonly { readonly key: Uint8Array; readonly mki: Uint8Array }[];
}

/** `a=sctp-port` (RFC 8841), or the older `a=sctpmap`. */
export interface SctpDescription {
  readonly port: number;
  /** Bytes; 0 means any size; 65536 when the line is missing (RFC 8841 section 6). */
  readonly maxMessageSize?: number;
  /** The older form: the port is the format of the m-line. */
  readonly legacy: boolean;
}

export interface MediaDescription {
  /** `other` for media that no endpoint here understands; {@link type} has the word. */
  readonly kind: MediaKind | 'other';
  readonly type: string;
  /** 0 means rejected, that the m-line lives in its group's transport ({@link bundleOnly}), or that it has a {@link problem}. */
  readonly port: number;
  readonly protocol: string;
  /** The formats of the m-line as written. */
  readonly formats: readonly string[];
  readonly mid?: string;
  readonly direction: Direction;
  readonly connection?: NetworkAddress;
  /** `a=rtcp`; the address is missing when only the port is written. */
  readonly rtcp?: { readonly port: number; readonly address?: NetworkAddress };
  readonly rtcpMux: boolean;
  readonly rtcpReducedSize: boolean;
  readonly bundleOnly: boolean;
  /** Known payload types in the order of the m-line; rtx, red and FEC formats included. */
  readonly payloads: readonly PayloadFormat[];
  readonly extensions: readonly HeaderExtension[];
  /** Header extensions of one and of two bytes may be mixed (RFC 8285 section 6), where the session does not say it for all m-lines. */
  readonly extmapAllowMixed?: true;
  readonly ssrcs: readonly SsrcDescription[];
  readonly ssrcGroups: readonly SsrcGroup[];
  readonly msids: readonly Msid[];
  readonly rids: readonly Rid[];
  readonly simulcast?: Simulcast;
  readonly iceUfrag?: string;
  readonly icePwd?: string;
  readonly iceOptions: readonly string[];
  /** Candidate lines without `a=`, as written. */
  readonly candidates: readonly string[];
  readonly endOfCandidates: boolean;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: Setup;
  /** kbit/s of `b=AS` (RFC 8866). */
  readonly bandwidthAs?: number;
  /** bit/s of `b=TIAS` (RFC 3890). */
  readonly bandwidthTias?: number;
  readonly sctp?: SctpDescription;
  /** The usable ones in the order written. */
  readonly cryptos?: readonly CryptoDescription[];
  /** Why none of its crypto lines can be used. */
  readonly cryptoProblem?: string;
  /** ms of media in a packet (RFC 8866 section 6.4). */
  readonly ptime?: number;
  readonly maxptime?: number;
  /** Why it can't be used at all. */
  readonly problem?: string;
  /** Why nobody can connect to it by ICE and DTLS. */
  readonly transportProblem?: string;
}

export interface SessionDescription {
  readonly origin: Origin;
  readonly name: string;
  readonly connection?: NetworkAddress;
  /** The mids of each `a=group:BUNDLE` (RFC 9143); the first of a group is its tag. */
  readonly bundleGroups: readonly (readonly string[])[];
  readonly extmapAllowMixed: boolean;
  /** Text after `a=msid-semantic:`, trimmed. */
  readonly msidSemantic?: string;
  readonly iceLite: boolean;
  /** In a parsed description each m-line already holds what it inherits from the session level. */
  readonly media: readonly MediaDescription[];
}
