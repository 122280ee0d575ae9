import type { IceCandidate } from '../candidate.js';
import { TCP_TYPE_PREFERENCE, TYPE_PREFERENCE } from '../candidate.js';
import { isIpv6LinkLocal } from '../ip.js';
import type { Transaction } from './transactions.js';

/** A socket of ours and the candidates that stand for it. */
export class LocalBase {
  readonly socket: number;
  readonly family: 4 | 6;
  readonly linkLocal: boolean;
  readonly protocol: 'udp' | 'tcp';
  /** Host candidates and those derived from them. */
  candidates: readonly IceCandidate[] = [];

  constructor(socket: number, family: 4 | 6, address: string, protocol: 'udp' | 'tcp' = 'udp') {
    this.socket = socket;
    this.family = family;
    this.protocol = protocol;
    this.linkLocal = isIpv6LinkLocal(address);
  }

  /**
   * The candidate checks are made with. Server-reflexive ones are reached through their base (RFC 8445 section 6.1.2.4), so they count only when
   * there is nothing else.
   */
  get preferred(): IceCandidate {
    let best = this.candidates[0]!;
    for (const candidate of this.candidates) {
      const reflexive = candidate.type === 'srflx' || candidate.type === 'prflx';
      const bestReflexive = best.type === 'srflx' || best.type === 'prflx';
      if (reflexive !== bestReflexive ? bestReflexive : candidate.priority > best.priority) best = candidate;
    }
    return best;
  }

  /** PRIORITY of checks from here: that of a peer-reflexive candidate (RFC 8445 section 7.1.1). */
  get checkPriority(): number {
    const preference = this.protocol === 'tcp' ? TCP_TYPE_PREFERENCE : TYPE_PREFERENCE;
    return preference.prflx * 2 ** 24 + (this.preferred.priority & 0xffffff);
  }
}

export interface RemoteCandidate {
  candidate: IceCandidate;
  /** Canonical. */
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly linkLocal: boolean;
}

/**
 * `frozen` here means: not to be checked, because the checks are over or a better pair is selected. With one component and one stream the
 * foundations of RFC 8445 section 6.1.2.6 would hold nothing back for long, so pairs begin as `waiting`.
 */
export type PairState = 'frozen' | 'waiting' | 'in-progress' | 'succeeded' | 'failed';

export class CandidatePair {
  readonly base: LocalBase;
  readonly remote: RemoteCandidate;
  state: PairState = 'waiting';
  /** What the peer sees as our address, known after a successful check. */
  local: IceCandidate;
  /** The check under way. */
  transaction: Transaction | undefined;
  /** When a request to it was last answered. */
  lastSuccess = Number.NEGATIVE_INFINITY;
  /** When the controlling peer last nominated it. */
  lastUseCandidate = Number.NEGATIVE_INFINITY;
  /** When the peer last sent a request on it. */
  lastRequest = Number.NEGATIVE_INFINITY;
  /** The peer nominated it: to be selected as soon as its check succeeds. */
  nominateOnSuccess = false;
  /** Milliseconds; undefined before the first measurement. */
  roundTripTime: number | undefined;
  /** The two halves of the pair priority, which has more bits than a number. */
  #high = 0;
  #low = 0;

  constructor(base: LocalBase, remote: RemoteCandidate, controlling: boolean) {
    this.base = base;
    this.remote = remote;
    this.local = base.preferred;
    this.updatePriority(controlling);
  }

  /** RFC 8445 section 6.1.2.3. */
  updatePriority(controlling: boolean): void {
    const local = this.base.preferred.priority;
    const remote = this.remote.candidate.priority;
    const g = controlling ? local : remote;
    const d = controlling ? remote : local;
    this.#high = Math.min(g, d);
    this.#low = 2 * Math.max(g, d) + (g > d ? 1 : 0);
  }

  /** Notes the candidate the peer sees us as: a known one, or a peer-reflexive one (RFC 8445 section 7.2.5.3.1). */
  setMapped(address: string, port: number): void {
    if (this.local.address === address && this.local.port === port) return;
    const { candidates, checkPriority, preferred, protocol, socket } = this.base;
    this.local = candidates.find((each) => each.address === address && each.port === port) ?? {
      foundation: `prflx${socket}`,
      component: 1,
      protocol,
      priority: checkPriority,
      address,
      port,
      type: 'prflx',
      ...(preferred.tcpType && { tcpType: preferred.tcpType }),
      relatedAddress: preferred.address,
      relatedPort: preferred.port,
    };
  }

  betterThan(other: CandidatePair): boolean {
    return this.#high !== other.#high ? this.#high > other.#high : this.#low > other.#low;
  }

  get pending(): boolean {
    return this.state === 'waiting' || this.state === 'in-progress';
  }

  /** Whether datagrams can go from the one to the other at all. */
  static fits(base: LocalBase, remote: RemoteCandidate): boolean {
    if (base.protocol !== remote.candidate.protocol) return false;
    return remote.family === base.family && remote.linkLocal === base.linkLocal;
  }

  isPath(socket: number, address: string, port: number): boolean {
    return this.base.socket === socket && this.remote.port === port && this.remote.address === address;
  }
}
