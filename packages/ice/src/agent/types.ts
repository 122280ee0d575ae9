import type { IceCandidate } from '../candidate.js';
import type { IceLimits, IceTiming } from './settings.js';

export type IceRole = 'controlling' | 'controlled';

/**
 * `connected`: a pair is selected; `completed`: and the checks are over; `disconnected`: the selected pair does not answer at the moment;
 * `failed`: no pair works (any more). An agent that failed still answers its peer, and connects again if the peer comes back.
 */
export type IceState = 'new' | 'checking' | 'connected' | 'completed' | 'disconnected' | 'failed' | 'closed';

/** A datagram to send from a socket. */
export interface IceTransmit {
  socket: number;
  address: string;
  port: number;
  data: Uint8Array;
}

/** A path to a peer: one of our sockets and an address of theirs. */
export interface IcePath {
  socket: number;
  address: string;
  port: number;
}

export type IceEvent =
  | { type: 'state'; state: IceState }
  /** An authenticated request came from this address, or a check to it succeeded: DTLS may be accepted from it. */
  | ({ type: 'validated' } & IcePath)
  /** Nothing may be sent there or accepted from there any more. */
  | ({ type: 'invalidated' } & IcePath)
  /** `mayUse` has refused a path: the peer can only be reached by another. Told each time. */
  | ({ type: 'refused' } & IcePath)
  /** Send there from now on. `local` is what the peer sees, which need not be one of the announced candidates. */
  | ({ type: 'selectedPair'; local: IceCandidate; remote: IceCandidate } & IcePath);

export interface IceAgentOptions {
  role: IceRole;
  /** 4 to 256 characters. */
  localUfrag: string;
  /** 22 to 256 characters. */
  localPwd: string;
  /** 64 random bits; decides who gives way when both sides claim the same role (RFC 8445 section 7.3.1.1). */
  tieBreaker: bigint;
  /** Cryptographically strong random bytes. */
  randomBytes: (count: number) => Uint8Array;
  /** 32 bits that every transaction id of this agent begins with, so that a shared socket can find the agent of a response. */
  transactionTag?: number;
  /**
   * Whether a path can be this agent's. Where several agents share sockets, another one may have the same peer's address
   * on the same socket: media could not be told apart. Asked before a path is used for the first time.
   */
  mayUse?: (path: IcePath) => boolean;
  timing?: Partial<IceTiming>;
  limits?: Partial<IceLimits>;
}

/** What happened to what came in and went out; all only grow. */
export interface IceCounters {
  requestsReceived: number;
  responsesReceived: number;
  requestsSent: number;
  retransmissions: number;
  responsesSent: number;
  consentRequestsSent: number;
  roleConflicts: number;
  /** Not one well-formed STUN message, or from an address that is none. */
  malformed: number;
  /** STUN of another kind (indications, other methods) or for a socket that is not ours. */
  ignored: number;
  wrongUfrag: number;
  wrongFingerprint: number;
  wrongIntegrity: number;
  /** Responses to nothing that is waited for. */
  unknownTransaction: number;
  /** Genuine responses that came from another address than the request went to. */
  asymmetric: number;
  /** Candidates, pairs, requests or datagrams left out because a limit was reached. */
  limited: number;
  /** Remote candidates that can't be used: names, TCP, component 2, another generation … */
  candidatesIgnored: number;
}

export function newCounters(): IceCounters {
  return {
    requestsReceived: 0,
    responsesReceived: 0,
    requestsSent: 0,
    retransmissions: 0,
    responsesSent: 0,
    consentRequestsSent: 0,
    roleConflicts: 0,
    malformed: 0,
    ignored: 0,
    wrongUfrag: 0,
    wrongFingerprint: 0,
    wrongIntegrity: 0,
    unknownTransaction: 0,
    asymmetric: 0,
    limited: 0,
    candidatesIgnored: 0,
  };
}
