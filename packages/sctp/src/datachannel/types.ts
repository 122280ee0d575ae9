import type { AssociationOptions, CloseReason } from '../association/types.js';

export type DataChannelState = 'connecting' | 'open' | 'closing' | 'closed';

/** What is known of a channel. */
export interface DataChannel {
  /** SCTP stream in both directions. */
  readonly id: number;
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxRetransmits?: number;
  readonly maxPacketLifeTime?: number;
  readonly priority: number;
  /** Agreed on by other means, not announced in band. */
  readonly negotiated: boolean;
  /** The peer opened it. */
  readonly remote: boolean;
  readonly state: DataChannelState;
}

export interface OpenOptions {
  label: string;
  /** Subprotocol. '' */
  protocol?: string;
  /** true */
  ordered?: boolean;
  /** 0 to 65535; not together with maxPacketLifeTime. */
  maxRetransmits?: number;
  /** Milliseconds, 0 to 65535. */
  maxPacketLifeTime?: number;
  /** 256 */
  priority?: number;
  /** The peer opens the same id itself, without being told in band (RFC 8831 section 6.3); needs `id`. */
  negotiated?: boolean;
  /** Chosen by default: even as DTLS client, odd as server (RFC 8832 section 6). */
  id?: number;
}

export type DataChannelEvent =
  | { type: 'state'; state: 'connected' }
  | { type: 'state'; state: 'closed'; reason: CloseReason; detail: string }
  /** Both ends know the channel. */
  | { type: 'open'; channel: DataChannel }
  | { type: 'message'; id: number; data: Uint8Array; binary: boolean }
  /** What waits to be sent on the channel fell to its threshold. */
  | { type: 'bufferedAmountLow'; id: number }
  /** The id is free again. */
  | { type: 'closed'; id: number };

export interface DataChannelPeerOptions extends AssociationOptions {
  /** Of DTLS: the client's channels have even ids. */
  role: 'client' | 'server';
  /** Channels at a time, opened by either side. 1024 */
  maxChannels?: number;
}

export class DataChannelCounters {
  opened = 0;
  closed = 0;
  messagesSent = 0;
  messagesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  /** DCEP messages that are malformed, for a wrong or used id, or one channel too many. */
  badOpens = 0;
  /** Messages on no open channel or of an unknown kind. */
  messagesDropped = 0;
}
