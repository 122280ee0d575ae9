import { KurentoError } from '@rivero/api';
import {
  formatSessionDescription,
  type LocalSession,
  type MediaDescription,
  PassedOver,
  parseOwnDescription,
  parseSessionDescription,
  type Rejection,
  remoteWithCandidates,
  SdpError,
  type SessionDescription,
} from '@rivero/sdp';
import { ownCopy } from '../runtime/own-copy.js';
import { KeptText } from './kept-text.js';
import { MediaElement } from './media-element.js';

export interface OfferOptions {
  offerToReceiveAudio?: boolean;
  offerToReceiveVideo?: boolean;
}

/** m-lines of one description that the log tells of. */
const MAX_LOGGED = 16;

/** Seconds from the NTP epoch (1900) to the Unix epoch. */
const NTP_EPOCH_OFFSET = 2208988800;

/** Where an endpoint stands in the exchange of descriptions (RFC 3264): `offered` waits for an answer. */
type Negotiation = 'none' | 'offered' | 'done';

/** What of an m-line is asked for at any time. */
export interface LocalLine {
  readonly port: number;
  readonly mid: string | undefined;
}

/** The exchange of session descriptions (Kurento: SdpEndpoint, SessionEndpoint, Endpoint). */
export abstract class SdpEndpoint extends MediaElement {
  /** Kurento writes the time of creation, in NTP seconds, as session id and version. */
  protected readonly sdpSessionId = String(this.creationTime + NTP_EPOCH_OFFSET);
  #negotiation: Negotiation = 'none';
  #everOffered = false;
  #versions = 0;
  /** What was agreed on last. An endpoint lives long with it, and hardly ever reads it: as an object it takes 12 kB. */
  #local: KeptText | undefined;
  #localLines: readonly LocalLine[] | undefined;
  /** The offer that waits for an answer. */
  #offer: SessionDescription | undefined;
  #remote: KeptText | undefined;

  /** Makes the offer; `previous` is the local description of an earlier negotiation. */
  protected abstract makeOffer(
    options: OfferOptions,
    previous: SessionDescription | undefined,
  ): SessionDescription;
  /** Answers an offer, the first one or a later one; media may flow from then on. @throws KurentoError, changing nothing */
  protected abstract answerOffer(offer: SessionDescription): SessionDescription;
  /** Takes the answer to the offer; media may flow from then on. @throws SdpError */
  protected abstract takeAnswer(offer: SessionDescription, answer: string): void;
  /** The local description as it is now, with what was gathered since. */
  protected currentLocal(local: SessionDescription): SessionDescription {
    return local;
  }
  /** Candidate lines that were trickled, by m-line. */
  protected get trickled(): Iterable<readonly [number, readonly string[]]> {
    return [];
  }

  /** m-lines of the local description, once there is one. */
  protected get localLines(): readonly LocalLine[] | undefined {
    return this.#offer?.media.map(localLine) ?? this.#localLines;
  }

  get #agreed(): SessionDescription | undefined {
    return this.#local && parseOwnDescription(this.#local.toString());
  }

  /** The `o=` line of the next description: the version goes up with each (RFC 3264 section 8). */
  protected nextSession(): LocalSession {
    const sessionVersion = String(Number(this.sdpSessionId) + this.#versions++);
    return { sessionId: this.sdpSessionId, sessionVersion };
  }

  generateOffer(params: { options?: OfferOptions }): string {
    this.#requireNegotiable();
    this.#offer = this.makeOffer(params.options ?? {}, this.#agreed);
    this.#negotiation = 'offered';
    this.#everOffered = true;
    return formatSessionDescription(this.currentLocal(this.#offer));
  }

  processOffer(params: { offer: string }): string {
    if (params.offer === '') throw new KurentoError('SDP_PARSE_ERROR', 'Empty offer not valid');
    const offer = this.#parse(params.offer);
    this.#requireNegotiable();
    return this.#finish(this.answerOffer(offer), params.offer);
  }

  processAnswer(params: { answer: string }): string {
    this.#parse(params.answer);
    const offer = this.#offer;
    if (offer === undefined) {
      if (this.#everOffered) {
        throw new KurentoError('SDP_END_POINT_ANSWER_ALREADY_PROCCESED', 'Sdp Answer already processed');
      }
      throw new KurentoError(
        'SDP_END_POINT_NOT_OFFER_GENERATED',
        'Offer not generated. It is not possible to process an answer.',
      );
    }
    try {
      this.takeAnswer(offer, params.answer);
    } catch (error) {
      if (error instanceof SdpError) {
        throw new KurentoError('SDP_END_POINT_PROCESS_ANSWER_ERROR', `Invalid answer: ${error.message}`);
      }
      throw error;
    }
    return this.#finish(offer, params.answer);
  }

  /** @returns the local description as it is told */
  #finish(local: SessionDescription, remote: string): string {
    const first = this.#remote === undefined;
    const text = formatSessionDescription(local);
    this.#offer = undefined;
    this.#local = new KeptText(text);
    this.#localLines = local.media.map(localLine);
    this.#remote = new KeptText(remote);
    this.#negotiation = 'done';
    if (first) this.emit('MediaSessionStarted');
    const current = this.currentLocal(local);
    return current === local ? text : formatSessionDescription(current);
  }

  getLocalSessionDescriptor(): string {
    const local = this.#offer ?? this.#agreed;
    if (local === undefined) throw new KurentoError('SDP_END_POINT_NO_LOCAL_SDP_ERROR', 'No local SDP');
    return formatSessionDescription(this.currentLocal(local));
  }

  getRemoteSessionDescriptor(): string {
    if (this.#remote === undefined) {
      throw new KurentoError('SDP_END_POINT_NO_REMOTE_SDP_ERROR', 'No remote SDP');
    }
    return remoteWithCandidates(this.#remote.toString(), new Map(this.trickled));
  }

  /** A connected endpoint can be negotiated anew, unless the configuration asks for Kurento's once-only rule. */
  #requireNegotiable(): void {
    const again = this.#negotiation === 'done' && this.context.configuration.renegotiation;
    if (this.#negotiation !== 'none' && !again) {
      throw new KurentoError('SDP_END_POINT_ALREADY_NEGOTIATED', 'Endpoint already negotiated');
    }
  }

  /** Tells the log why m-lines of the peer are not used. */
  protected logRejections(rejections: readonly Rejection[]): void {
    if (rejections.length === 0) return;
    const mLines = rejections.slice(0, MAX_LOGGED).map(({ index, reason }) => `${index}: ${reason}`);
    this.context.log.info({ object: this.id, count: rejections.length, mLines }, 'm-lines refused');
  }

  #parse(text: string): SessionDescription {
    try {
      const passedOver = new PassedOver();
      const limits = { maxBytes: this.context.configuration.maxSdpBytes };
      const description = parseSessionDescription(text, limits, passedOver);
      const { reasons } = passedOver;
      if (reasons.length > 0)
        this.context.log.debug({ object: this.id, reasons }, 'lines of a session description passed over');
      return description;
    } catch (error) {
      if (!(error instanceof SdpError)) throw error;
      this.context.log.info({ object: this.id, reason: error.message }, 'session description refused');
      throw new KurentoError('SDP_PARSE_ERROR', 'Invalid SDP');
    }
  }
}

function localLine({ port, mid }: MediaDescription): LocalLine {
  return { port, mid: mid === undefined ? undefined : ownCopy(mid) };
}
