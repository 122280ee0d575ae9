import type { SctpLimits, SctpTiming } from '../settings.js';
import type { StreamResetEvent } from './stream-reset.js';

export type AssociationState = 'new' | 'connecting' | 'connected' | 'shuttingDown' | 'closed';

export type CloseReason =
  /** The SHUTDOWN sequence is done. */
  | 'shutdown'
  /** abort() was called. */
  | 'aborted'
  /** The peer sent ABORT. */
  | 'abortedByPeer'
  /** The peer does not answer. */
  | 'timeout'
  /** The peer broke the protocol or our limits. */
  | 'violation';

export type AssociationEvent =
  | { type: 'connected' }
  /** The peer lost its state and began anew: nothing sent or received before counts. */
  | { type: 'restarted' }
  | { type: 'closed'; reason: CloseReason; detail: string }
  | StreamResetEvent;

export interface AssociationOptions {
  /** From SDP (a=sctp-port), usually 5000. */
  localPort: number;
  remotePort: number;
  /** Cryptographically secure. */
  randomBytes: (count: number) => Uint8Array;
  /** Key of the state cookies; random by default. */
  cookieSecret?: Uint8Array;
  /** Longest SCTP packet to send in bytes, 512 to 16384. DEFAULT_MTU */
  mtu?: number;
  /** Longest message to receive, in bytes; a longer one ends the association. DEFAULT_MAX_MESSAGE_SIZE */
  maxMessageSize?: number;
  /** Longest message the peer takes, in bytes (a=max-message-size; 0: any). DEFAULT_MAX_MESSAGE_SIZE */
  remoteMaxMessageSize?: number;
  /** Packets are sent without checksum to peers that agree, because DTLS protects them (RFC 9653). true */
  zeroChecksum?: boolean;
  limits?: Partial<SctpLimits>;
  timing?: Partial<SctpTiming>;
}

export interface SendOptions {
  stream: number;
  /** Payload protocol identifier. */
  protocol: number;
  unordered?: boolean;
  /** Retransmissions before the message is given up, 0 to 65535. */
  maxRetransmissions?: number;
  /** Milliseconds after which the message is given up. */
  lifetime?: number;
  /** Not part of the buffered amount of the stream. */
  control?: boolean;
}

export class AssociationCounters {
  packetsReceived = 0;
  packetsSent = 0;
  bytesReceived = 0;
  bytesSent = 0;
  /** Packets or chunks whose lengths or fields do not fit. */
  malformed = 0;
  badChecksum = 0;
  badPort = 0;
  badTag = 0;
  unknownChunks = 0;
  /** DATA chunks that were duplicates or beyond a bound. */
  dataDropped = 0;
  messagesSent = 0;
  messagesReceived = 0;
}

export interface AssociationStatistics {
  /** Milliseconds; undefined before the first measurement. */
  roundTripTime: number | undefined;
  retransmissionTimeout: number;
  /** Bytes. */
  congestionWindow: number;
  bytesInFlight: number;
  /** Window of the peer, and what is left of our own, in bytes. */
  peerWindow: number;
  localWindow: number;
  retransmissions: number;
  abandonedMessages: number;
}
