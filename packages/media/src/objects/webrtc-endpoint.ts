import { KurentoError } from '@rivero/api';
import { formatCandidate } from '@rivero/ice';
import { SctpError } from '@rivero/sctp';
import {
  ANSWERED_AUDIO_CODECS,
  ANSWERED_VIDEO_CODECS,
  type AnswerMedia,
  AUDIO_CODECS,
  AUDIO_EXTENSIONS,
  applyAnswer,
  type CodecCapability,
  createAnswer,
  createOffer,
  type Direction,
  HeaderExtensionUri,
  type LocalSource,
  type LocalTransport,
  type MediaDescription,
  type NegotiatedMedia,
  type NegotiatedSession,
  OFFERED_AUDIO_EXTENSIONS,
  OFFERED_VIDEO_CODECS,
  OFFERED_VIDEO_EXTENSIONS,
  type OfferedData,
  type OfferedRtpMedia,
  PROTECTED_VIDEO_CODECS,
  SdpError,
  type SessionDescription,
  VIDEO_EXTENSIONS,
  withCandidates,
} from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { ownCopy } from '../runtime/own-copy.js';
import { randomBytes } from '../runtime/random.js';
import { appended } from '../runtime/small-map.js';
import { dataStatistics } from '../stats/data-statistics.js';
import type { ElementStatistics } from '../stats/statistics.js';
import type { RtpSession } from '../streams/rtp-session.js';
import {
  type DataMessage,
  type DataTransport,
  MAX_MESSAGE_BYTES,
  type OpenParameters,
} from '../transport/data-transport.js';
import { sharedOptions } from '../transport/gather-options.js';
import type { WebRtcTransport } from '../transport/webrtc-transport.js';
import { BaseRtpEndpoint } from './base-rtp-endpoint.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { codePointOf } from './dscp.js';
import { LineDescriptions } from './line-descriptions.js';
import { LineSources, type SourceMaker } from './line-sources.js';
import {
  candidateProblem,
  type IceCandidateValue,
  isEndOfCandidates,
  RemoteCandidates,
} from './remote-candidates.js';
import type { OfferOptions } from './sdp-endpoint.js';
import { type AssociationOwner, WebRtcAssociation } from './webrtc-association.js';

/** What browsers use (RFC 8841 section 5.2). */
const SCTP_PORT = 5000;
/** By which a browser tells its simulcast encodings apart. */
const SIMULCAST_EXTENSIONS = [HeaderExtensionUri.Rid, HeaderExtensionUri.RepairedRid];
/** Transports of an endpoint whose peer does not bundle. */
const MAX_ASSOCIATIONS = 8;

let associations = 0;

/** A WebRTC peer (Kurento: WebRtcEndpoint). */
export class WebRtcEndpoint extends BaseRtpEndpoint implements AssociationOwner, SourceMaker {
  /** What this side sends on the m-lines of a kind, in their order. */
  readonly #sources = new LineSources(this);
  readonly #descriptions = new LineDescriptions();
  readonly #candidates = new RemoteCandidates();
  readonly #stream = randomBytes(12).toString('hex');
  readonly #cname = randomBytes(12).toString('base64');
  /** One, but for peers that do not bundle. */
  #associations: readonly WebRtcAssociation[] = [];
  #gatherWanted = false;

  constructor(context: ObjectContext, init: ObjectInit) {
    super(context, init);
    for (const name of [
      'externalIPv4',
      'externalIPv6',
      'networkInterfaces',
      'stunServerAddress',
      'turnUrl',
    ] as const) {
      if (context.configuration[name] !== '') this.setProperty(name, context.configuration[name]);
    }
    this.setProperty('stunServerPort', context.configuration.stunServerPort);
  }

  protected override get rtpSessions(): readonly RtpSession[] {
    return this.#associations.map(({ transport }) => transport.rtp);
  }

  protected override get trickled(): Iterable<readonly [number, readonly string[]]> {
    return this.#candidates.lines;
  }

  makeSource(kind: MediaKind, number: number): LocalSource {
    return {
      ssrc: randomSsrc(),
      ...(kind === 'video' && { rtxSsrc: randomSsrc() }),
      cname: this.#cname,
      msid: {
        // Only the first tracks belong together in one stream; further ones are streams of their own to a browser.
        stream: number === 0 ? this.#stream : `${this.#stream}-${kind}-${number}`,
        track: ownCopy(`${this.#stream}-${kind}${number === 0 ? '' : number}`),
      },
    };
  }

  /** The certificateKeyType constructor parameter. */
  get #keyType(): 'RSA' | 'ECDSA' {
    return this.params.certificateKeyType === 'ECDSA' ? 'ECDSA' : 'RSA';
  }

  #associate(controlling: boolean): WebRtcAssociation {
    const { transports } = this.context;
    const association = new WebRtcAssociation(
      transports,
      {
        controlling,
        certificate: transports.certificates[this.#keyType],
        cname: this.#cname,
        dscp: codePointOf(this.params.qosDscp as string, this.context.configuration.qosDscp),
      },
      this,
      this.#associations.length + 1,
      associations++,
    );
    this.#associations = appended(this.#associations, association);
    this.applyRecvBandwidth();
    return association;
  }

  /**
   * The association that carries one of these m-lines, or whose m-lines are all stopped; a new one where there is none.
   *
   * @param used by other m-lines of the same offer
   */
  #associationFor(
    lines: readonly number[],
    used: ReadonlyMap<number, WebRtcAssociation>,
    offer: SessionDescription,
  ): WebRtcAssociation {
    const taken = new Set(used.values());
    const free = this.#associations.filter((association) => !taken.has(association));
    return (
      free.find((association) => association.lines.some((line) => lines.includes(line))) ??
      free.find((association) => association.lines.every((line) => offer.media[line]?.port === 0)) ??
      this.#associate(offer.iceLite)
    );
  }

  tell(type: string, data: Record<string, unknown>): void {
    this.emit(type, data);
  }

  #localTransport(transport: WebRtcTransport): LocalTransport {
    const value = this.context.transports.fingerprint(this.#keyType);
    return {
      iceUfrag: transport.iceUfrag,
      icePwd: transport.icePwd,
      fingerprints: [{ algorithm: 'sha-256', value }],
    };
  }

  /** The sendonly and recvonly constructor parameters; with both, sendonly counts as in Kurento. */
  get #direction(): Direction {
    if (this.params.sendonly === true) return 'sendonly';
    return this.params.recvonly === true ? 'recvonly' : 'sendrecv';
  }

  #bandwidth(kind: MediaKind): { bandwidthKbps?: number } {
    const name = kind === 'audio' ? 'maxAudioRecvBandwidth' : 'maxVideoRecvBandwidth';
    const kbps = this.property(name) as number;
    return kbps > 0 ? { bandwidthKbps: kbps } : {};
  }

  protected override makeOffer(
    options: OfferOptions,
    previous: SessionDescription | undefined,
  ): SessionDescription {
    if (previous !== undefined) return this.#offerAgain(options, previous);
    const association = this.#associate(true);
    const media: (OfferedRtpMedia | OfferedData)[] = [];
    const offer = (kind: MediaKind, codecs: readonly CodecCapability[]): OfferedRtpMedia => ({
      kind,
      codecs: preferFirst(codecs, this.preferredCodecs(kind)),
      extensions: kind === 'audio' ? OFFERED_AUDIO_EXTENSIONS : OFFERED_VIDEO_EXTENSIONS,
      direction: this.#direction,
      source: this.#sources.of(media.length, kind)!,
      ...this.#bandwidth(kind),
    });
    if (options.offerToReceiveAudio !== false) media.push(offer('audio', AUDIO_CODECS));
    if (options.offerToReceiveVideo !== false) media.push(offer('video', OFFERED_VIDEO_CODECS));
    if (this.params.useDataChannels === true) {
      media.push({ kind: 'application', sctpPort: SCTP_PORT, maxMessageSize: MAX_MESSAGE_BYTES });
    }
    const { description } = createOffer({
      session: this.nextSession(),
      transport: this.#localTransport(association.transport),
      media,
    });
    association.lines = media.map((_, index) => index);
    this.#gatherIfWanted();
    return description;
  }

  /** What was agreed on last, offered anew with the directions that are wanted now. */
  #offerAgain(options: OfferOptions, previous: SessionDescription): SessionDescription {
    const wanted = (kind: string): boolean =>
      kind === 'audio' ? options.offerToReceiveAudio !== false : options.offerToReceiveVideo !== false;
    const { sessionId, sessionVersion = sessionId } = this.nextSession();
    return {
      ...previous,
      origin: { ...previous.origin, sessionId, sessionVersion },
      media: previous.media.map((media) =>
        media.port === 0
          ? media
          : { ...media, setup: 'actpass', direction: wanted(media.kind) ? this.#direction : 'inactive' },
      ),
    };
  }

  protected override answerOffer(offer: SessionDescription): SessionDescription {
    for (const association of this.#associations) this.#checkPeer(association, offer);
    const used = new Map<number, WebRtcAssociation>();
    const transport = (lines: readonly number[]): LocalTransport => {
      let association = used.get(lines[0]!);
      if (association === undefined) {
        association = this.#associationFor(lines, used, offer);
        for (const line of lines) used.set(line, association);
        const { lines: carried, transport } = association;
        const known = lines.filter((line) => carried.includes(line));
        this.#restartIfWanted(transport, offer, known.length > 0 ? known : lines);
      }
      return this.#localTransport(association.transport);
    };
    const videoCodecs = this.context.configuration.ulpfec ? PROTECTED_VIDEO_CODECS : ANSWERED_VIDEO_CODECS;
    const media = (kind: MediaKind): AnswerMedia => ({
      codecs: kind === 'audio' ? ANSWERED_AUDIO_CODECS : videoCodecs,
      preferred: this.preferredCodecs(kind),
      extensions: kind === 'audio' ? AUDIO_EXTENSIONS : [...VIDEO_EXTENSIONS, ...SIMULCAST_EXTENSIONS],
      simulcast: kind === 'video',
      direction: this.#direction,
      sources: (index) => this.#sources.of(index, kind),
      ...this.#bandwidth(kind),
    });
    const answer = createAnswer(offer, {
      session: this.nextSession(),
      transport,
      maxTransports: MAX_ASSOCIATIONS,
      audio: media('audio'),
      video: media('video'),
      ...(this.params.useDataChannels === true && { data: { maxMessageSize: MAX_MESSAGE_BYTES } }),
    });
    this.logRejections(answer.rejections);
    // What carries nothing yet is what this answer made.
    for (const [line, association] of used) {
      if (association.lines.length === 0) association.bundled = isBundled(offer, line);
    }
    this.#establish(answer.session, used);
    this.#gatherIfWanted();
    return answer.description;
  }

  protected override takeAnswer(offer: SessionDescription, answer: string): void {
    const limits = { maxBytes: this.context.configuration.maxSdpBytes };
    const { session, rejections } = applyAnswer(offer, answer, limits);
    const associations = new Map<number, WebRtcAssociation>();
    const checked = new Set<WebRtcAssociation>();
    for (const media of session.media) {
      const association = this.#carrierOf(media.transport)!;
      associations.set(media.transport, association);
      if (!media.accepted || checked.has(association)) continue;
      checked.add(association);
      requireSamePeer(association, media);
    }
    this.logRejections(rejections);
    this.#establish(session, associations);
  }

  /** A later offer from another peer is refused. */
  #checkPeer({ transport, lines }: WebRtcAssociation, offer: SessionDescription): void {
    const line = describing(offer, lines) ?? describing(offer);
    if (line === undefined || transport.isSamePeer(line.fingerprints)) return;
    throw new KurentoError(
      'SDP_END_POINT_PROCESS_OFFER_ERROR',
      'The offer has another DTLS certificate: use a new endpoint for another peer',
    );
  }

  /** A later offer from another ICE generation restarts ICE. */
  #restartIfWanted(transport: WebRtcTransport, offer: SessionDescription, lines: readonly number[]): void {
    const line = describing(offer, lines);
    if (line?.iceUfrag === undefined || line.icePwd === undefined) return;
    if (transport.isRestartedBy(line.iceUfrag, line.icePwd)) transport.restart();
  }

  /**
   * Both descriptions are known: makes or updates the tracks and lets ICE go.
   *
   * @param associations by the m-lines that they carry
   */
  #establish(session: NegotiatedSession, associations: ReadonlyMap<number, WebRtcAssociation>): void {
    const accepted = new Map<WebRtcAssociation, NegotiatedMedia[]>();
    for (const media of session.media) {
      const former = this.#descriptions.retire(media);
      if (former !== undefined) this.attach(former.kind, former.name, undefined, undefined);
    }
    for (const media of session.media) {
      const association =
        associations.get(media.transport) ??
        this.#associations.find(({ lines }) => lines.includes(media.index)) ??
        this.#associations[0];
      if (association === undefined) continue;
      if (media.accepted) accepted.set(association, [...(accepted.get(association) ?? []), media]);
      if (media.kind !== 'audio' && media.kind !== 'video') continue;
      if (!media.accepted && this.#descriptions.get(media.index) === undefined) continue;
      const { receive, send } = association.transport.rtp.setMedia(media);
      this.attach(media.kind, this.#descriptions.nameOf(media), receive, send);
    }
    for (const [{ transport }] of accepted) transport.rtp.rebind();
    for (const [association, media] of accepted) this.#connect(association, media);
    this.#candidates.forgetKept();
  }

  #connect(association: WebRtcAssociation, media: readonly NegotiatedMedia[]): void {
    association.lines = media.map(({ index }) => index);
    this.#logCandidates(media);
    const [first] = media;
    if (first?.remote.iceUfrag === undefined || first.remote.icePwd === undefined) return;
    association.transport.setRemote({
      iceUfrag: first.remote.iceUfrag,
      icePwd: first.remote.icePwd,
      candidates: [
        ...media.flatMap(({ remote }) => remote.candidates),
        ...this.#candidates.keptFor(this.#associations.length === 1 ? 'any' : media),
      ],
      endOfCandidates: first.remote.endOfCandidates,
      fingerprints: first.remote.fingerprints,
      dtlsRole: first.dtlsRole,
      sctp: media.find(({ sctp }) => sctp !== undefined)?.sctp,
    });
  }

  /** Candidates of the description that are none; trickled ones are told as they come. */
  #logCandidates(media: readonly NegotiatedMedia[]): void {
    if (!this.context.log.isLevelEnabled('debug')) return;
    const lines = media.flatMap(({ remote }) => remote.candidates);
    const reasons = new Set(lines.map(candidateProblem).filter((reason) => reason !== undefined));
    if (reasons.size > 0)
      this.context.log.debug(
        { object: this.id, reasons: [...reasons] },
        'candidates of a description passed over',
      );
  }

  connectionChanged(): void {
    const carrying = this.#associations.filter(({ lines }) => lines.length > 0);
    this.setConnectionState(carrying.every(({ connected }) => connected) ? 'CONNECTED' : 'DISCONNECTED');
  }

  protected override currentLocal(local: SessionDescription): SessionDescription {
    const gathering = this.#associations.filter(({ gathering }) => gathering);
    if (gathering.length === 0) return local;
    const candidatesOf = (index: number) => this.#carrierOf(index)?.transport.gathered ?? [];
    const usable = gathering[0]!.transport.gathered.filter(({ protocol }) => protocol === 'udp');
    const preferred = usable.find(({ address }) => !address.includes(':')) ?? usable[0];
    return withCandidates(local, {
      candidates: (index) => candidatesOf(index).map(formatCandidate),
      endOfCandidates: this.#associations.every(({ gathered }) => gathered),
      ...(preferred && {
        defaultCandidate: {
          family: preferred.address.includes(':') ? 6 : 4,
          address: preferred.address,
          port: preferred.port,
        },
      }),
    });
  }

  /** The association of an m-line; for one that was refused the first. */
  #carrierOf(index: number): WebRtcAssociation | undefined {
    return this.#associations.find(({ lines }) => lines.includes(index)) ?? this.#associations[0];
  }

  /** Before there is a description it is remembered, and done once there is one. */
  gatherCandidates(): null {
    this.#gatherWanted = true;
    this.#gatherIfWanted();
    return null;
  }

  #gatherIfWanted(): void {
    if (!this.#gatherWanted) return;
    const waiting = this.#associations.filter(({ gathering }) => !gathering);
    if (waiting.length === 0) return;
    for (const association of waiting) association.gathering = true;
    // Told after the answer of the request, as the reference does: an application has its handlers ready by then.
    setImmediate(() => {
      if (this.released) return;
      const options = sharedOptions({
        networkInterfaces: this.property('networkInterfaces') as string,
        externalIPv4: this.property('externalIPv4') as string,
        externalIPv6: this.property('externalIPv6') as string,
        stunServerAddress: this.property('stunServerAddress') as string,
        stunServerPort: this.property('stunServerPort') as number,
        turnUrl: this.property('turnUrl') as string,
        iceTcp: this.property('iceTcp') as boolean,
      });
      for (const association of waiting) {
        association.gatheringStarted();
        association.transport.gather(options);
        association.transport.start();
      }
    });
  }

  gatheringDone(): void {
    if (this.#associations.every(({ gathered }) => gathered)) this.emit('IceGatheringDone');
  }

  candidateGathered(association: WebRtcAssociation, candidate: string): void {
    for (const [sdpMLineIndex, { port, mid }] of (this.localLines ?? []).entries()) {
      if (port === 0 || this.#carrierOf(sdpMLineIndex) !== association) continue;
      this.emit('IceCandidateFound', {
        candidate: { candidate, sdpMid: mid ?? '', sdpMLineIndex } satisfies IceCandidateValue,
      });
    }
  }

  addIceCandidate(params: { candidate: IceCandidateValue }): null {
    const { candidate, sdpMid, sdpMLineIndex } = params.candidate;
    const lines = this.localLines;
    let index = sdpMLineIndex;
    if (lines !== undefined) {
      const found = sdpMid === '' ? sdpMLineIndex : lines.findIndex(({ mid }) => mid === sdpMid);
      const line = lines[found] ?? lines[sdpMLineIndex];
      if (line === undefined) throw new KurentoError('ICE_ADD_CANDIDATE_ERROR', 'Error adding candidate');
      index = lines.indexOf(line);
      this.#candidates.remember(index, candidate);
    }
    const problem = candidateProblem(candidate);
    if (problem !== undefined) {
      this.context.log.debug({ object: this.id, mLine: index, reason: problem }, 'candidate passed over');
      return null;
    }
    const transport = this.#carrierOf(index)?.transport;
    if (transport?.hasRemote === true) {
      if (isEndOfCandidates(candidate)) transport.endOfRemoteCandidates();
      else transport.addRemoteCandidate(candidate);
    } else this.#candidates.keep(params.candidate);
    return null;
  }

  associationFailed({ lines }: WebRtcAssociation, reason: string): void {
    this.context.log.info({ object: this.id, reason }, 'media transport ended');
    if (this.#associations.length === 1) this.detach();
    else {
      for (const line of lines) {
        const known = this.#descriptions.get(line);
        if (known !== undefined) this.attach(known.kind, known.name, undefined, undefined);
      }
    }
    this.setConnectionState('DISCONNECTED');
    this.peerActive(false);
  }

  getICECandidatePairs(): unknown[] {
    return this.#associations.flatMap(({ candidatePairs }) => candidatePairs);
  }

  getIceConnectionState(): unknown[] {
    return this.#associations.flatMap(({ iceConnections }) => iceConnections);
  }

  getDtlsConnectionState(): unknown[] {
    return this.#associations.flatMap(({ dtlsConnections }) => dtlsConnections);
  }

  /** 0 is ignored. */
  setStunServerPort(params: { stunServerPort: number }): null {
    if (params.stunServerPort !== 0) this.setProperty('stunServerPort', params.stunServerPort);
    return null;
  }

  /** The transport with the data channels. */
  get #dataTransport(): WebRtcTransport | undefined {
    return this.#associations.find(({ transport }) => transport.data !== undefined)?.transport;
  }

  #requireData(): DataTransport {
    const data = this.#dataTransport?.data;
    if (data === undefined) {
      throw new KurentoError('MEDIA_OBJECT_OPERATION_NOT_SUPPORTED', 'Data channels are not supported');
    }
    return data;
  }

  /** Opens a channel to the peer; DataChannelOpened tells its id. */
  createDataChannel(params: OpenParameters): null {
    const data = this.#requireData();
    try {
      data.open(this.context.scheduler.now(), params);
    } catch (error) {
      if (!(error instanceof SctpError)) throw error;
      throw new KurentoError(
        'MEDIA_OBJECT_ILLEGAL_PARAM_ERROR',
        `The data channel cannot be opened: ${error.message}`,
      );
    }
    this.#dataTransport?.flushData();
    return null;
  }

  /** Unknown channels are no error. */
  closeDataChannel(params: { channelId: number }): null {
    this.#requireData().closeChannel(this.context.scheduler.now(), params.channelId);
    this.#dataTransport?.flushData();
    return null;
  }

  dataChannelOpened(channelId: number): void {
    this.emit('DataChannelOpened', { channelId });
  }

  dataChannelClosed(channelId: number): void {
    this.emit('DataChannelClosed', { channelId });
  }

  dataMessage(message: DataMessage): void {
    this.sendData(message);
  }

  dataClosed(reason: string): void {
    this.context.log.info({ object: this.id, reason }, 'data channels ended');
  }

  protected override receiveData(message: DataMessage): void {
    const transport = this.#dataTransport;
    if (transport?.data === undefined) return;
    transport.data.send(this.context.scheduler.now(), message);
    // A message that this endpoint's own peer sent (a loop) is being delivered right now: it goes out when that is done.
    setImmediate(() => transport.flushData());
  }

  override statistics(): ElementStatistics {
    const data = this.#dataTransport?.data;
    return { ...super.statistics(), data: data && dataStatistics(data) };
  }

  protected override onRelease(): void {
    for (const { transport } of this.#associations) transport.close();
    super.onRelease();
  }
}

/** The offer asked for no restart, hence a later answer speaks of the same association (RFC 8839 section 4.4.3). @throws SdpError */
function requireSamePeer({ transport }: WebRtcAssociation, { index, remote }: NegotiatedMedia): void {
  const refuse = (why: string): never => {
    throw new SdpError('INVALID', `m-line ${index} of the answer has ${why}`);
  };
  if (!transport.isSamePeer(remote.fingerprints)) refuse('another DTLS certificate than before');
  if (transport.isRestartedBy(remote.iceUfrag ?? '', remote.icePwd ?? ''))
    refuse('other ICE credentials than before, and no restart was offered');
}

/** The codecs with those first that are preferred by name, in the order of preference. */
function preferFirst(
  codecs: readonly CodecCapability[],
  preferred: readonly { name: string }[],
): CodecCapability[] {
  const rank = ({ name }: CodecCapability): number => {
    const index = preferred.findIndex((p) => p.name.toLowerCase() === name.toLowerCase());
    return index < 0 ? preferred.length : index;
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}

/** Never 0, which some take for "none". Unsigned, as in SDP. */
function randomSsrc(): number {
  return randomBytes(4).readUInt32BE() || 1;
}

/** The first m-line in use, of these, that describes its transport. */
function describing(offer: SessionDescription, lines?: readonly number[]): MediaDescription | undefined {
  return offer.media.find(
    ({ port, iceUfrag }, index) =>
      port !== 0 && iceUfrag !== undefined && (lines === undefined || lines.includes(index)),
  );
}

/** Whether an m-line shares its transport by a bundle. A single line is as good as one. */
function isBundled({ bundleGroups, media }: SessionDescription, index: number): boolean {
  const mid = media[index]?.mid;
  return media.length === 1 || (mid !== undefined && bundleGroups.some((mids) => mids.includes(mid)));
}
