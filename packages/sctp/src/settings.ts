/**
 * Times of an association, in milliseconds. Defaults suit WebRTC, where ICE watches the path: timers back off to 3 s only,
 * so that an outage is over soon after the path is back, and a silent peer is never given up. ICE may be restarted at any time,
 * and the peer's channels are open then as before: browsers give up nothing, either.
 */
export interface SctpTiming {
  /** Retransmission timeout before the first round trip is measured. */
  initialRto: number;
  minRto: number;
  /** Bound of the exponential back-off of every timer. */
  maxRto: number;
  /** First retransmission of INIT and COOKIE ECHO. */
  initTimeout: number;
  /** INIT and COOKIE ECHO are repeated so often before the association fails; Infinity: it does not. */
  maxInitRetransmissions: number;
  /** Association.Max.Retrans (RFC 9260 section 8.1): unanswered timeouts in a row before the association fails; Infinity: it does not. */
  maxRetransmissions: number;
  /** Longest delay of a SACK (RFC 9260 section 6.2: at most 500). */
  sackDelay: number;
  /** Idle time before a HEARTBEAT; 0 sends none. */
  heartbeatInterval: number;
  /** Lifetime of a state cookie. */
  cookieLifetime: number;
  /** A SHUTDOWN that is not done after this time becomes an ABORT (T5-shutdown-guard). */
  shutdownGuard: number;
}

export const defaultTiming: Readonly<SctpTiming> = {
  initialRto: 500,
  minRto: 400,
  maxRto: 3000,
  initTimeout: 1000,
  maxInitRetransmissions: Number.POSITIVE_INFINITY,
  maxRetransmissions: Number.POSITIVE_INFINITY,
  sackDelay: 200,
  heartbeatInterval: 30_000,
  cookieLifetime: 60_000,
  shutdownGuard: 30_000,
};

/** Bounds on what an association remembers for its peer and its user. */
export interface SctpLimits {
  /** Streams per direction, 1 to 65535. Data channel ids stay below it. */
  streams: number;
  /**
   * Receive window: bytes of messages that are incomplete, out of order or not yet taken, each chunk counted with
   * CHUNK_OVERHEAD bytes more. A full window and one message more than this is the hard limit.
   */
  receiveBuffer: number;
  /** How far beyond the cumulative TSN a chunk may be; farther ones are dropped as if lost. */
  tsnsAhead: number;
  /** Gaps in the received TSNs; chunks that would make more are dropped as if lost. */
  gaps: number;
  /** Bytes of queued messages over all streams; messages under transmission count until they are acknowledged. */
  sendBuffer: number;
  /** Queued messages over all streams. */
  sendMessages: number;
  /** Upper bound of the congestion window, in bytes. */
  congestionWindow: number;
  /** Answers (HEARTBEAT ACK, ERROR and so on) that wait to be taken. */
  controlChunks: number;
  /** Stream numbers in one re-configuration request that are looked at. */
  resetStreams: number;
}

export const defaultLimits: Readonly<SctpLimits> = {
  streams: 1024,
  receiveBuffer: 1024 * 1024,
  tsnsAhead: 8192,
  gaps: 1024,
  sendBuffer: 16 * 1024 * 1024,
  sendMessages: 65_536,
  congestionWindow: 4 * 1024 * 1024,
  controlChunks: 32,
  resetStreams: 1024,
};

/** What a stored chunk or message costs beyond its bytes, so that tiny ones are bounded too. */
export const CHUNK_OVERHEAD = 128;

/**
 * Longest SCTP packet in bytes: a UDP payload of 1200 less a DTLS 1.2 record header with an AEAD's nonce and tag
 * (13 + 8 + 16), rounded down to a multiple of 4. RFC 8261 section 5 asks for at most 1200 while the path is unknown.
 */
export const DEFAULT_MTU = 1160;

/** Largest message both ways unless set (what browsers announce: a=max-message-size:262144). */
export const DEFAULT_MAX_MESSAGE_SIZE = 262_144;
