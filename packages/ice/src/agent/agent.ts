import type { IceCandidate } from '../candidate.js';
import { canonicalIp, formatIp, ipFamily, isUnicast, parseIp } from '../ip.js';
import { StunClass, StunMethod } from '../stun/attributes.js';
import { parseStun } from '../stun/message.js';
import { CheckList } from './check-list.js';
import { AgentCore } from './core.js';
import { LocalBase } from './pair.js';
import { nextTimeout, progress, timePassed } from './progress.js';
import { handleRequest } from './requests.js';
import { handleResponse } from './responses.js';
import { describePair, losePaths } from './selection.js';
import type {
  IceAgentOptions,
  IceCounters,
  IceEvent,
  IcePath,
  IceRole,
  IceState,
  IceTransmit,
} from './types.js';

/**
 * A full ICE agent (RFC 8445) for one component, with trickle (RFC 8838), consent freshness (RFC 7675) and restart. It has no sockets and no
 * clock: STUN datagrams and times in milliseconds come in, datagrams, events and a next time come out. After each call take `takeEvents()`
 * and `takeTransmits()` and look at `nextTimeout()`, also after calls that take no time: what those set off happens in the next
 * `handleTimeout`. Foreign bytes never make it throw.
 */
export class IceAgent {
  readonly #core: AgentCore;
  /** Something happened in a call without a time. */
  #kicked = false;
  #remoteCandidatesEnded = false;

  /** Throws RangeError for credentials that ICE doesn't allow. */
  constructor(options: IceAgentOptions) {
    this.#core = new AgentCore(options);
  }

  get counters(): Readonly<IceCounters> {
    return this.#core.counters;
  }

  get state(): IceState {
    return this.#core.state;
  }

  /** May change in a role conflict. */
  get role(): IceRole {
    return this.#core.role;
  }

  get localUfrag(): string {
    return this.#core.list.localUfrag;
  }

  get remoteUfrag(): string | undefined {
    return this.#core.list.remoteUfrag;
  }

  /** Whether the peer said that it has no more candidates. */
  get remoteCandidatesEnded(): boolean {
    return this.#remoteCandidatesEnded;
  }

  /** The pair in use: of the generation before the restart as long as a new one is not selected. */
  get selectedPair(): (IcePath & { local: IceCandidate; remote: IceCandidate }) | undefined {
    const pair = this.#core.selected;
    return pair && describePair(pair);
  }

  /** Last measured round trip on the pair in use, in milliseconds. */
  get roundTripTime(): number | undefined {
    return this.#core.selected?.roundTripTime;
  }

  /** Whether an address is in the set told by `validated` and `invalidated` events. */
  isValidated(socket: number, address: string, port: number): boolean {
    return this.#core.validated.has(socket, address, port);
  }

  /**
   * Whether a check of ours to the address succeeded. What is merely validated may be the address of somebody who repeats
   * the peer's requests.
   */
  isChecked(socket: number, address: string, port: number): boolean {
    return this.#core.validated.isChecked(socket, address, port);
  }

  /** Whether the peer was heard from there within the time after which a path in use counts as disconnected. */
  isAlive(now: number, socket: number, address: string, port: number): boolean {
    const { timing, validated } = this.#core;
    return now - validated.lastSeen(socket, address, port) < timing.disconnectedAfter;
  }

  /** How much is remembered; all of it is bounded by the limits. */
  get sizes(): { pairs: number; remotes: number; transactions: number; early: number; validated: number } {
    const { list, transactions, validated } = this.#core;
    return {
      pairs: list.pairs.length,
      remotes: list.remotes.length,
      transactions: transactions.size,
      early: list.early.length,
      validated: validated.size,
    };
  }

  /**
   * Adds a candidate of ours: a host candidate (its address as announced, which need not be the socket's own), a server-reflexive one of the same
   * socket, a passive TCP one (its socket stands for all connections of a listener) or a relayed one (its socket stands for the allocation). Throws RangeError when the address is no IP address.
   */
  addLocalCandidate(candidate: IceCandidate, base: { socket: number }): void {
    const { list, state } = this.#core;
    const address = canonicalIp(candidate.address);
    if (address === undefined) throw new RangeError(`not an IP address: ${candidate.address}`);
    if (state === 'closed') return;
    const known = this.#core.baseOf(base.socket);
    const local = known ?? new LocalBase(base.socket, ipFamily(address), address, candidate.protocol);
    const own = candidate.address === address ? candidate : { ...candidate, address };
    local.candidates = local.candidates.concat(own);
    if (!known) this.#core.bases = this.#core.bases.concat(local);
    if (known) list.updatePriorities(this.#core.controlling);
    else for (const remote of list.remotes) this.#core.pairUp(local, remote);
    this.#kicked = true;
  }

  /** Throws RangeError for credentials that ICE doesn't allow, Error for other ones than before without a restart. */
  setRemoteCredentials(ufrag: string, pwd: string): void {
    if (this.state === 'closed') return;
    this.#core.list.setRemoteCredentials(ufrag, pwd);
    this.#kicked = true;
  }

  /**
   * Adds a remote candidate and says whether it is of use. Candidates with names (mDNS), of TCP, of component 2 or of another generation aren't: if
   * their owner reaches us it is known by its address then. Active TCP candidates become known in this way only.
   */
  addRemoteCandidate(candidate: IceCandidate): boolean {
    const { bases, counters, list, state } = this.#core;
    if (state === 'closed') return false;
    const { ufrag, protocol, component, port } = candidate;
    const ip = parseIp(candidate.address);
    const otherGeneration =
      ufrag !== undefined && list.remoteUfrag !== undefined && ufrag !== list.remoteUfrag;
    if (!ip || !isUnicast(ip) || protocol !== 'udp' || component !== 1 || port === 0 || otherGeneration) {
      counters.candidatesIgnored++;
      return false;
    }
    const address = formatIp(ip, 0, ip.length as 4 | 16);
    const known = list.findRemote(address, port, protocol) !== undefined;
    const remote = list.addRemote(candidate, address, ip);
    if (!remote) {
      counters.limited++;
      return false;
    }
    if (known) list.updatePriorities(this.#core.controlling);
    for (const base of bases) this.#core.pairUp(base, remote);
    this.#kicked = true;
    return true;
  }

  /** The peer has no more candidates in this generation (RFC 8838 section 14). Late ones are tolerated nevertheless. */
  endOfRemoteCandidates(): void {
    this.#remoteCandidatesEnded = true;
  }

  /** Lets checks begin, as soon as there are candidates and credentials. Peers are answered even before. */
  start(now: number): void {
    if (this.state === 'closed') return;
    this.#core.started = true;
    progress(this.#core, now);
  }

  /**
   * ICE restart (RFC 8445 section 9): new credentials here; the peer's follow by `setRemoteCredentials`, its candidates again by
   * `addRemoteCandidate`. What was selected stays in use, and requests for the old credentials are answered, until a new pair is selected.
   * Throws RangeError for credentials that ICE doesn't allow.
   */
  restart(now: number, localUfrag: string, localPwd: string): void {
    const core = this.#core;
    if (core.state === 'closed') return;
    const old = core.list;
    core.list = new CheckList(old.generation + 1, localUfrag, localPwd, core.limits);
    if (old.selected) core.previous = old;
    const { previous } = core;
    core.transactions.removeWhere(({ list, purpose }) => list !== previous || purpose !== 'consent');
    this.#remoteCandidatesEnded = false;
    if (core.state !== 'new') {
      core.setState('checking');
      core.list.failAt = now + core.timing.patience;
    }
  }

  /** A path is gone for good: its TCP connection was closed. If it was in use, others are tried at once. */
  pathClosed(now: number, socket: number, address: string, port: number): void {
    if (this.state === 'closed') return;
    losePaths(this.#core, now, (pair) => pair.isPath(socket, address, port));
  }

  /** A socket is gone: a relayed address whose allocation ended. Its candidates are forgotten. */
  removeLocalBase(now: number, socket: number): void {
    if (this.state === 'closed') return;
    this.#core.bases = this.#core.bases.filter((base) => base.socket !== socket);
    const { list } = this.#core;
    if (list.early.length > 0) list.early = list.early.filter(({ base }) => base.socket !== socket);
    losePaths(this.#core, now, ({ base }) => base.socket === socket);
  }

  /** Forgets everything; the agent does nothing any more. */
  close(): void {
    if (this.state !== 'closed') this.#core.close();
  }

  /** Datagrams to send; the caller owns them. */
  takeTransmits(): readonly IceTransmit[] {
    return this.#core.takeTransmits();
  }

  takeEvents(): readonly IceEvent[] {
    return this.#core.takeEvents();
  }

  /** When `handleTimeout` wants to be called, in the caller's milliseconds: 0 = now, Infinity = not at all. */
  nextTimeout(): number {
    if (this.state === 'closed') return Number.POSITIVE_INFINITY;
    return this.#kicked ? 0 : nextTimeout(this.#core);
  }

  /** May be called at any time, and not earlier than it was the last time. */
  handleTimeout(now: number): void {
    if (this.state === 'closed') return;
    this.#kicked = false;
    timePassed(this.#core, now);
  }

  /** Takes a STUN datagram; anything else, forged or for somebody else is counted and dropped. Keeps no reference to `data`. */
  handleStun(now: number, data: Uint8Array, socket: number, address: string, port: number): void {
    const core = this.#core;
    if (core.state === 'closed') return;
    const message = parseStun(data);
    if (!message) {
      core.counters.malformed++;
    } else if (message.method !== StunMethod.Binding || message.messageClass === StunClass.Indication) {
      core.counters.ignored++;
    } else if (message.messageClass === StunClass.Request) {
      handleRequest(core, now, message, socket, address, port);
    } else {
      handleResponse(core, now, message, socket, address, port);
    }
  }
}
