import { KurentoError } from '@rivero/api';
import { EngineError } from '@rivero/packet-engine';
import {
  type AnswerMedia,
  applyRtpAnswer,
  type CodecCapability,
  createRtpAnswer,
  createRtpOffer,
  formatParameter,
  HeaderExtensionUri,
  isSecureProtocol,
  type MediaDescription,
  type NegotiatedCodec,
  type NegotiatedMedia,
  type NegotiatedSession,
  negotiatedCrypto,
  OFFERED_RTP_AUDIO_CODECS,
  OFFERED_RTP_VIDEO_CODECS,
  type OfferedRtpLine,
  RTP_AUDIO_CODECS,
  RTP_VIDEO_CODECS,
  type SessionDescription,
} from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { randomBytes } from '../runtime/random.js';
import type { Timed, TimerHandle } from '../runtime/scheduler.js';
import type { RtpSession } from '../streams/rtp-session.js';
import { addressFamily, localAddressFor } from '../transport/rtp-address.js';
import { RtpTransport } from '../transport/rtp-transport.js';
import { BaseRtpEndpoint } from './base-rtp-endpoint.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { codePointOf } from './dscp.js';
import { LineSources } from './line-sources.js';
import { DEFAULT_DESCRIPTION, mediaTypeOf } from './media-element.js';
import { SdesKeys, type SdesParams } from './sdes-keys.js';
import type { OfferOptions } from './sdp-endpoint.js';

/** How often the use of SRTP keys is looked at, ms. */
const KEY_CHECK_MS = 1000;
const EXTENSIONS = [
  HeaderExtensionUri.AbsSendTime,
  HeaderExtensionUri.AudioLevel,
  HeaderExtensionUri.VideoOrientation,
];
const OFFERED_EXTENSIONS = [{ id: 3, uri: HeaderExtensionUri.AbsSendTime }];

interface Line {
  transport: RtpTransport;
  description: string;
  kind: MediaKind;
  secure: boolean;
  active: boolean;
  /** OnKeySoftLimit was told. */
  limitTold: boolean;
}

interface Local {
  address: string;
  family: 4 | 6;
}

/** A peer without ICE: SIP gateway, phone, camera, another server (Kurento: RtpEndpoint). */
export class RtpEndpoint extends BaseRtpEndpoint implements Timed {
  readonly #sdes: SdesKeys;
  readonly #cname = randomBytes(12).toString('base64');
  readonly #sources = new LineSources({
    makeSource: () => ({ ssrc: randomBytes(4).readUInt32BE() || 1, cname: this.#cname }),
  });
  readonly #lines = new Map<number, Line>();
  readonly #kindsSeen = new Set<MediaKind>();
  readonly #keyTimer: TimerHandle;
  #local: Local | undefined;

  constructor(context: ObjectContext, init: ObjectInit) {
    // Before anything knows of an object that may not come to be.
    const sdes = new SdesKeys((init.params.crypto ?? {}) as SdesParams);
    super(context, init);
    this.#sdes = sdes;
    this.#keyTimer = context.scheduler.create(this);
  }

  protected override get rtpSessions(): readonly RtpSession[] {
    return [...this.#lines.values()].map(({ transport }) => transport.rtp);
  }

  protected override makeOffer(
    options: OfferOptions,
    previous: SessionDescription | undefined,
  ): SessionDescription {
    if (previous !== undefined) return this.#offerAgain(options, previous);
    const local = this.#chooseLocal(undefined);
    const wanted: [MediaKind, readonly CodecCapability[]][] = [];
    if (options.offerToReceiveAudio !== false) wanted.push(['audio', OFFERED_RTP_AUDIO_CODECS]);
    if (options.offerToReceiveVideo !== false) wanted.push(['video', OFFERED_RTP_VIDEO_CODECS]);
    const media = this.#opening(() =>
      wanted.map(
        ([kind, codecs], index): OfferedRtpLine => ({
          kind,
          codecs,
          preferred: this.preferredCodecs(kind),
          extensions: OFFERED_EXTENSIONS,
          source: this.#sources.of(index, kind)!,
          transport: this.#open(index, kind, local, false),
          ...this.#bandwidth(kind),
        }),
      ),
    );
    return createRtpOffer({
      session: this.nextSession(),
      address: this.#announced(local),
      sdes: this.#sdes,
      media,
    });
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
        media.port === 0 ? media : { ...media, direction: wanted(media.kind) ? 'sendrecv' : 'sendonly' },
      ),
    };
  }

  protected override answerOffer(offer: SessionDescription): SessionDescription {
    const usable = offer.media.find(({ port, connection }) => port !== 0 && connection !== undefined);
    const local = this.#chooseLocal(usable?.connection?.address);
    const media = (kind: MediaKind, codecs: readonly CodecCapability[]): AnswerMedia => ({
      codecs,
      preferred: this.preferredCodecs(kind),
      extensions: EXTENSIONS,
      sources: (index) => this.#sources.of(index, kind),
      ...this.#bandwidth(kind),
    });
    const answer = this.#opening(() =>
      createRtpAnswer(offer, {
        session: this.nextSession(),
        address: this.#announced(local),
        sdes: this.#sdes,
        audio: media('audio', RTP_AUDIO_CODECS),
        video: media('video', RTP_VIDEO_CODECS),
        transport: (index, mux) => this.#open(index, offer.media[index]!.kind as MediaKind, local, mux),
      }),
    );
    this.logRejections(answer.rejections);
    this.#establish(answer.session, answer.description, offer, 'answerer');
    return answer.description;
  }

  protected override takeAnswer(offer: SessionDescription, text: string): void {
    const limits = { maxBytes: this.context.configuration.maxSdpBytes };
    const answer = applyRtpAnswer(offer, text, limits, this.#local?.family);
    const { session, description, rejections } = answer;
    this.logRejections(rejections);
    this.#establish(session, offer, description, 'offerer');
  }

  /** Both descriptions are known: media may flow. */
  #establish(
    session: NegotiatedSession,
    local: SessionDescription,
    remote: SessionDescription,
    role: 'offerer' | 'answerer',
  ): void {
    for (const media of session.media) {
      const line = this.#lines.get(media.index);
      if (line === undefined) continue;
      const theirs = remote.media[media.index];
      if (!media.accepted || theirs === undefined) {
        this.#closeLine(media.index, line);
        continue;
      }
      this.#connect(line, media, local.media[media.index]!, theirs, role);
    }
    this.applyRecvBandwidth();
    this.setConnectionState('CONNECTED');
    const { scheduler } = this.context;
    const secure = [...this.#lines.values()].some((line) => line.secure);
    if (secure) scheduler.schedule(this.#keyTimer, scheduler.now() + KEY_CHECK_MS);
  }

  #connect(
    line: Line,
    media: NegotiatedMedia,
    ours: MediaDescription,
    theirs: MediaDescription,
    role: 'offerer' | 'answerer',
  ): void {
    const { transport } = line;
    const unknown = transport.local.family === 6 ? '::' : '0.0.0.0';
    const numeric = (address = ''): string =>
      addressFamily(address) === transport.local.family ? address : unknown;
    const address = numeric(theirs.connection?.address);
    const onHold = address === '0.0.0.0' || address === '::';
    line.secure = isSecureProtocol(theirs.protocol);
    transport.connect({
      address,
      port: theirs.port,
      rtcpAddress: numeric(theirs.rtcp?.address?.address ?? address),
      rtcpPort: theirs.rtcp?.port ?? Math.min(theirs.port + 1, 0xffff),
      rtcpMux: ours.rtcpMux && theirs.rtcpMux,
      crypto: line.secure ? negotiatedCrypto(ours, theirs, role) : undefined,
      payloadTypes: media.codecs.map(({ receivePayloadType }) => receivePayloadType),
    });
    const { receive, send } = transport.rtp.setMedia({
      ...media,
      codecs: media.codecs.map(withUsualProfile),
      direction: onHold ? { ...media.direction, send: false } : media.direction,
    });
    transport.rtp.rebind();
    this.attach(line.kind, line.description, receive, send);
  }

  /** Ports opened meanwhile are closed again when `make` fails. */
  #opening<T>(make: () => T): T {
    const known = new Set(this.#lines.keys());
    try {
      return make();
    } catch (error) {
      for (const [index, line] of [...this.#lines]) if (!known.has(index)) this.#closeLine(index, line);
      if (!(error instanceof EngineError)) throw error;
      throw new KurentoError('SDP_END_POINT_CANNOT_CREATE_SESSON', `No port for RTP: ${error.message}`);
    }
  }

  #open(index: number, kind: MediaKind, local: Local, rtcpMux: boolean): { port: number; rtcpPort?: number } {
    let line = this.#lines.get(index);
    if (line === undefined) {
      const opened: Line = {
        kind,
        description: this.#describe(kind, index),
        secure: false,
        active: false,
        limitTold: false,
        transport: new RtpTransport(this.context.transports, {
          local,
          rtcpMux,
          source: this.context.configuration.rtpSource,
          dscp: codePointOf('NO_VALUE', this.context.configuration.qosDscp),
          cname: this.#cname,
          listener: {
            trackChanged: (track) => this.trackChanged(track),
            codecIncompatible: (codecKind, codec) => this.codecIncompatible(codecKind, codec),
            peerActive: (active) => {
              opened.active = active;
              this.peerActive([...this.#lines.values()].some((each) => each.active));
            },
          },
        }),
      };
      line = opened;
      this.#lines.set(index, line);
    }
    const { port, rtcpPort } = line.transport;
    return rtcpPort === undefined ? { port } : { port, rtcpPort };
  }

  /** The first m-line of a kind is the default one; further ones are addressed by their number. */
  #describe(kind: MediaKind, index: number): string {
    if (this.#kindsSeen.has(kind)) return String(index);
    this.#kindsSeen.add(kind);
    return DEFAULT_DESCRIPTION;
  }

  #closeLine(index: number, line: Line): void {
    this.attach(line.kind, line.description, undefined, undefined);
    if (line.description === DEFAULT_DESCRIPTION) this.#kindsSeen.delete(line.kind);
    line.transport.close();
    this.#lines.delete(index);
  }

  /** The address to use with a peer; the one in use stays. @throws KurentoError when there is none of the family */
  #chooseLocal(remote: string | undefined): Local {
    const remoteFamily = remote === undefined ? 0 : addressFamily(remote);
    if (this.#local !== undefined && (remoteFamily === 0 || remoteFamily === this.#local.family)) {
      return this.#local;
    }
    const family = remoteFamily === 0 ? (this.params.useIpv6 === true ? 6 : 4) : remoteFamily;
    const { transports } = this.context;
    transports.refreshAddresses();
    const candidates = transports.sockets.filter((socket) => socket.family === family);
    const chosen = localAddressFor(candidates, remote, transports.readInterfaces());
    if (chosen === undefined) {
      throw new KurentoError('SDP_END_POINT_CANNOT_CREATE_SESSON', `There is no IPv${family} address`);
    }
    this.#local = { address: chosen.address, family };
    return this.#local;
  }

  #announced({ address, family }: Local): Local {
    const { externalIPv4, externalIPv6 } = this.context.configuration;
    const external = family === 4 ? externalIPv4 : externalIPv6;
    return { family, address: addressFamily(external) === family ? external : address };
  }

  #bandwidth(kind: MediaKind): { bandwidthKbps?: number } {
    const name = kind === 'audio' ? 'maxAudioRecvBandwidth' : 'maxVideoRecvBandwidth';
    const kbps = this.property(name) as number;
    return kbps > 0 ? { bandwidthKbps: kbps } : {};
  }

  /** Looks how often the SRTP keys were used (RFC 3711 section 9.2). */
  onTime(now: number): void {
    const limit = this.context.configuration.srtpKeySoftLimit;
    for (const line of this.#lines.values()) {
      if (!line.secure || line.limitTold) continue;
      const { sendTracks, streams } = line.transport.rtp;
      const sent = sendTracks.reduce((sum, track) => sum + track.packetsSent, 0);
      const received = [...streams.values()].reduce((sum, { statistics }) => sum + statistics.packets, 0);
      if (Math.max(sent, received) < limit) continue;
      line.limitTold = true;
      this.emit('OnKeySoftLimit', { mediaType: mediaTypeOf(line.kind) });
    }
    this.context.scheduler.schedule(this.#keyTimer, now + KEY_CHECK_MS);
  }

  protected override onRelease(): void {
    this.context.scheduler.cancel(this.#keyTimer);
    for (const { transport } of this.#lines.values()) transport.close();
    this.#lines.clear();
    super.onRelease();
  }
}

/**
 * Peers without `fmtp` mean what everybody sends: H.264 in fragments, Constrained Baseline. By the letter of RFC 6184 it
 * would be whole NAL units only, with which nobody's video could be forwarded.
 */
function withUsualProfile(codec: NegotiatedCodec): NegotiatedCodec {
  if (codec.name.toUpperCase() !== 'H264') return codec;
  const fmtp = new Map(codec.fmtp);
  if (formatParameter(fmtp, 'packetization-mode') === undefined) fmtp.set('packetization-mode', '1');
  if (formatParameter(fmtp, 'profile-level-id') === undefined) fmtp.set('profile-level-id', '42e01f');
  return { ...codec, fmtp };
}
