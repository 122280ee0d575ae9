/** What both sides agreed on, from this side's view. */

import type { MediaDirection } from './directions.js';
import type {
  CodecFormat,
  Fingerprint,
  HeaderExtension,
  MediaDescription,
  Msid,
  Rid,
  Setup,
  Simulcast,
} from './model.js';

export interface NegotiatedFeedback {
  readonly nack: boolean;
  readonly pli: boolean;
  readonly fir: boolean;
  readonly remb: boolean;
  readonly transportCc: boolean;
}

/** A codec both sides agreed on. `fmtp` is the peer's, which is what its decoder wants. */
export interface NegotiatedCodec extends CodecFormat {
  /** Number in what is sent to the peer. */
  readonly payloadType: number;
  /** Number in what the peer sends; equal to {@link payloadType} unless an answerer renumbered (RFC 3264 section 5.1). */
  readonly receivePayloadType: number;
  readonly feedback: NegotiatedFeedback;
  readonly rtxPayloadType?: number;
  readonly receiveRtxPayloadType?: number;
}

export interface RemoteSource {
  readonly ssrc: number;
  readonly rtxSsrc?: number;
  /** Of the FEC that protects it (RFC 5956). */
  readonly fecSsrc?: number;
  readonly cname?: string;
  readonly msid?: Msid;
}

/** What the peer described of one m-line. */
export interface RemoteMedia {
  /** Announced sources without those of retransmissions and FEC; empty when the peer announces none. */
  readonly ssrcs: readonly RemoteSource[];
  readonly msids: readonly Msid[];
  /** RIDs that the peer sends (RFC 8851). */
  readonly rids: readonly Rid[];
  readonly simulcast?: Simulcast;
  readonly iceUfrag?: string;
  readonly icePwd?: string;
  readonly iceOptions: readonly string[];
  readonly fingerprints: readonly Fingerprint[];
  readonly setup?: Setup;
  readonly candidates: readonly string[];
  readonly endOfCandidates: boolean;
  /** kbit/s that the peer wants to receive at most (`b=TIAS`, else `b=AS`). */
  readonly bandwidthKbps?: number;
}

export interface LocalMedia {
  readonly ssrc?: number;
  readonly rtxSsrc?: number;
  readonly cname?: string;
}

/** SCTP over this m-line's transport (RFC 8841). */
export interface NegotiatedSctp {
  readonly localPort: number;
  readonly remotePort: number;
  /** Bytes of the largest message the peer takes; 0 means any. */
  readonly remoteMaxMessageSize: number;
}

export interface NegotiatedMedia {
  /** Position of the m-line, as in `sdpMLineIndex` of a candidate. */
  readonly index: number;
  readonly mid?: string;
  readonly kind: MediaDescription['kind'];
  readonly accepted: boolean;
  /** Index of the m-line whose transport this one uses: its own unless bundled. */
  readonly transport: number;
  readonly direction: MediaDirection;
  /** In the order of the answer, best first; telephone-event and the like at their place. */
  readonly codecs: readonly NegotiatedCodec[];
  readonly extensions: readonly HeaderExtension[];
  /** RFC 5506: RTCP need not be compound. */
  readonly reducedSizeRtcp: boolean;
  readonly dtlsRole: 'client' | 'server';
  /** RIDs that the answer agreed to receive here, in order of preference. */
  readonly receivedRids: readonly string[];
  readonly sctp?: NegotiatedSctp;
  readonly remote: RemoteMedia;
  readonly local: LocalMedia;
}

export interface NegotiatedSession {
  /** Mids of the answer's first BUNDLE group; empty without one. */
  readonly bundle: readonly string[];
  /** ICE role of this side (RFC 8445 section 6.1.1). */
  readonly iceControlling: boolean;
  readonly media: readonly NegotiatedMedia[];
}
