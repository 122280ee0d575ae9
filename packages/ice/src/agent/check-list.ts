import type { IceCandidate } from '../candidate.js';
import { isIpv6LinkLocal } from '../ip.js';
import { type StunKey, shortTermKey } from '../stun/checksum.js';
import type { Consent } from './consent.js';
import { CandidatePair, type LocalBase, type RemoteCandidate } from './pair.js';
import type { IceLimits } from './settings.js';

/** A request that came before the remote credentials were known. */
export interface EarlyRequest {
  base: LocalBase;
  address: string;
  ip: Uint8Array;
  port: number;
  priority: number;
  useCandidate: boolean;
  remoteUfrag: string;
}

function checkCredential(what: string, value: string, min: number): void {
  if (value.length < min || value.length > 256)
    throw new RangeError(`ICE ${what} must have ${min} to 256 characters`);
}

/** For a moment only. Two fragments of 256 characters, of which each may take three bytes. */
const usernameBytes = Buffer.alloc(2048);

/** Most lists never have any. */
const NO_REQUESTS: readonly EarlyRequest[] = [];

/** One generation of an agent: credentials of both sides, remote candidates and the pairs made of them (RFC 8445 section 6.1.2). */
export class CheckList {
  readonly generation: number;
  readonly localUfrag: string;
  readonly localKey: StunKey;
  remoteUfrag: string | undefined;
  remoteKey: StunKey | undefined;
  /** The beginning of USERNAME in requests to us, then all of it. */
  #incomingUsername: string;

  remotes: readonly RemoteCandidate[] = [];
  /** Best first. */
  pairs: readonly CandidatePair[] = [];
  early: readonly EarlyRequest[] = NO_REQUESTS;
  readonly #triggered: CandidatePair[] = [];
  readonly #limits: IceLimits;
  #mayHaveWork = false;

  selected: CandidatePair | undefined;
  /** A pair was selected once, even if it is lost now. */
  everSelected = false;
  consent: Consent | undefined;
  /** Deadlines, Infinity when not set. */
  failAt = Number.POSITIVE_INFINITY;
  nominateAt = Number.POSITIVE_INFINITY;
  completeAt = Number.POSITIVE_INFINITY;

  constructor(generation: number, localUfrag: string, localPwd: string, limits: IceLimits) {
    checkCredential('ufrag', localUfrag, 4);
    checkCredential('password', localPwd, 22);
    this.generation = generation;
    this.localUfrag = localUfrag;
    this.localKey = shortTermKey(localPwd);
    this.#limits = limits;
    this.#incomingUsername = `${localUfrag}:`;
  }

  /** Throws RangeError for credentials out of RFC 8839's bounds, Error when others are set already: those need a restart. */
  setRemoteCredentials(ufrag: string, pwd: string): void {
    if (this.remoteUfrag === ufrag && this.remoteKey === shortTermKey(pwd)) return;
    if (this.remoteUfrag !== undefined) throw new Error('new remote ICE credentials need an ICE restart');
    checkCredential('ufrag', ufrag, 4);
    checkCredential('password', pwd, 22);
    this.remoteUfrag = ufrag;
    this.remoteKey = shortTermKey(pwd);
    this.#incomingUsername = `${this.localUfrag}:${ufrag}`;
    // Candidates may overtake the credentials; those that name another generation are of no use.
    const others = this.remotes.filter(
      ({ candidate }) => candidate.ufrag !== undefined && candidate.ufrag !== ufrag,
    );
    for (const remote of others) this.#forget(remote);
  }

  /** USERNAME of our requests (RFC 8445 section 7.1.2); empty until the remote credentials are known. */
  get outgoingUsername(): string {
    return this.remoteUfrag === undefined ? '' : `${this.remoteUfrag}:${this.localUfrag}`;
  }

  /** Whether a USERNAME is for us, and from the peer if we know it already. */
  acceptsUsername(username: Uint8Array): boolean {
    const expected = usernameBytes.subarray(0, usernameBytes.write(this.#incomingUsername));
    if (this.remoteKey ? username.length !== expected.length : username.length <= expected.length)
      return false;
    for (let i = 0; i < expected.length; i++) if (username[i] !== expected[i]) return false;
    return true;
  }

  /** Keeps a request until the remote credentials are known. False when there is no room for it. */
  remember(request: EarlyRequest): boolean {
    const same = this.early.findIndex(
      (each) => each.base === request.base && each.port === request.port && each.address === request.address,
    );
    const before = this.early[same];
    if (before) {
      const useCandidate = before.useCandidate || request.useCandidate;
      this.early = this.early.with(same, { ...request, useCandidate });
    } else if (this.early.length < this.#limits.earlyRequests) {
      this.early = this.early.concat(request);
    } else {
      return false;
    }
    return true;
  }

  findPair(socket: number, address: string, port: number): CandidatePair | undefined {
    if (this.selected?.isPath(socket, address, port)) return this.selected;
    return this.pairs.find((pair) => pair.isPath(socket, address, port));
  }

  findRemote(address: string, port: number, protocol: 'udp' | 'tcp'): RemoteCandidate | undefined {
    return this.remotes.find(
      (remote) =>
        remote.port === port && remote.address === address && remote.candidate.protocol === protocol,
    );
  }

  /** Adds a remote candidate, or gives a known address the better of two candidates. undefined when there is no room. */
  addRemote(candidate: IceCandidate, address: string, ip: Uint8Array): RemoteCandidate | undefined {
    const known = this.findRemote(address, candidate.port, candidate.protocol);
    if (known) {
      const old = known.candidate;
      // What was signalled replaces what was discovered; of two signalled ones the better stays (RFC 8445 section 6.1.2.4).
      if (candidate.type === 'prflx') return known;
      if (old.type === 'prflx' || candidate.priority > old.priority) known.candidate = candidate;
      return known;
    }
    const prflx = candidate.type === 'prflx';
    const alike = this.remotes.filter((remote) => (remote.candidate.type === 'prflx') === prflx);
    if (alike.length >= (prflx ? this.#limits.peerReflexive : this.#limits.remoteCandidates)) {
      if (!prflx || !this.#forgetPeerReflexive(alike)) return undefined;
    }
    const remote: RemoteCandidate = {
      candidate,
      address,
      port: candidate.port,
      family: ip.length === 4 ? 4 : 6,
      linkLocal: isIpv6LinkLocal(address),
    };
    this.remotes = this.remotes.concat(remote);
    return remote;
  }

  /** Makes room by dropping the oldest discovered address that never answered. */
  #forgetPeerReflexive(oldestFirst: readonly RemoteCandidate[]): boolean {
    const inUse = (remote: RemoteCandidate) =>
      this.pairs.some((pair) => pair.remote === remote && pair.lastSuccess !== Number.NEGATIVE_INFINITY);
    const victim = oldestFirst.find((remote) => !inUse(remote));
    if (!victim) return false;
    this.#forget(victim);
    return true;
  }

  #forget(remote: RemoteCandidate): void {
    this.remotes = this.remotes.filter((each) => each !== remote);
    for (const pair of this.pairs.filter((each) => each.remote === remote)) this.#removePair(pair);
  }

  #removePair(pair: CandidatePair): void {
    this.pairs = this.pairs.filter((each) => each !== pair);
    const position = this.#triggered.indexOf(pair);
    if (position >= 0) this.#triggered.splice(position, 1);
    if (pair.transaction) pair.transaction.quiet = true;
    pair.transaction = undefined;
  }

  /** The pair of a base and a remote candidate, made if it can be. undefined when they don't fit or there is no room. */
  pairUp(base: LocalBase, remote: RemoteCandidate, controlling: boolean): CandidatePair | undefined {
    const known = this.findPair(base.socket, remote.address, remote.port);
    if (known) return known;
    if (!CandidatePair.fits(base, remote)) return undefined;
    const pair = new CandidatePair(base, remote, controlling);
    if (this.pairs.length >= this.#limits.pairs) {
      const victim = this.pairs.findLast(
        (each) => each.state !== 'succeeded' && each.state !== 'in-progress',
      );
      if (!victim || victim === this.selected || !pair.betterThan(victim)) return undefined;
      this.#removePair(victim);
    }
    const position = this.pairs.findIndex((each) => pair.betterThan(each));
    this.pairs = this.pairs.toSpliced(position < 0 ? this.pairs.length : position, 0, pair);
    this.#mayHaveWork = true;
    return pair;
  }

  /** After a change of role, or of candidates' priorities. */
  updatePriorities(controlling: boolean): void {
    for (const pair of this.pairs) pair.updatePriority(controlling);
    this.pairs = this.pairs.toSorted((a, b) => (a.betterThan(b) ? -1 : b.betterThan(a) ? 1 : 0));
  }

  /** Puts a pair into the triggered-check queue (RFC 8445 section 7.3.1.4). */
  trigger(pair: CandidatePair): void {
    pair.state = 'waiting';
    if (!this.#triggered.includes(pair)) this.#triggered.push(pair);
    this.#mayHaveWork = true;
  }

  /** Whether a check may be waiting to be sent. */
  get hasWork(): boolean {
    return this.#mayHaveWork;
  }

  /** The next pair to check: triggered ones in their order, then by priority. */
  next(): CandidatePair | undefined {
    for (let triggered = this.#triggered.shift(); triggered; triggered = this.#triggered.shift()) {
      if (triggered.state === 'waiting') return triggered;
    }
    const waiting = this.#mayHaveWork ? this.pairs.find((pair) => pair.state === 'waiting') : undefined;
    if (!waiting) this.#mayHaveWork = false;
    return waiting;
  }

  /** Takes pairs that wait or are being checked out of the checks. Answers still under way count. */
  freeze(condition: (pair: CandidatePair) => boolean): void {
    for (const pair of this.pairs) {
      if (!pair.pending || !condition(pair)) continue;
      if (pair.transaction) pair.transaction.quiet = true;
      pair.transaction = undefined;
      pair.state = 'frozen';
      const position = this.#triggered.indexOf(pair);
      if (position >= 0) this.#triggered.splice(position, 1);
    }
  }

  /** Checks everything again, except the selected pair, which consent checks look after. */
  recheck(): void {
    for (const pair of this.pairs) {
      if (pair !== this.selected && pair.state !== 'in-progress') pair.state = 'waiting';
    }
    this.#mayHaveWork = true;
  }

  hasPending(condition: (pair: CandidatePair) => boolean): boolean {
    return this.pairs.some((pair) => pair.pending && condition(pair));
  }
}
