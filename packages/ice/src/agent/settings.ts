/** Times of an agent, in milliseconds. */
export interface IceTiming {
  /** Ta: on average one new check per this time (RFC 8445 section 14.2). */
  pacing: number;
  /** Checks that may go out at once before pacing begins, so that a short list does not wait. */
  burst: number;
  /** First retransmission of a check; doubled for each further one. */
  initialRto: number;
  maxRto: number;
  /** How often a check is sent before its pair fails. */
  transmissions: number;
  /** As controlling: how long a working pair waits for a better one whose check is under way: twice its round trip, within these bounds. */
  minNominationWait: number;
  maxNominationWait: number;
  /** As controlled: how long after the first selected pair better ones are still checked. */
  completionWait: number;
  /** Mean time between consent checks, each time varied by 20 % (RFC 7675 section 5.1). */
  consentInterval: number;
  /** Time to the next consent check when one was not answered; twice this while disconnected. */
  consentRetry: number;
  /** A selected pair is given up after this time without answer (RFC 7675 section 5.1). */
  consentTimeout: number;
  /** `disconnected` after this time without answer (and several requests). */
  disconnectedAfter: number;
  /** No failure before checks have been going on for this time: the peer may still find us (RFC 8863). */
  patience: number;
}

export const defaultTiming: Readonly<IceTiming> = {
  pacing: 20,
  burst: 10,
  initialRto: 250,
  maxRto: 2000,
  transmissions: 7,
  minNominationWait: 50,
  maxNominationWait: 200,
  completionWait: 1000,
  consentInterval: 5000,
  consentRetry: 500,
  consentTimeout: 30_000,
  disconnectedAfter: 7500,
  patience: 39_500,
};

/** Bounds on what peers can make an agent remember or send. */
export interface IceLimits {
  /** Signalled remote candidates. */
  remoteCandidates: number;
  /** Peer-reflexive remote candidates. */
  peerReflexive: number;
  pairs: number;
  /** Requests remembered before the remote credentials are known. */
  earlyRequests: number;
  validatedAddresses: number;
  transactions: number;
  /** Datagrams waiting to be taken. */
  transmits: number;
}

export const defaultLimits: Readonly<IceLimits> = {
  remoteCandidates: 128,
  peerReflexive: 32,
  pairs: 256,
  earlyRequests: 16,
  validatedAddresses: 32,
  transactions: 64,
  transmits: 256,
};
