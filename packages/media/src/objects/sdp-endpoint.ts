import { KurentoError } from '@rivero/api';
import {
  formatSessionDescription,
  type LocalSession,
  parseSessionDescription,
  remoteWithCandidates,
  SdpError,
  type SessionDescription,
} from '@rivero/sdp';
import { MediaElement } from './media-element.js';

export interface OfferOptions {
  offerToReceiveAudio?: boolean;
  offerToReceiveVideo?: boolean;
}

/** Seconds from the NTP epoch (1900) to the Unix epoch. */
const NTP_EPOCH_OFFSET = 2208988800;

/** Where an endpoint stands in the exchange of descriptions (RFC 3264): `offered` waits for an answer. */
type Negotiation = 'none' | 'offered' | 'done';

/** The exchange of session descriptions (Kurento: SdpEndpoint, SessionEndpoint, Endpoint). */
export abstract class SdpEndpoint extends MediaElement {
  /** Kurento writes the time of creation, in NTP seconds, as session id and version. */
  protected readonly sdpSessionId = String(this.creationTime + NTP_EPOCH_OFFSET);
  #negotiation: Negotiation = 'none';
  #everOffered = false;
  #versions = 0;
  /** What was agreed on last. */
  #local: SessionDescription | undefined;
  /** The offer that waits for an answer. */
  #offer: SessionDescription | undefined;
  #remoteText: string | undefined;

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
  protected get trickled(): ReadonlyMap<number, readonly string[]> {
    return new Map();
  }

  protected get localDescription(): SessionDescription | undefined {
    return this.#offer ?? this.#local;
  }

  /** The `o=` line of the next description: the version goes up with each (RFC 3264 section 8). */
  protected nextSession(): LocalSession {
    const sessionVersion = String(Number(this.sdpSessionId) + this.#versions++);
    return { sessionId: this.sdpSessionId, sessionVersion };
  }

  generateOffer(params: { options?: OfferOptions }): string {
    this.#requireNegotiable();
    this.#offer = this.makeOffer(params.options ?? {}, this.#local);
    this.#negotiation = 'offered';
    this.#everOffered = true;
    return formatSessionDescription(this.currentLocal(this.#offer));
  }

  processOffer(params: { offer: string }): string {
    if (params.offer === '') throw new KurentoError('SDP_PARSE_ERROR', 'Empty offer not valid');
    const offer = this.#parse(params.offer);
    this.#requireNegotiable();
    this.#local = this.answerOffer(offer);
    this.#finish(params.offer);
    return formatSessionDescription(this.currentLocal(this.#local));
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
    this.#local = offer;
    this.#finish(params.answer);
    return formatSessionDescription(this.currentLocal(offer));
  }

  #finish(remoteText: string): void {
    const first = this.#remoteText === undefined;
    this.#offer = undefined;
    this.#remoteText = remoteText;
    this.#negotiation = 'done';
    if (first) this.emit('MediaSessionStarted');
  }

  getLocalSessionDescriptor(): string {
    const local = this.localDescription;
    if (local === undefined) throw new KurentoError('SDP_END_POINT_NO_LOCAL_SDP_ERROR', 'No local SDP');
    return formatSessionDescription(this.currentLocal(local));
  }

  getRemoteSessionDescriptor(): string {
    if (this.#remoteText === undefined) {
      throw new KurentoError('SDP_END_POINT_NO_REMOTE_SDP_ERROR', 'No remote SDP');
    }
    return remoteWithCandidates(this.#remoteText, this.trickled);
  }

  /** A connected endpoint can be negotiated anew, unless the configuration asks for Kurento's once-only rule. */
  #requireNegotiable(): void {
    const again = this.#negotiation === 'done' && this.context.configuration.renegotiation;
    if (this.#negotiation !== 'none' && !again) {
      throw new KurentoError('SDP_END_POINT_ALREADY_NEGOTIATED', 'Endpoint already negotiated');
    }
  }

  #parse(text: string): SessionDescription {
    try {
      return parseSessionDescription(text, { maxBytes: this.context.configuration.maxSdpBytes });
    } catch (error) {
      if (!(error instanceof SdpError)) throw error;
      this.context.log.info({ object: this.id, reason: error.message }, 'session description refused');
      throw new KurentoError('SDP_PARSE_ERROR', 'Invalid SDP');
    }
  }
}
