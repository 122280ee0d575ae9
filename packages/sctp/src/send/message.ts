/** A message to be sent, from the send queue until its last byte is acknowledged or given up. */
export interface OutboundMessage {
  stream: number;
  /** Payload protocol identifier. */
  protocol: number;
  /** Not copied: must not change. At least one byte. */
  data: Uint8Array;
  unordered: boolean;
  /** Retransmissions of each fragment before the message is given up; Infinity: reliable. */
  maxRetransmissions: number;
  /** Time in milliseconds after which the message is given up; Infinity: reliable. */
  expiresAt: number;
  /** Not part of the buffered amount of its stream (DCEP). */
  control: boolean;
  /** Stream sequence number; known once the first fragment is taken from the queue. */
  sequence: number;
  /** Bytes taken from the queue. */
  taken: number;
  abandoned: boolean;
}

/** What takes one TSN. */
export interface MessagePiece {
  message: OutboundMessage;
  offset: number;
  length: number;
}
