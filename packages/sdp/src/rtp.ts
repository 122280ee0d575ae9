/** Offers and answers without ICE and DTLS: plain RTP, and SRTP with SDES, as gateways and SIP phones write them. */

import { type AnswerMedia, type Rejection, sourceFor, unknownMedia } from './answer.js';
import { acceptRtp } from './answer-rtp.js';
import { usableAnswer } from './answered-media.js';
import type { AppliedAnswer } from './apply-answer.js';
import { isAuxiliary, sameName, staticPayloadType } from './codecs.js';
import type { SdpLimits } from './lines.js';
import {
  type CodecCapability,
  capabilityFormat,
  type LocalSession,
  type LocalSource,
  localOrigin,
  sessionName,
  sourceDescription,
} from './local.js';
import type {
  CodecFormat,
  CryptoDescription,
  CryptoSuite,
  Direction,
  HeaderExtension,
  MediaDescription,
  NetworkAddress,
  PayloadFormat,
  SessionDescription,
} from './model.js';
import { negotiate, offeredPayload } from './negotiate.js';
import type { NegotiatedSession } from './negotiated.js';
import { parseSessionDescription } from './parse.js';
import { rejectedMedia } from './rejected-media.js';

/** Where an m-line is received. */
export interface LocalRtpTransport {
  readonly port: number;
  /** Missing: RTCP comes to the same port (RFC 5761). */
  readonly rtcpPort?: number;
}

/** How SRTP is keyed. */
export interface LocalSdes {
  /** The only suite that is used; missing: any is accepted, and offers are without encryption. */
  readonly suite?: CryptoSuite;
  /** Master key and salt to send with, of the suite's length. */
  readonly key: (suite: CryptoSuite, mLine: number) => Uint8Array;
}

export interface OfferedRtpLine {
  readonly kind: 'audio' | 'video';
  /** In order of preference. */
  readonly codecs: readonly CodecCapability[];
  /** Codecs to put before the others, by name. */
  readonly preferred?: readonly CodecFormat[];
  readonly extensions?: readonly HeaderExtension[];
  /** Default `sendrecv`. */
  readonly direction?: Direction;
  readonly source: LocalSource;
  readonly transport: LocalRtpTransport;
  /** `b=AS`, kbit/s. */
  readonly bandwidthKbps?: number;
}

export interface RtpOfferOptions {
  readonly session: LocalSession;
  /** Announced in `o=` and `c=`. */
  readonly address: NetworkAddress;
  readonly sdes: LocalSdes;
  readonly media: readonly OfferedRtpLine[];
}

export interface RtpAnswerOptions {
  readonly session: LocalSession;
  readonly address: NetworkAddress;
  readonly sdes: LocalSdes;
  readonly audio: AnswerMedia;
  readonly video: AnswerMedia;
  /** Opens the ports of an m-line that is accepted. */
  readonly transport: (index: number, rtcpMux: boolean) => LocalRtpTransport;
}

const PROTOCOL = /^RTP\/(S?)AVP(F?)$/;

/** Whether an m-line of this protocol is encrypted. */
export function isSecureProtocol(protocol: string): boolean {
  return PROTOCOL.exec(protocol)?.[1] === 'S';
}

function hasFeedback(protocol: string): boolean {
  return PROTOCOL.exec(protocol)?.[2] === 'F';
}

/** Requests for pictures. */
const WITHOUT_FEEDBACK_PROFILE: readonly string[] = ['nack pli', 'ccm fir'];

/**
 * Without the feedback profile there is none by the letter (RFC 4585 section 4). But phones offer RTP/AVP with lines for
 * requests of pictures, and mean them (as Janus and FreeSWITCH take them, too): without, who joins late sees nothing until
 * the phone happens to send a key frame.
 */
function usableFeedback(protocol: string, payloads: readonly PayloadFormat[]): readonly PayloadFormat[] {
  if (hasFeedback(protocol)) return payloads;
  return payloads.map((payload) => ({
    ...payload,
    feedback: payload.feedback.filter((value) => WITHOUT_FEEDBACK_PROFILE.includes(value)),
  }));
}

const NO_TRANSPORT = {
  bundleOnly: false,
  rtcpReducedSize: false,
  rids: [],
  iceOptions: [],
  candidates: [],
  endOfCandidates: false,
  fingerprints: [],
};

/** Offers AVPF, or SAVPF when there is a suite. */
export function createRtpOffer(options: RtpOfferOptions): SessionDescription {
  const { suite } = options.sdes;
  const counts = { audio: 0, video: 0 };
  return describe(
    options.session,
    options.address,
    options.media.map(({ kind, codecs, direction = 'sendrecv', source, transport, ...line }, index) => {
      const payloads = preferFirst(codecs, line.preferred ?? []).map(offered);
      return {
        ...NO_TRANSPORT,
        kind,
        type: kind,
        protocol: suite === undefined ? 'RTP/AVPF' : 'RTP/SAVPF',
        formats: payloads.map(({ payloadType }) => String(payloadType)),
        mid: `${kind}${counts[kind]++}`,
        direction,
        payloads,
        extensions: line.extensions ?? [],
        ...sourceDescription(source, direction, false),
        ...transportAttributes(transport),
        // Means nothing without DTLS or TCP, but Kurento has always written it.
        setup: 'actpass' as const,
        ...(suite !== undefined && { cryptos: [{ tag: 1, suite, key: options.sdes.key(suite, index) }] }),
        ...(line.bandwidthKbps !== undefined && { bandwidthAs: line.bandwidthKbps }),
      };
    }),
  );
}

function preferFirst(
  codecs: readonly CodecCapability[],
  preferred: readonly CodecFormat[],
): CodecCapability[] {
  const rank = ({ name }: CodecCapability): number => {
    const index = preferred.findIndex((wanted) => sameName(wanted.name, name));
    return index < 0 ? preferred.length : index;
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}

function offered(codec: CodecCapability): PayloadFormat {
  const format = capabilityFormat(codec);
  const payloadType = codec.payloadType ?? staticPayloadType(format);
  if (payloadType === undefined) throw new RangeError(`${codec.name} needs a payload type`);
  return { payloadType, ...format, feedback: codec.feedback ?? [] };
}

function transportAttributes({ port, rtcpPort }: LocalRtpTransport) {
  return {
    port,
    rtcpMux: rtcpPort === undefined,
    ...(rtcpPort !== undefined && { rtcp: { port: rtcpPort } }),
  };
}

function describe(
  session: LocalSession,
  address: NetworkAddress,
  media: readonly MediaDescription[],
): SessionDescription {
  return {
    origin: { ...localOrigin(session), ...address },
    name: sessionName(session),
    connection: address,
    bundleGroups: [],
    extmapAllowMixed: false,
    iceLite: false,
    media,
  };
}

/**
 * Answers an offer, with its profile; what cannot be used is rejected with port 0. So are further m-lines of a kind with the same
 * address and port and another profile: phones and switches that want SRTP, or else RTP, offer both so, in the order of preference.
 */
export function createRtpAnswer(
  offer: SessionDescription,
  options: RtpAnswerOptions,
): {
  readonly description: SessionDescription;
  readonly session: NegotiatedSession;
  readonly rejections: readonly Rejection[];
} {
  const rejections: Rejection[] = [];
  const used = { audio: 0, video: 0 };
  /** Profiles of accepted m-lines by where they are sent. */
  const targets = new Map<string, string>();
  const media = offer.media.map((line, index): MediaDescription => {
    const target = `${line.kind} ${line.connection?.address} ${line.port}`;
    const accepted =
      (targets.get(target) ?? line.protocol) !== line.protocol
        ? 'it is an alternative to one that is accepted'
        : acceptLine(line, index, options, used);
    if (typeof accepted === 'string') {
      rejections.push({ index, reason: accepted });
      return rejectedMedia(line);
    }
    targets.set(target, line.protocol);
    return { ...accepted, ...transportAttributes(options.transport(index, line.rtcpMux)) };
  });
  const description = describe(options.session, options.address, media);
  return { description, session: negotiate(offer, description, 'answerer'), rejections };
}

function acceptLine(
  offered: MediaDescription,
  index: number,
  options: RtpAnswerOptions,
  used: { audio: number; video: number },
): Omit<MediaDescription, 'port' | 'rtcpMux'> | string {
  if (offered.problem !== undefined) return offered.problem;
  if (offered.port === 0) return 'the offer rejects it itself';
  if (offered.kind !== 'audio' && offered.kind !== 'video') return unknownMedia(offered);
  if (!PROTOCOL.test(offered.protocol)) return 'its protocol is neither RTP nor SRTP with SDES';
  if (offered.connection === undefined) return 'it has no address';
  const secure = isSecureProtocol(offered.protocol);
  const { sdes } = options;
  const crypto = offered.cryptos?.find(({ suite }) => sdes.suite === undefined || suite === sdes.suite);
  if (secure && crypto === undefined) return offered.cryptoProblem ?? 'no SRTP suite in common';
  if (!secure && sdes.suite !== undefined) return 'it is not encrypted';
  const media = options[offered.kind];
  const source = sourceFor(media, index, used[offered.kind]);
  if (source === undefined) return `no further ${offered.kind} is wanted`;
  const accepted = acceptRtp(offered, media, source, false, false);
  if (typeof accepted === 'string') return accepted;
  used[offered.kind]++;
  const { payloads = [], extensions = [], ssrcs = [], direction = 'sendrecv' } = accepted;
  return {
    ...NO_TRANSPORT,
    kind: offered.kind,
    type: offered.type,
    protocol: offered.protocol,
    formats: accepted.formats,
    ...(offered.mid !== undefined && { mid: offered.mid }),
    direction,
    payloads: usableFeedback(offered.protocol, payloads),
    extensions,
    ssrcs,
    ssrcGroups: [],
    msids: [],
    ...(crypto !== undefined && secure && { cryptos: [answerCrypto(crypto, sdes, index)] }),
    ...(offered.setup !== undefined && { setup: 'active' as const }),
    ...(offered.ptime !== undefined && { ptime: offered.ptime }),
    ...(offered.maxptime !== undefined && { maxptime: offered.maxptime }),
    ...(accepted.bandwidthAs !== undefined && { bandwidthAs: accepted.bandwidthAs }),
  };
}

/** A peer that names its key gets packets that name theirs, too: many have but one switch for both directions. */
function answerCrypto(
  { tag, suite, mki }: CryptoDescription,
  sdes: LocalSdes,
  index: number,
): CryptoDescription {
  return { tag, suite, key: sdes.key(suite, index), ...(mki !== undefined && { mki }) };
}

/**
 * Reads the peer's answer to this side's offer. It may have fewer m-lines, which counts as rejecting the rest; so do m-lines that
 * cannot be used. It may answer AVPF with AVP, as phones do.
 *
 * @param family of this side's address; m-lines with one of the other family cannot be used
 * @throws {SdpError} `INVALID` as well when the answer does not fit, or none of the m-lines that it accepts can be used
 */
export function applyRtpAnswer(
  offer: SessionDescription,
  text: string,
  limits: Partial<SdpLimits> = {},
  family?: 4 | 6,
): AppliedAnswer {
  const parsed = parseSessionDescription(text, limits);
  const { media, rejections } = usableAnswer(
    offer,
    parsed,
    (offered, answered) => answerRefusal(offered, answered) ?? familyRefusal(answered, family),
  );
  const description = {
    ...parsed,
    media: media.map((answered) => ({
      ...answered,
      payloads: usableFeedback(answered.protocol, answered.payloads),
    })),
  };
  return { description, session: negotiate(offer, description, 'offerer'), rejections };
}

/** Of a name nobody knows the family. */
function familyRefusal({ connection }: MediaDescription, family: 4 | 6 | undefined): string | undefined {
  const address = connection?.address ?? '';
  const theirs = address.includes(':') ? 6 : /^[\d.]+$/.test(address) ? 4 : undefined;
  return family === undefined || theirs === undefined || theirs === family
    ? undefined
    : 'has an address of another family than the offer';
}

function answerRefusal(offered: MediaDescription, answered: MediaDescription): string | undefined {
  if (!PROTOCOL.test(answered.protocol)) return 'has another protocol';
  const secure = isSecureProtocol(offered.protocol);
  if (isSecureProtocol(answered.protocol) !== secure) return 'has another protocol';
  if (answered.connection === undefined) return 'has no address';
  if (secure) {
    if (answered.cryptoProblem !== undefined) return `cannot be used: ${answered.cryptoProblem}`;
    const [chosen, ...others] = answered.cryptos ?? [];
    const known = offered.cryptos?.some(({ tag, suite }) => tag === chosen?.tag && suite === chosen.suite);
    if (known !== true || others.length > 0) return 'takes none of the offered SRTP suites';
  }
  const usable = answered.payloads.some(
    (payload) => !isAuxiliary(payload.name) && offeredPayload(offered, payload) !== undefined,
  );
  return usable ? undefined : 'has no codec that was offered';
}
