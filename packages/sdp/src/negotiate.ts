/** Puts an offer and its answer together. */

import { isAuxiliary, retransmittedPayloadType, sameCodec, sameName } from './codecs.js';
import { intersectDirections } from './directions.js';
import type { HeaderExtension, MediaDescription, PayloadFormat, SessionDescription, Setup } from './model.js';
import type {
  NegotiatedCodec,
  NegotiatedFeedback,
  NegotiatedMedia,
  NegotiatedSctp,
  NegotiatedSession,
  RemoteMedia,
  RemoteSource,
} from './negotiated.js';
import { rejectedMedia } from './rejected-media.js';
import { weakEntry } from './weak-entry.js';

/** Default of RFC 8841 section 6.1. */
const DEFAULT_MAX_MESSAGE_SIZE = 65536;

/** The outcome; `localRole` says which of the two descriptions is this side's. */
export function negotiate(
  offer: SessionDescription,
  answer: SessionDescription,
  localRole: 'offerer' | 'answerer',
): NegotiatedSession {
  const transports = transportIndexes(offer, answer);
  const remote = localRole === 'offerer' ? answer : offer;
  return {
    bundle: answer.bundleGroups[0] ?? [],
    iceControlling: localRole === 'offerer' || remote.iceLite,
    media: offer.media.map((offered, index) => {
      const answered = answer.media[index] ?? rejectedMedia(offered);
      const pair: Pair = { offered, answered, localRole };
      return negotiateMedia(pair, index, transports[index] ?? index);
    }),
  };
}

interface Pair {
  readonly offered: MediaDescription;
  readonly answered: MediaDescription;
  readonly localRole: 'offerer' | 'answerer';
}

function negotiateMedia(pair: Pair, index: number, transport: number): NegotiatedMedia {
  const { offered, answered, localRole } = pair;
  const [local, remote] = localRole === 'offerer' ? [offered, answered] : [answered, offered];
  const accepted = answered.port !== 0;
  const sctp = accepted ? negotiateSctp(local, remote) : undefined;
  const source = local.ssrcs[0];
  const rtxSsrc = source === undefined ? undefined : retransmissionSsrc(local, source.ssrc);
  return {
    index,
    ...(offered.mid !== undefined && { mid: offered.mid }),
    kind: offered.kind,
    accepted,
    transport,
    direction: accepted
      ? intersectDirections(local.direction, remote.direction)
      : { send: false, receive: false },
    codecs: accepted ? negotiateCodecs(pair) : [],
    extensions: accepted ? negotiateExtensions(pair) : [],
    reducedSizeRtcp: accepted && offered.rtcpReducedSize && answered.rtcpReducedSize,
    dtlsRole: dtlsRole(answered.setup, localRole),
    receivedRids: receivedRids(local, remote),
    ...(sctp && { sctp }),
    remote: remoteMedia(remote),
    local: {
      ...(source && { ssrc: source.ssrc }),
      ...(rtxSsrc !== undefined && { rtxSsrc }),
      ...(source?.cname !== undefined && { cname: source.cname }),
    },
  };
}

/** An answer without a role, or with `actpass`, is taken as active, which is what its writer does (RFC 5763 section 5). */
function dtlsRole(answered: Setup | undefined, localRole: 'offerer' | 'answerer'): 'client' | 'server' {
  const answererIsClient = answered !== 'passive';
  return answererIsClient === (localRole === 'answerer') ? 'client' : 'server';
}

function transportIndexes(offer: SessionDescription, answer: SessionDescription): number[] {
  const owners = new Map<readonly string[], number>();
  return offer.media.map(({ mid }, index) => {
    const accepted = (answer.media[index]?.port ?? 0) !== 0;
    const group = mid === undefined ? undefined : answer.bundleGroups.find((mids) => mids.includes(mid));
    if (group === undefined || !accepted) return index;
    const owner = owners.get(group) ?? index;
    owners.set(group, owner);
    return owner;
  });
}

/** The offered payload an answered one stands for: by number, else by configuration. */
export function offeredPayload(
  offered: MediaDescription,
  answered: PayloadFormat,
): PayloadFormat | undefined {
  return (
    offered.payloads.find(
      (payload) =>
        payload.payloadType === answered.payloadType &&
        sameName(payload.name, answered.name) &&
        payload.clockRate === answered.clockRate,
    ) ?? offered.payloads.find((payload) => !isAuxiliary(payload.name) && sameCodec(payload, answered))
  );
}

type ByRole = Partial<Record<Pair['localRole'], readonly NegotiatedCodec[]>>;

/** Of lists that are shared and stay as they are: those of peers that offer in the same words (see parse-payloads.ts). */
const known = new WeakMap<readonly PayloadFormat[], WeakMap<readonly PayloadFormat[], ByRole>>();

function negotiateCodecs(pair: Pair): readonly NegotiatedCodec[] {
  const [offered, answered] = [pair.offered.payloads, pair.answered.payloads];
  if (!Object.isFrozen(offered) || !Object.isFrozen(answered)) return pairCodecs(pair);
  const byAnswer = weakEntry(known, offered, () => new WeakMap());
  const byRole = weakEntry(byAnswer, answered, (): ByRole => ({}));
  byRole[pair.localRole] ??= Object.freeze(pairCodecs(pair).map((codec) => Object.freeze(codec)));
  return byRole[pair.localRole]!;
}

function pairCodecs({ offered, answered, localRole }: Pair): NegotiatedCodec[] {
  const codecs: NegotiatedCodec[] = [];
  const [offeredRtx, answeredRtx] = [rtxByOriginal(offered), rtxByOriginal(answered)];
  for (const answer of answered.payloads) {
    const offer = sameName(answer.name, 'rtx') ? undefined : offeredPayload(offered, answer);
    if (offer === undefined) continue;
    const offerRtx = offeredRtx.get(offer.payloadType);
    const answerRtx = answeredRtx.get(answer.payloadType);
    const [local, remote] = localRole === 'offerer' ? [offer, answer] : [answer, offer];
    const [localRtx, remoteRtx] = localRole === 'offerer' ? [offerRtx, answerRtx] : [answerRtx, offerRtx];
    codecs.push({
      name: offer.name,
      clockRate: offer.clockRate,
      channels: offer.channels,
      fmtp: remote.fmtp,
      payloadType: remote.payloadType,
      receivePayloadType: local.payloadType,
      feedback: negotiateFeedback(offer, answer),
      ...(localRtx !== undefined &&
        remoteRtx !== undefined && { rtxPayloadType: remoteRtx, receiveRtxPayloadType: localRtx }),
    });
  }
  return codecs;
}

/** Payload types of the rtx formats by what they retransmit; the first one counts. */
function rtxByOriginal({ payloads }: MediaDescription): Map<number, number> {
  const numbers = new Map<number, number>();
  for (const payload of payloads) {
    const original = retransmittedPayloadType(payload);
    if (original !== undefined && !numbers.has(original)) numbers.set(original, payload.payloadType);
  }
  return numbers;
}

function negotiateFeedback(offer: PayloadFormat, answer: PayloadFormat): NegotiatedFeedback {
  const both = (value: string): boolean => offer.feedback.includes(value) && answer.feedback.includes(value);
  return {
    nack: both('nack'),
    pli: both('nack pli'),
    fir: both('ccm fir'),
    remb: both('goog-remb'),
    transportCc: both('transport-cc'),
  };
}

function negotiateExtensions({ offered, answered }: Pair): HeaderExtension[] {
  return answered.extensions.filter(
    ({ id, uri, direction }) =>
      direction !== 'inactive' && offered.extensions.some((offer) => offer.id === id && offer.uri === uri),
  );
}

function negotiateSctp(local: MediaDescription, remote: MediaDescription): NegotiatedSctp | undefined {
  if (local.sctp === undefined || remote.sctp === undefined) return undefined;
  return {
    localPort: local.sctp.port,
    remotePort: remote.sctp.port,
    remoteMaxMessageSize: remote.sctp.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE,
  };
}

function receivedRids(local: MediaDescription, remote: MediaDescription): string[] {
  const sent = new Set(remote.rids.filter(({ direction }) => direction === 'send').map(({ id }) => id));
  return (local.simulcast?.receive ?? [])
    .flatMap((streams) => streams.map(({ rid }) => rid))
    .filter((id) => sent.has(id));
}

function retransmissionSsrc(media: MediaDescription, ssrc: number): number | undefined {
  return media.ssrcGroups.find(({ semantics, ssrcs }) => semantics === 'FID' && ssrcs[0] === ssrc)?.ssrcs[1];
}

function remoteMedia(media: MediaDescription): RemoteMedia {
  const bandwidth =
    media.bandwidthTias === undefined ? media.bandwidthAs : Math.floor(media.bandwidthTias / 1000);
  return {
    ssrcs: remoteSources(media),
    msids: media.msids,
    rids: media.rids.filter(({ direction }) => direction === 'send'),
    ...(media.simulcast && { simulcast: media.simulcast }),
    ...(media.iceUfrag !== undefined && { iceUfrag: media.iceUfrag }),
    ...(media.icePwd !== undefined && { icePwd: media.icePwd }),
    iceOptions: media.iceOptions,
    fingerprints: media.fingerprints,
    ...(media.setup !== undefined && { setup: media.setup }),
    candidates: media.candidates,
    endOfCandidates: media.endOfCandidates,
    ...(bandwidth !== undefined && { bandwidthKbps: bandwidth }),
  };
}

function remoteSources(media: MediaDescription): RemoteSource[] {
  const secondary = new Set<number>();
  const rtx = new Map<number, number>();
  const fec = new Map<number, number>();
  for (const { semantics, ssrcs } of media.ssrcGroups) {
    if (semantics !== 'FID' && semantics !== 'FEC-FR') continue;
    const [primary, ...others] = ssrcs;
    for (const ssrc of others) secondary.add(ssrc);
    const repairs = semantics === 'FID' ? rtx : fec;
    if (others[0] !== undefined && !repairs.has(primary!)) repairs.set(primary!, others[0]);
  }
  return media.ssrcs
    .filter(({ ssrc }) => !secondary.has(ssrc))
    .map((source) => {
      const rtxSsrc = rtx.get(source.ssrc);
      const fecSsrc = fec.get(source.ssrc);
      return {
        ...source,
        ...(rtxSsrc !== undefined && { rtxSsrc }),
        ...(fecSsrc !== undefined && { fecSsrc }),
      };
    });
}
