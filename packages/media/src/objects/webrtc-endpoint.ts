import { KurentoError } from '@rivero/api';
import { formatCandidate, type IceCandidate, type IceState } from '@rivero/ice';
import type { DtlsState } from '@rivero/packet-engine';
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
  type LocalTransport,
  type NegotiatedMedia,
  type NegotiatedSession,
  OFFERED_AUDIO_EXTENSIONS,
  OFFERED_VIDEO_CODECS,
  OFFERED_VIDEO_EXTENSIONS,
  type OfferedData,
  type OfferedRtpMedia,
  PROTECTED_VIDEO_CODECS,
  type SessionDescription,
  VIDEO_EXTENSIONS,
  withCandidates,
} from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { ownCopy } from '../runtime/own-copy.js';
import { randomBytes } from '../runtime/random.js';
import { appended, SmallMap, SmallSet } from '../runtime/small-map.js';
import { dataStatistics } from '../stats/data-statistics.js';
import type { ElementStatistics } from '../stats/statistics.js';
import type { RtpSession } from '../streams/rtp-session.js';
import type { GatherOptions } from '../transport/candidate-gatherer.js';
import {
  type DataMessage,
  type DataTransport,
  MAX_MESSAGE_BYTES,
  type OpenParameters,
} from '../transport/data-transport.js';
import { WebRtcTransport, type WebRtcTransportListener } from '../transport/webrtc-transport.js';
import { BaseRtpEndpoint } from './base-rtp-endpoint.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { codePointOf } from './dscp.js';
import { LineSources } from './line-sources.js';
import { DEFAULT_DESCRIPTION } from './media-element.js';
import type { OfferOptions } from './sdp-endpoint.js';

type IceComponentState = 'DISCONNECTED' | 'GATHERING' | 'CONNECTING' | 'CONNECTED' | 'READY' | 'FAILED';
type DtlsConnectionState = 'NEW' | 'CLOSED' | 'FAILED' | 'CONNECTING' | 'CONNECTED';

interface LineDescription {
  kind: MediaKind;
  mid: string | undefined;
  name: string;
}

interface IceCandidateValue {
  candidate: string;
  sdpMid: string;
  sdpMLineIndex: number;
}

/** Remote candidates kept before there is a session to give them to. */
const MAX_EARLY_CANDIDATES = 128;
/** What browsers use (RFC 8841 section 5.2). */
const SCTP_PORT = 5000;
/** By which a browser tells its simulcast encodings apart. */
const SIMULCAST_EXTENSIONS = [HeaderExtensionUri.Rid, HeaderExtensionUri.RepairedRid];
/** All media of an endpoint goes over one ICE component of one stream: BUNDLE and rtcp-mux. */
const STREAM_ID = 1;
const COMPONENT_ID = 1;
/** Kurento's names for the two halves of an association. */
const DTLS_ENCODER = '[bundle/dtlssrtpenc]';
const DTLS_DECODER = '[bundle/dtlssrtpdec]';

let associations = 0;

/** A WebRTC peer (Kurento: WebRtcEndpoint). */
export class WebRtcEndpoint extends BaseRtpEndpoint implements WebRtcTransportListener {
  /** What this side sends on the m-lines of a kind, in their order. */
  readonly #sources = new LineSources((kind, number) => ({
    ssrc: randomSsrc(),
    ...(kind === 'video' && { rtxSsrc: randomSsrc() }),
    cname: this.#cname,
    msid: {
      // Only the first tracks belong together in one stream; further ones are streams of their own to a browser.
      stream: number === 0 ? this.#stream : `${this.#stream}-${kind}-${number}`,
      track: ownCopy(`${this.#stream}-${kind}${number === 0 ? '' : number}`),
    },
  }));
  /** Media descriptions (Kurento's names of an element's streams of one kind) by m-line. */
  readonly #descriptions = new SmallMap<number, LineDescription>();
  readonly #kindsSeen = new SmallSet<MediaKind>();
  readonly #stream = randomBytes(12).toString('hex');
  readonly #cname = randomBytes(12).toString('base64');
  readonly #number = associations++;
  readonly #early: string[] = [];
  readonly #trickled = new SmallMap<number, readonly string[]>();
  #transport: WebRtcTransport | undefined;
  #gatherWanted = false;
  #gathered = false;
  #gatheringDone = false;
  #iceState: IceComponentState | undefined;
  #pair: { localCandidate: string; remoteCandidate: string } | undefined;
  #dtls: Record<string, DtlsConnectionState> = {};

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
    return this.#transport === undefined ? [] : [this.#transport.rtp];
  }

  protected override get trickled(): Iterable<readonly [number, readonly string[]]> {
    return this.#trickled;
  }

  /** The certificateKeyType constructor parameter. */
  get #keyType(): 'RSA' | 'ECDSA' {
    return this.params.certificateKeyType === 'ECDSA' ? 'ECDSA' : 'RSA';
  }

  #openTransport(controlling: boolean): WebRtcTransport {
    const { transports } = this.context;
    const transport = new WebRtcTransport(transports, {
      controlling,
      certificate: transports.certificates[this.#keyType],
      cname: this.#cname,
      listener: this,
      dscp: codePointOf(this.params.qosDscp as string, this.context.configuration.qosDscp),
    });
    this.#transport = transport;
    this.applyRecvBandwidth();
    return transport;
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
    const transport = this.#openTransport(true);
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
      transport: this.#localTransport(transport),
      media,
    });
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
    const transport = this.#transport ?? this.#openTransport(offer.iceLite);
    this.#prepareRestart(transport, offer);
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
      transport: this.#localTransport(transport),
      audio: media('audio'),
      video: media('video'),
      ...(this.params.useDataChannels === true && { data: { maxMessageSize: MAX_MESSAGE_BYTES } }),
    });
    for (const { index, reason } of answer.rejections) {
      this.context.log.info({ object: this.id, mLine: index, reason }, 'm-line refused');
    }
    this.#establish(answer.session);
    this.#gatherIfWanted();
    return answer.description;
  }

  protected override takeAnswer(offer: SessionDescription, answer: string): void {
    this.#establish(applyAnswer(offer, answer).session);
  }

  /** A later offer from another ICE generation restarts ICE; one from another peer is refused. */
  #prepareRestart(transport: WebRtcTransport, offer: SessionDescription): void {
    const line = offer.media.find(({ port, iceUfrag }) => port !== 0 && iceUfrag !== undefined);
    if (line?.iceUfrag === undefined || line.icePwd === undefined) return;
    if (!transport.isSamePeer(line.fingerprints)) {
      throw new KurentoError(
        'SDP_END_POINT_PROCESS_OFFER_ERROR',
        'The offer has another DTLS certificate: use a new endpoint for another peer',
      );
    }
    if (transport.isRestartedBy(line.iceUfrag, line.icePwd)) transport.restart();
  }

  /** Both descriptions are known: makes or updates the tracks and lets ICE go. */
  #establish(session: NegotiatedSession): void {
    const transport = this.#transport!;
    for (const media of session.media) {
      this.#retire(media);
      if (media.kind !== 'audio' && media.kind !== 'video') continue;
      if (!media.accepted && !this.#descriptions.has(media.index)) continue;
      const { receive, send } = transport.rtp.setMedia(media);
      this.attach(media.kind, this.#descriptionOf(media), receive, send);
    }
    transport.rtp.rebind();
    const accepted = session.media.filter((media) => media.accepted);
    const first: NegotiatedMedia | undefined = accepted[0];
    if (first?.remote.iceUfrag === undefined || first.remote.icePwd === undefined) return;
    transport.setRemote({
      iceUfrag: first.remote.iceUfrag,
      icePwd: first.remote.icePwd,
      candidates: [...accepted.flatMap(({ remote }) => remote.candidates), ...this.#early],
      endOfCandidates: first.remote.endOfCandidates,
      fingerprints: first.remote.fingerprints,
      dtlsRole: first.dtlsRole,
      sctp: accepted.find(({ sctp }) => sctp !== undefined)?.sctp,
    });
    this.#early.length = 0;
  }

  /** The first m-line of a kind is the default one; further ones are addressed by their MID. */
  #descriptionOf({ index, kind, mid }: NegotiatedMedia): string {
    const known = this.#descriptions.get(index);
    if (known !== undefined) return known.name;
    const isFirst = !this.#kindsSeen.has(kind as MediaKind);
    this.#kindsSeen.add(kind as MediaKind);
    const name = isFirst ? DEFAULT_DESCRIPTION : ownCopy(mid ?? String(index));
    this.#descriptions.set(index, { kind: kind as MediaKind, mid: mid && ownCopy(mid), name });
    return name;
  }

  /** A line that was rejected may be taken up for something else (RFC 8829 section 5.2.2). The default one of a kind stays that. */
  #retire({ index, kind, mid, accepted }: NegotiatedMedia): void {
    const known = this.#descriptions.get(index);
    if (known === undefined || !accepted) return;
    const { name } = known;
    if (known.kind === kind && (known.mid === mid || name === DEFAULT_DESCRIPTION)) return;
    this.attach(known.kind, name, undefined, undefined);
    this.#descriptions.delete(index);
    if (name === DEFAULT_DESCRIPTION) this.#kindsSeen.delete(known.kind);
  }

  protected override currentLocal(local: SessionDescription): SessionDescription {
    if (!this.#gathered) return local;
    const candidates = this.#transport!.gathered;
    const usable = candidates.filter(({ protocol }) => protocol === 'udp');
    const preferred = usable.find(({ address }) => !address.includes(':')) ?? usable[0];
    return withCandidates(local, {
      candidates: candidates.map(formatCandidate),
      endOfCandidates: this.#gatheringDone,
      ...(preferred && {
        defaultCandidate: {
          family: preferred.address.includes(':') ? 6 : 4,
          address: preferred.address,
          port: preferred.port,
        },
      }),
    });
  }

  /** Before there is a description it is remembered, and done once there is one. */
  gatherCandidates(): null {
    this.#gatherWanted = true;
    this.#gatherIfWanted();
    return null;
  }

  #gatherIfWanted(): void {
    const transport = this.#transport;
    if (!this.#gatherWanted || this.#gathered || transport === undefined) return;
    this.#gathered = true;
    // Told after the answer of the request, as the reference does: an application has its handlers ready by then.
    setImmediate(() => {
      if (this.released) return;
      this.#setIceState('GATHERING');
      const options: GatherOptions = {
        networkInterfaces: this.property('networkInterfaces') as string,
        externalIPv4: this.property('externalIPv4') as string,
        externalIPv6: this.property('externalIPv6') as string,
        stunServerAddress: this.property('stunServerAddress') as string,
        stunServerPort: this.property('stunServerPort') as number,
        turnUrl: this.property('turnUrl') as string,
        iceTcp: this.property('iceTcp') as boolean,
      };
      transport.gather(options);
      transport.start();
    });
  }

  gatheringDone(): void {
    this.#gatheringDone = true;
    this.emit('IceGatheringDone');
  }

  candidateGathered(gathered: IceCandidate): void {
    const candidate = formatCandidate(gathered);
    for (const [sdpMLineIndex, { port, mid }] of (this.localLines ?? []).entries()) {
      if (port === 0) continue;
      this.emit('IceCandidateFound', {
        candidate: { candidate, sdpMid: mid ?? '', sdpMLineIndex } satisfies IceCandidateValue,
      });
    }
  }

  addIceCandidate(params: { candidate: IceCandidateValue }): null {
    const { candidate, sdpMid, sdpMLineIndex } = params.candidate;
    const lines = this.localLines;
    if (lines !== undefined) {
      const index = sdpMid === '' ? sdpMLineIndex : lines.findIndex(({ mid }) => mid === sdpMid);
      const line = lines[index] ?? lines[sdpMLineIndex];
      if (line === undefined) throw new KurentoError('ICE_ADD_CANDIDATE_ERROR', 'Error adding candidate');
      this.#remember(lines.indexOf(line), candidate);
    }
    if (this.#transport?.hasRemote === true) {
      if (isEnd(candidate)) this.#transport.endOfRemoteCandidates();
      else this.#transport.addRemoteCandidate(candidate);
    } else if (this.#early.length < MAX_EARLY_CANDIDATES && !isEnd(candidate)) {
      this.#early.push(candidate);
    }
    return null;
  }

  #remember(index: number, candidate: string): void {
    const line = candidate.trim();
    if (isEnd(line) || /[\r\n]/.test(line) || line.length > 1024) return;
    const known = this.#trickled.get(index) ?? [];
    if (known.length < MAX_EARLY_CANDIDATES) this.#trickled.set(index, appended(known, line));
  }

  iceState(state: IceState): void {
    if (state === 'checking') this.#setIceState('CONNECTING');
    else if (state === 'disconnected' || state === 'failed') {
      this.#setIceState(state === 'failed' ? 'FAILED' : 'DISCONNECTED');
      this.setConnectionState('DISCONNECTED');
    } else if ((state === 'connected' || state === 'completed') && this.#pair !== undefined) {
      // Back after an interruption; the first connection is told with its pair.
      if (this.#iceState !== 'DISCONNECTED' && this.#iceState !== 'FAILED') return;
      this.#setIceState('CONNECTED');
      this.pairReady();
    }
  }

  candidatePair(localCandidate: string, remoteCandidate: string): void {
    this.#pair = { localCandidate: ownCopy(localCandidate), remoteCandidate: ownCopy(remoteCandidate) };
    this.emit('NewCandidatePairSelected', { candidatePair: this.#pairValue });
    this.#setIceState('CONNECTED');
  }

  pairReady(): void {
    this.#setIceState('READY');
    this.setConnectionState('CONNECTED');
  }

  get #pairValue(): Record<string, unknown> {
    return { streamId: String(STREAM_ID), componentId: COMPONENT_ID, ...this.#pair };
  }

  #setIceState(state: IceComponentState): void {
    if (state === this.#iceState) return;
    this.#iceState = state;
    this.emit('IceComponentStateChanged', { streamId: STREAM_ID, componentId: COMPONENT_ID, state });
  }

  dtlsState(state: DtlsState): void {
    const told = state.toUpperCase() as DtlsConnectionState;
    // Kurento's encoder is made first; both become connected at once.
    const halves = state === 'new' ? [DTLS_ENCODER] : [DTLS_ENCODER, DTLS_DECODER];
    for (const half of state === 'connected' ? halves.reverse() : halves) {
      this.#dtls[half] = told;
      this.emit('DtlsConnectionStateChange', this.#dtlsValue(half));
    }
  }

  #dtlsValue(half: string): Record<string, unknown> {
    return {
      streamId: String(STREAM_ID),
      componentId: half,
      connectionId: `dtlssrtpenc${this.#number}-dtlssrtpdec${this.#number}-1-1`,
      state: this.#dtls[half],
    };
  }

  failed(reason: string): void {
    this.context.log.info({ object: this.id, reason }, 'media transport ended');
    this.detach();
    this.setConnectionState('DISCONNECTED');
    this.peerActive(false);
  }

  getICECandidatePairs(): unknown[] {
    return this.#pair === undefined ? [] : [this.#pairValue];
  }

  getIceConnectionState(): unknown[] {
    if (this.#iceState === undefined) return [];
    return [{ streamId: String(STREAM_ID), componentId: COMPONENT_ID, state: this.#iceState }];
  }

  getDtlsConnectionState(): unknown[] {
    return [DTLS_DECODER, DTLS_ENCODER]
      .filter((half) => half in this.#dtls)
      .map((half) => this.#dtlsValue(half));
  }

  /** 0 is ignored. */
  setStunServerPort(params: { stunServerPort: number }): null {
    if (params.stunServerPort !== 0) this.setProperty('stunServerPort', params.stunServerPort);
    return null;
  }

  #requireData(): DataTransport {
    const data = this.#transport?.data;
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
    this.#transport!.flushData();
    return null;
  }

  /** Unknown channels are no error. */
  closeDataChannel(params: { channelId: number }): null {
    this.#requireData().closeChannel(this.context.scheduler.now(), params.channelId);
    this.#transport!.flushData();
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
    const transport = this.#transport;
    if (transport?.data === undefined) return;
    transport.data.send(this.context.scheduler.now(), message);
    // A message that this endpoint's own peer sent (a loop) is being delivered right now: it goes out when that is done.
    setImmediate(() => transport.flushData());
  }

  override statistics(): ElementStatistics {
    const data = this.#transport?.data;
    return { ...super.statistics(), data: data && dataStatistics(data) };
  }

  protected override onRelease(): void {
    this.#transport?.close();
    super.onRelease();
  }
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

/** No more candidates come: the empty string of WebRTC, or the attribute of RFC 8840 section 8.2. */
function isEnd(candidate: string): boolean {
  return /^(a=)?(end-of-candidates)?$/.test(candidate.trim());
}
