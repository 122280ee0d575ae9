/** Answers of a WebRTC endpoint (RFC 8829 section 5.3), shaped like Kurento's. */

import { type AcceptedMedia, acceptRtp } from './answer-rtp.js';
import { credentialsRefusal } from './ice-credentials.js';
import {
  type CodecCapability,
  DISCARD_PORT,
  type LocalSession,
  type LocalSource,
  type LocalTransport,
  localOrigin,
  PROVISIONAL_PORT,
  sessionName,
  UNSPECIFIED_ADDRESS,
} from './local.js';
import type {
  CodecFormat,
  Direction,
  HeaderExtension,
  MediaDescription,
  SessionDescription,
  Setup,
} from './model.js';
import { negotiate } from './negotiate.js';
import type { NegotiatedSession } from './negotiated.js';
import type { LocalDescription } from './offer.js';
import { rejectedMedia } from './rejected-media.js';
import { formatSessionDescription } from './write.js';

/** How m-lines of one kind are answered. */
export interface AnswerMedia {
  readonly codecs: readonly CodecCapability[];
  /** Codecs to put first, best first: what connected sinks and sources need. The rest follows in the offer's order. */
  readonly preferred?: readonly CodecFormat[];
  /** URIs of header extensions to accept. */
  readonly extensions?: readonly string[];
  /** What this side is willing to do; default `sendrecv`. */
  readonly direction?: Direction;
  /**
   * One for each m-line to accept: the first m-lines of the kind get them in order, further ones are rejected. Or that of an
   * m-line by its index.
   */
  readonly sources: readonly LocalSource[] | ((index: number) => LocalSource | undefined);
  /** `b=AS`, kbit/s. */
  readonly bandwidthKbps?: number;
  /** Whether to accept all RIDs of a simulcast offer (RFC 8853); default false, then one encoding comes. */
  readonly simulcast?: boolean;
}

export interface AnswerOptions {
  readonly session: LocalSession;
  /** For all m-lines, or by the indexes of those that share one: a bundle, or an m-line outside any. */
  readonly transport: LocalTransport | ((lines: readonly number[]) => LocalTransport);
  /** Missing: m-lines of the kind are rejected. */
  readonly audio?: AnswerMedia;
  readonly video?: AnswerMedia;
  /** Missing: data channels are rejected. Without a port the offer's is used, as Kurento does. */
  readonly data?: { readonly sctpPort?: number; readonly maxMessageSize?: number };
  /**
   * Transports (ICE and DTLS associations) this side has; an m-line outside the bundle needs one of its own and is
   * rejected when none is left. Default 1.
   */
  readonly maxTransports?: number;
  /** Accept `a=rtcp-rsize` (RFC 5506); default false. */
  readonly reducedSizeRtcp?: boolean;
}

/** Why an m-line got port 0; for logs. */
export interface Rejection {
  readonly index: number;
  readonly reason: string;
}

export interface Answer extends LocalDescription {
  readonly session: NegotiatedSession;
  readonly rejections: readonly Rejection[];
}

/** Answers an offer; what cannot be used is rejected with port 0, never an error. */
export function createAnswer(offer: SessionDescription, options: AnswerOptions): Answer {
  const answerer = new Answerer(offer, options);
  const media = offer.media.map((offered, index) => answerer.answer(offered, index));
  const accepted = new Set(media.filter(({ port }) => port !== 0).map(({ mid }) => mid));
  const description: SessionDescription = {
    origin: localOrigin(options.session),
    name: sessionName(options.session),
    connection: UNSPECIFIED_ADDRESS,
    bundleGroups: offer.bundleGroups
      .map((group) => group.filter((mid) => accepted.has(mid)))
      .filter((group) => group.length > 0),
    extmapAllowMixed: offer.extmapAllowMixed,
    ...(offer.msidSemantic !== undefined && { msidSemantic: offer.msidSemantic }),
    iceLite: false,
    media,
  };
  return {
    description,
    // Written only where it is wanted: who adds candidates writes another text.
    get text() {
      return formatSessionDescription(description);
    },
    session: negotiate(offer, description, 'answerer'),
    rejections: answerer.rejections,
  };
}

/** The word is the peer's, of any length. */
export function unknownMedia({ type }: MediaDescription): string {
  return `media of type ${type.slice(0, 32)} is not known`;
}

/** @param used how many m-lines of the kind were accepted before */
export function sourceFor({ sources }: AnswerMedia, index: number, used: number): LocalSource | undefined {
  return typeof sources === 'function' ? sources(index) : sources[used];
}

/** Goes through the m-lines in order and keeps count of sources and transports used. */
class Answerer {
  readonly rejections: Rejection[] = [];
  readonly #offer: SessionDescription;
  readonly #options: AnswerOptions;
  readonly #used = { audio: 0, video: 0, application: 0 };
  /** Bundle groups, and indexes of m-lines outside any, that have a transport. */
  readonly #transports = new Set<readonly string[] | number>();
  /** What each accepted header extension number means, by bundle group. */
  readonly #extensions = new Map<readonly string[], Map<number, string>>();

  constructor(offer: SessionDescription, options: AnswerOptions) {
    this.#offer = offer;
    this.#options = options;
  }

  answer(offered: MediaDescription, index: number): MediaDescription {
    const group = this.#offer.bundleGroups.find(
      (mids) => offered.mid !== undefined && mids.includes(offered.mid),
    );
    const transport = group ?? index;
    const outcome = transportRefusal(offered, group !== undefined) ?? this.#accept(offered, index, transport);
    if (typeof outcome === 'string') {
      this.rejections.push({ index, reason: outcome });
      return rejectedMedia(offered);
    }
    this.#transports.add(transport);
    if (group !== undefined)
      for (const { id, uri } of outcome.extensions ?? []) this.#meanings(group).set(id, uri);
    if (offered.kind !== 'other') this.#used[offered.kind] += 1;
    return this.#describe(offered, outcome, this.#transportOf(index, group));
  }

  #accept(
    offered: MediaDescription,
    index: number,
    transport: readonly string[] | number,
  ): AcceptedMedia | string {
    const full = this.#transports.size >= (this.#options.maxTransports ?? 1);
    if (full && !this.#transports.has(transport)) return 'it would need another transport';
    if (offered.kind === 'other') return unknownMedia(offered);
    if (offered.kind === 'application') return this.#acceptData(offered);
    const media = this.#options[offered.kind];
    if (media === undefined) return `${offered.kind} is not wanted`;
    const source = sourceFor(media, index, this.#used[offered.kind]);
    if (source === undefined) return `no further ${offered.kind} is wanted`;
    const meanings = typeof transport === 'number' ? undefined : this.#meanings(transport);
    return acceptRtp(
      meanings === undefined ? offered : withoutOtherMeanings(offered, meanings),
      media,
      source,
      this.#options.reducedSizeRtcp ?? false,
      this.#offer.extmapAllowMixed,
    );
  }

  #meanings(group: readonly string[]): Map<number, string> {
    const known = this.#extensions.get(group) ?? new Map<number, string>();
    this.#extensions.set(group, known);
    return known;
  }

  #transportOf(index: number, group: readonly string[] | undefined): LocalTransport {
    const { transport } = this.#options;
    if (typeof transport !== 'function') return transport;
    if (group === undefined) return transport([index]);
    const lines = [...this.#offer.media.entries()].filter(
      ([, { mid }]) => mid !== undefined && group.includes(mid),
    );
    return transport(lines.map(([line]) => line));
  }

  #acceptData(offered: MediaDescription): AcceptedMedia | string {
    const data = this.#options.data;
    if (data === undefined) return 'data channels are not wanted';
    if (this.#used.application > 0) return 'no further data channels are wanted';
    if (offered.sctp === undefined) return 'no SCTP port is offered';
    if (offered.formats.length === 0) return 'it has no format';
    const size = data.maxMessageSize;
    const port = offered.sctp.legacy ? offered.sctp.port : (data.sctpPort ?? offered.sctp.port);
    return {
      formats: offered.formats,
      sctp: { port, ...(size !== undefined && { maxMessageSize: size }), legacy: offered.sctp.legacy },
    };
  }

  #describe(offered: MediaDescription, accepted: AcceptedMedia, transport: LocalTransport): MediaDescription {
    const { iceUfrag, icePwd, iceOptions = ['trickle'], fingerprints } = transport;
    const rtp = offered.kind !== 'application';
    return {
      kind: offered.kind,
      type: offered.type,
      port: PROVISIONAL_PORT,
      protocol: offered.protocol,
      ...(offered.mid !== undefined && { mid: offered.mid }),
      direction: 'sendrecv',
      ...(rtp && { rtcp: { port: DISCARD_PORT, address: UNSPECIFIED_ADDRESS } }),
      rtcpMux: rtp,
      rtcpReducedSize: false,
      bundleOnly: false,
      payloads: [],
      extensions: [],
      ssrcs: [],
      ssrcGroups: [],
      msids: [],
      rids: [],
      candidates: [],
      endOfCandidates: false,
      iceUfrag,
      icePwd,
      iceOptions,
      fingerprints,
      setup: answerSetup(offered.setup),
      ...accepted,
    };
  }
}

/**
 * In a bundle, one RTP session (RFC 9143 section 9.1), a header extension number means one thing. Of two meanings the
 * first counts: aiortc numbers each m-line for itself, and ends the call when it then takes one for the other.
 */
function withoutOtherMeanings(
  offered: MediaDescription,
  meanings: ReadonlyMap<number, string>,
): MediaDescription {
  const fits = ({ id, uri }: HeaderExtension): boolean => (meanings.get(id) ?? uri) === uri;
  if (offered.extensions.every(fits)) return offered;
  return { ...offered, extensions: offered.extensions.filter(fits) };
}

/** Active, so that the handshake starts at once, unless the offerer insists on starting it (RFC 5763 section 5). */
function answerSetup(offered: Setup | undefined): Setup {
  return offered === 'active' ? 'passive' : 'active';
}

/**
 * Why an m-line's transport cannot be used, if so. Any RTP profile will do as long as ICE and DTLS are described, as
 * RFC 8829 section 5.1.2 wants; without them it is plain RTP or SDES.
 *
 * RTP must share its port with RTCP: RFC 8834 section 4.5 and RFC 9143 section 9.3 require it of every WebRTC peer, and
 * here a transport has one component only. Without it no RTCP would arrive, hence no key frame request and no report,
 * so the m-line is better rejected.
 */
function transportRefusal(offered: MediaDescription, bundled: boolean): string | undefined {
  if (offered.problem !== undefined) return offered.problem;
  if (offered.port === 0 && !(offered.bundleOnly && bundled)) return 'the offer rejects it itself';
  const rtp = /(^|\/)RTP\/S?AVPF?$/.test(offered.protocol);
  const sctp = /(^|\/)DTLS\/SCTP$/.test(offered.protocol);
  if (offered.kind === 'application' ? !sctp : offered.kind !== 'other' && !rtp)
    return 'its protocol is not known';
  if (offered.transportProblem !== undefined) return offered.transportProblem;
  const credentials = credentialsRefusal(offered);
  if (credentials !== undefined) return `it ${credentials}`;
  if (offered.fingerprints.length === 0) return 'it has no DTLS fingerprint by sha-256, sha-384 or sha-512';
  if (offered.setup === 'holdconn') return 'its DTLS role is holdconn';
  if (rtp && !offered.rtcpMux) return 'it lacks rtcp-mux';
  return undefined;
}
