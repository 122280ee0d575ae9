import { formatCandidate, type IceCandidate, type IceState } from '@rivero/ice';
import type { DtlsState } from '@rivero/packet-engine';
import type { CodecFormat } from '@rivero/sdp';
import type { MediaKind } from '../routing/media.js';
import { ownCopy } from '../runtime/own-copy.js';
import type { ReceiveTrack } from '../streams/receive-track.js';
import type { RtpSessionListener } from '../streams/rtp-session.js';
import type { DataMessage, DataTransportListener } from '../transport/data-transport.js';
import type { TransportHub } from '../transport/transport-hub.js';
import {
  WebRtcTransport,
  type WebRtcTransportListener,
  type WebRtcTransportOptions,
} from '../transport/webrtc-transport.js';

type IceComponentState = 'DISCONNECTED' | 'GATHERING' | 'CONNECTING' | 'CONNECTED' | 'READY' | 'FAILED';
type DtlsConnectionState = 'NEW' | 'CLOSED' | 'FAILED' | 'CONNECTING' | 'CONNECTED';

/** Kurento's encoder and decoder. */
type Half = 'enc' | 'dec';

const DTLS_STATES: Readonly<Record<DtlsState, DtlsConnectionState>> = {
  new: 'NEW',
  connecting: 'CONNECTING',
  connected: 'CONNECTED',
  closed: 'CLOSED',
  failed: 'FAILED',
};

/** RTP and RTCP share it (rtcp-mux). */
const COMPONENT_ID = 1;

/** The endpoint of an association. */
export interface AssociationOwner extends RtpSessionListener, DataTransportListener {
  tell(type: string, data: Record<string, unknown>): void;
  /** {@link WebRtcAssociation.connected} has changed. */
  connectionChanged(): void;
  candidateGathered(association: WebRtcAssociation, candidate: string): void;
  gatheringDone(): void;
  /** It could not be secured, or ended. */
  associationFailed(association: WebRtcAssociation, reason: string): void;
}

/**
 * A transport of an endpoint and how it is told of in Kurento's events and properties. Peers that bundle (RFC 9143) have one for all
 * their m-lines, others one for each.
 */
export class WebRtcAssociation implements WebRtcTransportListener {
  readonly transport: WebRtcTransport;
  /** Indexes of the m-lines that it carries. */
  lines: readonly number[] = [];
  /** Whether there is a path to the peer. */
  connected = false;
  gathering = false;
  gathered = false;
  readonly #owner: AssociationOwner;
  readonly #streamId: number;
  readonly #number: number;
  #iceState: IceComponentState | undefined;
  #pair: { localCandidate: string; remoteCandidate: string } | undefined;
  /** Of the two halves, which Kurento tells apart. */
  #encoder: DtlsConnectionState | undefined;
  #decoder: DtlsConnectionState | undefined;

  /**
   * @param streamId counted from 1 in the endpoint
   * @param number of all associations
   */
  constructor(
    hub: TransportHub,
    options: Omit<WebRtcTransportOptions, 'listener'>,
    owner: AssociationOwner,
    streamId: number,
    number: number,
  ) {
    this.#owner = owner;
    this.#streamId = streamId;
    this.#number = number;
    const { controlling, certificate, cname, dscp } = options;
    // Spelled out: what is spread has a hidden class of its own for each association.
    this.transport = new WebRtcTransport(hub, { controlling, certificate, cname, dscp, listener: this });
  }

  gatheringStarted(): void {
    this.#setIceState('GATHERING');
  }

  candidateGathered(candidate: IceCandidate): void {
    this.#owner.candidateGathered(this, formatCandidate(candidate));
  }

  gatheringDone(): void {
    this.gathered = true;
    this.#owner.gatheringDone();
  }

  iceState(state: IceState): void {
    if (state === 'checking') this.#setIceState('CONNECTING');
    else if (state === 'disconnected' || state === 'failed') {
      this.#setIceState(state === 'failed' ? 'FAILED' : 'DISCONNECTED');
      this.#setConnected(false);
    } else if ((state === 'connected' || state === 'completed') && this.#pair !== undefined) {
      // Back after an interruption; the first connection is told with its pair.
      if (this.#iceState !== 'DISCONNECTED' && this.#iceState !== 'FAILED') return;
      this.#setIceState('CONNECTED');
      this.pairReady();
    }
  }

  candidatePair(localCandidate: string, remoteCandidate: string): void {
    this.#pair = { localCandidate: ownCopy(localCandidate), remoteCandidate: ownCopy(remoteCandidate) };
    this.#owner.tell('NewCandidatePairSelected', { candidatePair: this.#pairValue });
    this.#setIceState('CONNECTED');
  }

  pairReady(): void {
    this.#setIceState('READY');
    this.#setConnected(true);
  }

  #setConnected(connected: boolean): void {
    this.connected = connected;
    this.#owner.connectionChanged();
  }

  #setIceState(state: IceComponentState): void {
    if (state === this.#iceState) return;
    this.#iceState = state;
    this.#owner.tell('IceComponentStateChanged', {
      streamId: this.#streamId,
      componentId: COMPONENT_ID,
      state,
    });
  }

  dtlsState(state: DtlsState): void {
    // Kurento's encoder is made first; both become connected at once.
    const halves: Half[] =
      state === 'new' ? ['enc'] : state === 'connected' ? ['dec', 'enc'] : ['enc', 'dec'];
    for (const half of halves) {
      if (half === 'enc') this.#encoder = DTLS_STATES[state];
      else this.#decoder = DTLS_STATES[state];
      this.#owner.tell('DtlsConnectionStateChange', this.#dtlsValue(half));
    }
  }

  /** Set before anything is told. */
  bundled = true;

  failed(reason: string): void {
    this.connected = false;
    this.#owner.associationFailed(this, reason);
  }

  get candidatePairs(): Record<string, unknown>[] {
    return this.#pair === undefined ? [] : [this.#pairValue];
  }

  get #pairValue(): Record<string, unknown> {
    return { streamId: String(this.#streamId), componentId: COMPONENT_ID, ...this.#pair };
  }

  get iceConnections(): Record<string, unknown>[] {
    if (this.#iceState === undefined) return [];
    return [{ streamId: String(this.#streamId), componentId: COMPONENT_ID, state: this.#iceState }];
  }

  get dtlsConnections(): Record<string, unknown>[] {
    const values: Record<string, unknown>[] = [];
    if (this.#decoder !== undefined) values.push(this.#dtlsValue('dec'));
    if (this.#encoder !== undefined) values.push(this.#dtlsValue('enc'));
    return values;
  }

  #dtlsValue(half: Half): Record<string, unknown> {
    const number = this.#number;
    return {
      streamId: String(this.#streamId),
      componentId: `[${this.bundled ? 'bundle' : 'rtp'}/dtlssrtp${half}]`,
      connectionId: `dtlssrtpenc${number}-dtlssrtpdec${number}-${this.#streamId}-1`,
      state: half === 'enc' ? this.#encoder : this.#decoder,
    };
  }

  trackChanged(track: ReceiveTrack): void {
    this.#owner.trackChanged(track);
  }

  peerActive(active: boolean): void {
    this.#owner.peerActive(active);
  }

  codecIncompatible(kind: MediaKind, codec: CodecFormat): void {
    this.#owner.codecIncompatible(kind, codec);
  }

  dataChannelOpened(channelId: number): void {
    this.#owner.dataChannelOpened(channelId);
  }

  dataChannelClosed(channelId: number): void {
    this.#owner.dataChannelClosed(channelId);
  }

  dataMessage(message: DataMessage): void {
    this.#owner.dataMessage(message);
  }

  dataClosed(reason: string): void {
    this.#owner.dataClosed(reason);
  }
}
