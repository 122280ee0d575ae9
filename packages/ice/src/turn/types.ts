import type { TransportAddress } from '../stun/message.js';

export interface TurnClientOptions {
  username: string;
  password: string;
  /** Cryptographically strong random bytes. */
  randomBytes: (count: number) => Uint8Array;
  /** Whether the server is reached over TCP or TLS: nothing is sent twice then. */
  reliable: boolean;
  /** Family of the relayed address. 4 */
  family?: 4 | 6;
  timing?: Partial<TurnTiming>;
}

/** Times in milliseconds. */
export interface TurnTiming {
  /** First retransmission, doubled each time (RFC 8489 section 6.2.1). */
  initialRto: number;
  maxRto: number;
  /** How often a request is sent before the server counts as silent. */
  transmissions: number;
  /** How long an answer is waited for over a reliable transport. */
  reliableTimeout: number;
  /** Lifetime of an allocation that is asked for. */
  lifetime: number;
  /** A permission lives 300 s (RFC 8656 section 9) and is renewed after this time. */
  permissionRefresh: number;
  /** A channel lives 600 s (RFC 8656 section 12) and is renewed after this time. */
  channelRefresh: number;
  /** Permissions and channels that nothing was sent by for this time are not renewed. */
  idle: number;
  /** After a refusal a peer is not asked for again for this time. */
  refusal: number;
  /** Something is sent at least this often over UDP, which keeps NATs open. */
  keepalive: number;
}

export const defaultTurnTiming: Readonly<TurnTiming> = {
  initialRto: 250,
  maxRto: 2000,
  transmissions: 6,
  reliableTimeout: 10_000,
  lifetime: 600_000,
  permissionRefresh: 240_000,
  channelRefresh: 540_000,
  idle: 600_000,
  refusal: 60_000,
  keepalive: 20_000,
};

/** Bounds on what a client remembers. */
export const TURN_LIMITS = {
  /** Addresses of peers, without ports. */
  permissions: 128,
  channels: 64,
  /** Datagrams that wait for the permission of their peer. */
  queuedPerPeer: 8,
  queued: 64,
  /** Longest datagram that is relayed, in bytes. */
  datagram: 1600,
} as const;

export type TurnEvent =
  | {
      type: 'allocated';
      /** The address that peers reach us by. */
      relayed: TransportAddress;
      /** The address from which the server sees us. */
      mapped: TransportAddress | undefined;
    }
  /** There is no allocation, or none any more. `code` is the server's, 0 when it did not answer. */
  | { type: 'failed'; code: number; reason: string }
  /** Another server is to be asked instead. */
  | { type: 'redirected'; server: TransportAddress }
  /** The server does not relay to this address. */
  | { type: 'refused'; address: string; code: number };

/** A datagram that a peer sent to the relayed address. */
export interface RelayedDatagram extends TransportAddress {
  /** Lies in the message that was taken apart. */
  data: Uint8Array;
}

export interface TurnCounters {
  /** Messages that are none, forged or of no use. */
  ignored: number;
  /** Datagrams that were not sent: no allocation, refused, too long, too many. */
  dropped: number;
  requestsSent: number;
  retransmissions: number;
}
