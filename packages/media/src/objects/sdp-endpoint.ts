import { KurentoError } from '@rivero/api';
import {
  formatSessionDescription,
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

/** Where an endpoint stands in the exchange of descriptions (RFC 3264). */
type Negotiation = 'none' | 'offered' | 'done';

/** The exchange of session descriptions (Kurento: SdpEndpoint, SessionEndpoint, Endpoint). */
export abstract class SdpEndpoint extends MediaElement {
  /** Kurento writes the time of creation, in NTP seconds, as session id and version. */
  protected readonly sdpSessionId = String(this.creationTime + NTP_EPOCH_OFFSET);
  #negotiation: Negotiation = 'none';
  #local: SessionDescription | undefined;
  #remoteText: string | undefined;

  /** Makes the offer. */
  protected abstract makeOffer(options: OfferOptions): SessionDescription;
  /** Answers an offer; media may flow from then on. */
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
    return this.#local;
  }

  generateOffer(params: { options?: OfferOptions }): string {
    this.#requireFresh();
    this.#local = this.makeOffer(params.options ?? {});
    this.#negotiation = 'offered';
    return formatSessionDescription(this.currentLocal(this.#local));
  }

  processOffer(params: { offer: string }): string {
    if (params.offer === '') throw new KurentoError('SDP_PARSE_ERROR', 'Empty offer not valid');
    const offer = this.#parse(params.offer);
    this.#requireFresh();
    this.#local = this.answerOffer(offer);
    this.#remoteText = params.offer;
    this.#negotiation = 'done';
    this.emit('MediaSessionStarted');
    return formatSessionDescription(this.currentLocal(this.#local));
  }

  processAnswer(params: { answer: string }): string {
    this.#parse(params.answer);
    if (this.#negotiation === 'none') {
      throw new KurentoError(
        'SDP_END_POINT_NOT_OFFER_GENERATED',
        'Offer not generated. It is not possible to process an answer.',
      );
    }
    if (this.#remoteText !== undefined) {
      throw new KurentoError('SDP_END_POINT_ANSWER_ALREADY_PROCCESED', 'Sdp Answer already processed');
    }
    const local = this.#local!;
    try {
      this.takeAnswer(local, params.answer);
    } catch (error) {
      if (error instanceof SdpError) {
        throw new KurentoError('SDP_END_POINT_PROCESS_ANSWER_ERROR', `Invalid answer: ${error.message}`);
      }
      throw error;
    }
    this.#remoteText = params.answer;
    this.#negotiation = 'done';
    this.emit('MediaSessionStarted');
    return formatSessionDescription(this.currentLocal(local));
  }

  getLocalSessionDescriptor(): string {
    if (this.#local === undefined) throw new KurentoError('SDP_END_POINT_NO_LOCAL_SDP_ERROR', 'No local SDP');
    return formatSessionDescription(this.currentLocal(this.#local));
  }

  getRemoteSessionDescriptor(): string {
    if (this.#remoteText === undefined) {
      throw new KurentoError('SDP_END_POINT_NO_REMOTE_SDP_ERROR', 'No remote SDP');
    }
    return remoteWithCandidates(this.#remoteText, this.trickled);
  }

  #requireFresh(): void {
    if (this.#negotiation !== 'none') {
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
