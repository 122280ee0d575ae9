import type { IceCandidate } from '../candidate.js';
import { canonicalIp, formatIp, ipFamily, isUnicast, parseIp } from '../ip.js';
import { StunAttribute, StunClass, StunError, StunMethod } from '../stun/attributes.js';
import { parseStun, type StunMessage } from '../stun/message.js';
import { writeCheck, writeError, writeSuccess } from './binding.js';
import { CheckList, type EarlyRequest } from './check-list.js';
import { Consent } from './consent.js';
import { CandidatePair, LocalBase } from './pair.js';
import { defaultLimits, defaultTiming, type IceLimits, type IceTiming } from './settings.js';
import { type Transaction, type TransactionPurpose, TransactionTable } from './transactions.js';
import {
  type IceAgentOptions,
  type IceCounters,
  type IceEvent,
  type IcePath,
  type IceRole,
  type IceState,
  type IceTransmit,
  newCounters,
} from './types.js';
import { ValidatedAddresses } from './validated.js';

/** A check under way is repeated at once for a request from the same address, but not more often than this (ms). */
const MIN_RETRANSMISSION = 50;
/** A pair whose last answer is older than this is checked again before it is selected on the peer's wish (ms). */
const FRESH = 5000;
/** The peer has left the selected pair if it nominates another and has not renewed the nomination of this one for so long (ms). */
const NOMINATION_STANDS = 1000;
/** Consent requests are not repeated; their answers are waited for this long (ms). */
const CONSENT_ANSWER = 10_000;

const nothing: readonly never[] = [];

/**
 * A full ICE agent (RFC 8445) for one component, with trickle (RFC 8838), consent freshness (RFC 7675) and restart. It has no sockets and no
 * clock: STUN datagrams and times in milliseconds come in, datagrams, events and a next time come out. After each call take `takeEvents()`
 * and `takeTransmits()` and look at `nextTimeout()`, also after calls that take no time: what those set off happens in the next
 * `handleTimeout`. Foreign bytes never make it throw.
 */
export class IceAgent {
  readonly counters: IceCounters = newCounters();

  readonly #timing: IceTiming;
  readonly #limits: IceLimits;
  readonly #randomBytes: (count: number) => Uint8Array;
  readonly #tag: number | undefined;
  readonly #bases = new Map<number, LocalBase>();
  readonly #transactions = new TransactionTable();
  readonly #validated: ValidatedAddresses;
  #role: IceRole;
  #tieBreaker: bigint;
  #state: IceState = 'new';
  #started = false;
  #list: CheckList;
  /** The generation before a restart, as long as its selected pair is in use. */
  #previous: CheckList | undefined;
  /** Something happened in a call without a time. */
  #kicked = false;
  #remoteCandidatesEnded = false;
  /** Pacing: checks that may go out now, and when that was reckoned. */
  #tokens: number;
  #tokensAt = Number.NEGATIVE_INFINITY;
  #events: IceEvent[] = [];
  #transmits: IceTransmit[] = [];

  constructor(options: IceAgentOptions) {
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#role = options.role;
    this.#tieBreaker = BigInt.asUintN(64, options.tieBreaker);
    this.#randomBytes = options.randomBytes;
    this.#tag = options.transactionTag;
    this.#tokens = this.#timing.burst;
    this.#list = new CheckList(0, options.localUfrag, options.localPwd, this.#limits);
    this.#validated = new ValidatedAddresses(
      this.#limits.validatedAddresses,
      this.#timing.consentTimeout,
      (event) => this.#events.push(event),
    );
  }

  get state(): IceState {
    return this.#state;
  }

  /** May change in a role conflict. */
  get role(): IceRole {
    return this.#role;
  }

  get localUfrag(): string {
    return this.#list.localUfrag;
  }

  get remoteUfrag(): string | undefined {
    return this.#list.remoteUfrag;
  }

  /** Whether the peer said that it has no more candidates. */
  get remoteCandidatesEnded(): boolean {
    return this.#remoteCandidatesEnded;
  }

  /** The pair in use: of the generation before the restart as long as a new one is not selected. */
  get selectedPair(): (IcePath & { local: IceCandidate; remote: IceCandidate }) | undefined {
    const pair = this.#list.selected ?? this.#previous?.selected;
    return pair && describe(pair);
  }

  /** Last measured round trip on the pair in use, in milliseconds. */
  get roundTripTime(): number | undefined {
    return (this.#list.selected ?? this.#previous?.selected)?.roundTripTime;
  }

  /** Whether an address is in the set told by `validated` and `invalidated` events. */
  isValidated(socket: number, address: string, port: number): boolean {
    return this.#validated.has(socket, address, port);
  }

  /** How much is remembered; all of it is bounded by the limits. */
  get sizes(): { pairs: number; remotes: number; transactions: number; early: number; validated: number } {
    return {
      pairs: this.#list.pairs.length,
      remotes: this.#list.remotes.length,
      transactions: this.#transactions.size,
      early: this.#list.early.length,
      validated: this.#validated.size,
    };
  }

  /**
   * Adds a candidate of ours: a host candidate (its address as announced, which need not be the socket's own) or a server-reflexive one of the same
   * socket. Throws RangeError when the address is no IP address.
   */
  addLocalCandidate(candidate: IceCandidate, base: { socket: number }): void {
    const address = canonicalIp(candidate.address);
    if (address === undefined) throw new RangeError(`not an IP address: ${candidate.address}`);
    if (this.#state === 'closed') return;
    const known = this.#bases.get(base.socket);
    const local = known ?? new LocalBase(base.socket, ipFamily(address), address);
    local.candidates.push({ ...candidate, address });
    this.#bases.set(base.socket, local);
    if (known) this.#list.updatePriorities(this.#role === 'controlling');
    else for (const remote of this.#list.remotes) this.#pairUp(local, remote);
    this.#kicked = true;
  }

  /** Throws RangeError for credentials that ICE doesn't allow, Error for other ones than before without a restart. */
  setRemoteCredentials(ufrag: string, pwd: string): void {
    if (this.#state === 'closed') return;
    const list = this.#list;
    list.setRemoteCredentials(ufrag, pwd);
    this.#kicked = true;
  }

  /**
   * Adds a remote candidate and says whether it is of use. Candidates with names (mDNS), of TCP, of component 2 or of another generation aren't: if
   * their owner reaches us it is known by its address then.
   */
  addRemoteCandidate(candidate: IceCandidate): boolean {
    if (this.#state === 'closed') return false;
    const ip = parseIp(candidate.address);
    const list = this.#list;
    const otherGeneration =
      candidate.ufrag !== undefined && list.remoteUfrag !== undefined && candidate.ufrag !== list.remoteUfrag;
    if (
      !ip ||
      !isUnicast(ip) ||
      candidate.protocol !== 'udp' ||
      candidate.component !== 1 ||
      candidate.port === 0 ||
      otherGeneration
    ) {
      this.counters.candidatesIgnored++;
      return false;
    }
    const before = list.findRemote(formatIp(ip, 0, ip.length as 4 | 16), candidate.port);
    const remote = list.addRemote(candidate, formatIp(ip, 0, ip.length as 4 | 16), ip);
    if (!remote) {
      this.counters.limited++;
      return false;
    }
    if (before) list.updatePriorities(this.#role === 'controlling');
    for (const base of this.#bases.values()) this.#pairUp(base, remote);
    this.#kicked = true;
    return true;
  }

  /** The peer has no more candidates in this generation (RFC 8838 section 14). Late ones are tolerated nevertheless. */
  endOfRemoteCandidates(): void {
    this.#remoteCandidatesEnded = true;
  }

  #pairUp(base: LocalBase, remote: CheckList['remotes'][number]): CandidatePair | undefined {
    const list = this.#list;
    const count = list.pairs.length;
    const pair = list.pairUp(base, remote, this.#role === 'controlling');
    if (!pair && CandidatePair.fits(base, remote)) this.counters.limited++;
    // Once a pair is selected others are only tried when it stops working, or the peer comes from them.
    if (pair && list.pairs.length > count && list.selected && !list.consent?.disconnected)
      pair.state = 'frozen';
    return pair;
  }

  /** Lets checks begin, as soon as there are candidates and credentials. Peers are answered even before. */
  start(now: number): void {
    if (this.#state === 'closed') return;
    this.#started = true;
    this.#progress(now);
  }

  /**
   * ICE restart (RFC 8445 section 9): new credentials here; the peer's follow by `setRemoteCredentials`, its candidates again by
   * `addRemoteCandidate`. What was selected stays in use, and requests for the old credentials are answered, until a new pair is selected.
   */
  restart(now: number, localUfrag: string, localPwd: string): void {
    if (this.#state === 'closed') return;
    const old = this.#list;
    this.#list = new CheckList(old.generation + 1, localUfrag, localPwd, this.#limits);
    if (old.selected) {
      this.#previous = old;
      old.early.length = 0;
      old.nominateAt = Number.POSITIVE_INFINITY;
      old.completeAt = Number.POSITIVE_INFINITY;
    }
    const previous = this.#previous;
    this.#transactions.removeWhere(({ list, purpose }) => list !== previous || purpose !== 'consent');
    this.#remoteCandidatesEnded = false;
    if (this.#state !== 'new') {
      this.#setState('checking');
      this.#list.failAt = now + this.#timing.patience;
    }
  }

  /** Forgets everything; the agent does nothing any more. */
  close(): void {
    if (this.#state === 'closed') return;
    this.#validated.clear();
    this.#transactions.clear();
    this.#transmits = [];
    this.#previous = undefined;
    this.#list = new CheckList(
      this.#list.generation + 1,
      this.#list.localUfrag,
      '-'.repeat(22),
      this.#limits,
    );
    this.#bases.clear();
    this.#setState('closed');
  }

  takeTransmits(): readonly IceTransmit[] {
    if (this.#transmits.length === 0) return nothing;
    const transmits = this.#transmits;
    this.#transmits = [];
    return transmits;
  }

  takeEvents(): readonly IceEvent[] {
    if (this.#events.length === 0) return nothing;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #setState(state: IceState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#events.push({ type: 'state', state });
  }

  #send(pair: CandidatePair, data: Uint8Array): void {
    this.#transmit(pair.base.socket, pair.remote.address, pair.remote.port, data);
  }

  #transmit(socket: number, address: string, port: number, data: Uint8Array): void {
    if (this.#transmits.length >= this.#limits.transmits) this.counters.limited++;
    else this.#transmits.push({ socket, address, port, data });
  }

  // ---- time

  /** When `handleTimeout` wants to be called, in the caller's milliseconds: 0 = now, Infinity = not at all. */
  nextTimeout(): number {
    if (this.#state === 'closed') return Number.POSITIVE_INFINITY;
    if (this.#kicked) return 0;
    const list = this.#list;
    let next = Math.min(
      this.#transactions.nextTimeout(),
      this.#validated.nextTimeout(),
      list.nominateAt,
      list.completeAt,
      list.consent?.nextTimeout() ?? Number.POSITIVE_INFINITY,
      this.#previous?.consent?.nextTimeout() ?? list.failAt,
    );
    if (this.#mayCheck && list.hasWork && this.#transactions.size < this.#limits.transactions) {
      next = Math.min(next, this.#tokensAt + (1 - this.#tokens) * this.#timing.pacing);
    }
    return next;
  }

  handleTimeout(now: number): void {
    if (this.#state === 'closed') return;
    this.#kicked = false;
    for (const transaction of this.#transactions.due(now)) this.#transactionDue(now, transaction);
    if (this.#previous) this.#keepConsent(now, this.#previous);
    this.#keepConsent(now, this.#list);
    if (now >= this.#list.nominateAt) this.#nominateBest(now);
    this.#progress(now);
    this.#validated.sweep(now, (path) => this.#inUse(path));
    this.#failWhenHopeless(now);
  }

  #inUse({ socket, address, port }: IcePath): boolean {
    return [this.#list, this.#previous].some((list) => list?.selected?.isPath(socket, address, port));
  }

  #transactionDue(now: number, transaction: Transaction): void {
    const { pair } = transaction;
    // With another working pair at hand a nomination is not insisted on for long.
    const alternative = transaction.purpose === 'nomination' && this.#alternativeTo(pair);
    const transmissions = Math.min(this.#timing.transmissions, alternative ? 3 : Number.POSITIVE_INFINITY);
    if (!transaction.quiet && transaction.transmissions < transmissions) {
      this.#retransmit(now, transaction);
      return;
    }
    this.#transactions.remove(transaction);
    if (!transaction.quiet) this.#checkFailed(now, transaction.list, pair);
  }

  #alternativeTo(pair: CandidatePair): boolean {
    return this.#list.pairs.some((each) => each !== pair && each.state === 'succeeded');
  }

  #retransmit(now: number, transaction: Transaction): void {
    transaction.rto = Math.min(2 * transaction.rto, this.#timing.maxRto);
    transaction.transmissions++;
    transaction.lastSentAt = now;
    transaction.nextAt = now + transaction.rto;
    this.counters.retransmissions++;
    this.#send(transaction.pair, transaction.data);
  }

  #failWhenHopeless(now: number): void {
    const list = this.#list;
    if (list.selected || this.#previous || now < list.failAt) return;
    if (list.hasPending(() => true)) {
      list.failAt = now + this.#timing.initialRto;
      return;
    }
    list.failAt = Number.POSITIVE_INFINITY;
    this.#setState('failed');
  }

  // ---- checks

  get #mayCheck(): boolean {
    return this.#started && this.#list.remoteKey !== undefined;
  }

  /** Sends the checks that are due. */
  #progress(now: number): void {
    if (!this.#mayCheck) return;
    const list = this.#list;
    if (list.early.length > 0) {
      for (const request of list.early.splice(0)) {
        if (request.remoteUfrag === list.remoteUfrag) this.#learn(now, request);
      }
    }
    if (this.#state === 'new') {
      this.#setState('checking');
      list.failAt = now + this.#timing.patience;
    }
    const { burst, pacing } = this.#timing;
    if (now > this.#tokensAt) {
      this.#tokens = Math.min(burst, this.#tokens + (now - this.#tokensAt) / pacing);
      this.#tokensAt = now;
    }
    // A whisker below one: the sum of many small times may be off by the last bit.
    while (this.#tokens > 0.999 && this.#transactions.size < this.#limits.transactions) {
      const pair = list.next();
      if (!pair) break;
      this.#tokens--;
      this.#check(now, list, pair, 'check');
    }
    this.#completeWhenDone(now);
  }

  #newTransactionId(): { id: Uint8Array; random: number } {
    for (;;) {
      const bytes = this.#randomBytes(14);
      const id = bytes.slice(0, 12);
      if (this.#tag !== undefined) new DataView(id.buffer, id.byteOffset).setUint32(0, this.#tag);
      if (!this.#transactions.clashes(id)) return { id, random: ((bytes[12]! << 8) | bytes[13]!) / 65536 };
    }
  }

  #check(now: number, list: CheckList, pair: CandidatePair, purpose: TransactionPurpose): void {
    if (!list.remoteKey) return;
    const { id, random } = this.#newTransactionId();
    const controlling = this.#role === 'controlling';
    const data = writeCheck({
      id,
      username: list.outgoingUsername,
      key: list.remoteKey,
      priority: pair.base.checkPriority,
      controlling,
      tieBreaker: this.#tieBreaker,
      // Consent checks repeat the nomination, as browsers do: a peer that sees us at another address meanwhile knows what is meant.
      useCandidate: controlling && purpose !== 'check',
    });
    const rto = Math.max(
      this.#timing.initialRto,
      Math.min(2 * (pair.roundTripTime ?? 0), this.#timing.maxRto),
    );
    const consent = purpose === 'consent';
    const transaction: Transaction = {
      id,
      list,
      pair,
      purpose,
      controlling,
      data,
      transmissions: 1,
      firstSentAt: now,
      lastSentAt: now,
      nextAt: now + (consent ? CONSENT_ANSWER : rto),
      rto,
      quiet: consent,
    };
    this.#transactions.add(transaction);
    if (consent) {
      list.consent?.sent(now, random, pair.roundTripTime);
      this.counters.consentRequestsSent++;
    } else {
      if (pair.transaction) pair.transaction.quiet = true;
      pair.transaction = transaction;
      if (purpose === 'check') pair.state = 'in-progress';
    }
    this.counters.requestsSent++;
    this.#send(pair, data);
  }

  #checkFailed(now: number, list: CheckList, pair: CandidatePair): void {
    pair.transaction = undefined;
    pair.nominateOnSuccess = false;
    if (pair === list.selected) return; // its consent decides
    pair.state = 'failed';
    if (list === this.#list) this.#considerNomination(now);
  }

  // ---- nomination and selection

  /** As controlling: nominates the best working pair, at once if no better one is being checked, else after a short time. */
  #considerNomination(now: number): void {
    const list = this.#list;
    if (!this.#wantsNomination) return;
    const best = this.#bestWorking;
    if (!best) return;
    if (now < list.nominateAt && list.hasPending((pair) => pair.betterThan(best))) {
      if (list.nominateAt === Number.POSITIVE_INFINITY) {
        const { minNominationWait, maxNominationWait } = this.#timing;
        const wait = 2 * (best.roundTripTime ?? maxNominationWait);
        list.nominateAt = now + Math.min(Math.max(wait, minNominationWait), maxNominationWait);
      }
      return;
    }
    this.#nominateBest(now);
  }

  get #wantsNomination(): boolean {
    const { selected, consent, pairs } = this.#list;
    if (this.#role !== 'controlling' || (selected && !consent?.disconnected)) return false;
    return !pairs.some((pair) => pair.transaction?.purpose === 'nomination');
  }

  get #bestWorking(): CandidatePair | undefined {
    const { pairs, selected } = this.#list;
    return pairs.find((pair) => pair.state === 'succeeded' && pair !== selected);
  }

  #nominateBest(now: number): void {
    this.#list.nominateAt = Number.POSITIVE_INFINITY;
    if (!this.#wantsNomination) return;
    const best = this.#bestWorking;
    if (best) this.#check(now, this.#list, best, 'nomination');
  }

  /** As controlled: the peer sent USE-CANDIDATE on a pair that works (RFC 8445 section 7.3.1.5). */
  #nominatedByPeer(now: number, pair: CandidatePair): void {
    const list = this.#list;
    const { selected } = list;
    if (pair === selected) return;
    if (now - pair.lastSuccess > FRESH) {
      // It may be long gone, or the request a replay: see first whether it still works.
      pair.nominateOnSuccess = true;
      list.trigger(pair);
      return;
    }
    pair.nominateOnSuccess = false;
    const replaceable =
      !selected ||
      list.consent?.disconnected ||
      pair.betterThan(selected) ||
      now - selected.lastUseCandidate >= NOMINATION_STANDS;
    if (replaceable) this.#select(now, pair);
  }

  #select(now: number, pair: CandidatePair): void {
    const list = this.#list;
    const again = list.selected !== undefined;
    list.selected = pair;
    list.everSelected = true;
    pair.wasSelected = true;
    list.consent = new Consent(this.#timing, pair.lastSuccess, this.#newTransactionId().random);
    list.failAt = Number.POSITIVE_INFINITY;
    list.nominateAt = Number.POSITIVE_INFINITY;
    // As controlled, better pairs may still be nominated by an aggressive peer.
    list.freeze((each) => this.#role === 'controlling' || !each.betterThan(pair));
    list.completeAt = now + this.#timing.completionWait;
    const previous = this.#previous;
    if (previous) {
      this.#previous = undefined;
      this.#transactions.removeWhere((transaction) => transaction.list === previous);
      this.#validated.removeBefore(list.generation);
    }
    const selected: IceEvent = { type: 'selectedPair', ...describe(pair) };
    // Kurento's order: a first pair, then CONNECTED; later ones after it.
    if (again) this.#setState('connected');
    this.#events.push(selected);
    this.#setState('connected');
    this.#completeWhenDone(now);
  }

  #completeWhenDone(now: number): void {
    const list = this.#list;
    const { selected } = list;
    if (this.#state !== 'connected' || !selected) return;
    if (now < list.completeAt && list.hasPending((pair) => pair.betterThan(selected))) return;
    list.completeAt = Number.POSITIVE_INFINITY;
    list.freeze(() => true);
    this.#setState('completed');
  }

  // ---- consent

  #keepConsent(now: number, list: CheckList): void {
    const { consent, selected } = list;
    if (!consent || !selected) return;
    if (consent.expired(now)) {
      this.#loseConsent(now, list, selected);
      return;
    }
    if (consent.becomesDisconnected(now) && list === this.#list) {
      this.#setState('disconnected');
      list.recheck();
      this.#considerNomination(now);
    }
    if (consent.due(now)) this.#check(now, list, selected, 'consent');
  }

  #loseConsent(now: number, list: CheckList, pair: CandidatePair): void {
    list.selected = undefined;
    list.consent = undefined;
    pair.state = 'failed';
    this.#transactions.removeWhere((transaction) => transaction.list === list);
    for (const each of list.pairs) each.transaction = undefined;
    this.#validated.remove(pair.base.socket, pair.remote.address, pair.remote.port);
    if (list === this.#previous) {
      this.#previous = undefined;
      this.#failWhenHopeless(now);
      return;
    }
    // Nothing more is sent unless the peer is heard again.
    list.freeze(() => true);
    for (const each of list.pairs) if (each.state === 'succeeded') each.state = 'frozen';
    list.completeAt = Number.POSITIVE_INFINITY;
    list.nominateAt = Number.POSITIVE_INFINITY;
    this.#setState('failed');
  }

  // ---- what comes in

  /** Takes a STUN datagram; anything else, forged or for somebody else is counted and dropped. Keeps no reference to `data`. */
  handleStun(now: number, data: Uint8Array, socket: number, address: string, port: number): void {
    if (this.#state === 'closed') return;
    const message = parseStun(data);
    if (!message) {
      this.counters.malformed++;
      return;
    }
    if (message.method !== StunMethod.Binding || message.messageClass === StunClass.Indication) {
      this.counters.ignored++;
    } else if (message.messageClass === StunClass.Request) {
      this.#handleRequest(now, message, socket, address, port);
    } else {
      this.#handleResponse(now, message, socket, address, port);
    }
  }

  #listOf(request: StunMessage): CheckList | undefined {
    const username = request.value(StunAttribute.Username);
    if (!username) return undefined;
    if (this.#list.acceptsUsername(username)) return this.#list;
    return this.#previous?.acceptsUsername(username) ? this.#previous : undefined;
  }

  #handleRequest(now: number, request: StunMessage, socket: number, from: string, port: number): void {
    const base = this.#bases.get(socket);
    if (!base) {
      this.counters.ignored++;
      return;
    }
    const list = this.#listOf(request);
    if (!list) {
      this.counters.wrongUfrag++;
      return;
    }
    if (!request.fingerprintValid()) {
      this.counters.wrongFingerprint++;
      return;
    }
    if (!request.integrityValid(list.localKey)) {
      this.counters.wrongIntegrity++;
      return;
    }
    const known = list.selected?.remote;
    const ip = known?.address === from ? known.ip : parseIp(from);
    if (!ip || ip.length !== (base.family === 4 ? 4 : 16) || port <= 0 || port > 65535) {
      this.counters.malformed++;
      return;
    }
    const address = known?.address === from ? from : formatIp(ip, 0, ip.length as 4 | 16);
    this.counters.requestsReceived++;
    if (request.unknownRequired) {
      this.counters.responsesSent++;
      const data = writeError(request, StunError.UnknownAttribute, 'Unknown Attribute', list.localKey);
      this.#transmit(socket, address, port, data);
      return;
    }
    if (this.#resolvesConflict(now, request, list, socket, address, port)) return;
    this.counters.responsesSent++;
    this.#transmit(socket, address, port, writeSuccess(request, ip, port, list.localKey));
    if (!this.#validated.touch(now, list.generation, false, socket, address, port)) this.counters.limited++;
    if (list !== this.#list) return;
    if (list.selected?.isPath(socket, address, port)) {
      // The common case: the peer's own consent check, or nomination of what is selected.
      if (request.has(StunAttribute.UseCandidate)) list.selected.lastUseCandidate = now;
      if (list.consent?.disconnected) list.consent.hurry(now);
      return;
    }
    const learnt: EarlyRequest = {
      base,
      address,
      ip: ip.slice(),
      port,
      priority: request.uint32(StunAttribute.Priority) || base.checkPriority,
      useCandidate: request.has(StunAttribute.UseCandidate),
      remoteUfrag:
        list.remoteUfrag ?? request.text(StunAttribute.Username)!.slice(list.localUfrag.length + 1),
    };
    if (!list.remoteKey) {
      this.#remember(list, learnt);
      return;
    }
    this.#learn(now, learnt);
    this.#progress(now);
  }

  /** Role conflicts (RFC 8445 section 7.3.1.1). True when the request was answered with an error. */
  #resolvesConflict(
    now: number,
    request: StunMessage,
    list: CheckList,
    socket: number,
    address: string,
    port: number,
  ): boolean {
    const controlling = this.#role === 'controlling';
    const claim = controlling ? StunAttribute.IceControlling : StunAttribute.IceControlled;
    if (!request.has(claim)) return false;
    this.counters.roleConflicts++;
    const theirs = request.uint64(claim) ?? 0n;
    // The larger tie-breaker is controlling.
    if (controlling === this.#tieBreaker >= theirs) {
      this.counters.responsesSent++;
      this.#transmit(
        socket,
        address,
        port,
        writeError(request, StunError.RoleConflict, 'Role Conflict', list.localKey),
      );
      return true;
    }
    this.#switchRole(now);
    return false;
  }

  #switchRole(now: number): void {
    this.#role = this.#role === 'controlling' ? 'controlled' : 'controlling';
    const list = this.#list;
    list.updatePriorities(this.#role === 'controlling');
    list.nominateAt = Number.POSITIVE_INFINITY;
    for (const pair of list.pairs) {
      pair.nominateOnSuccess = false;
      if (pair.transaction?.purpose === 'nomination') {
        pair.transaction.quiet = true;
        pair.transaction = undefined;
      }
    }
    this.#considerNomination(now);
  }

  #remember(list: CheckList, request: EarlyRequest): void {
    const same = list.early.findIndex(
      (each) => each.base === request.base && each.port === request.port && each.address === request.address,
    );
    const before = list.early[same];
    if (before) {
      list.early[same] = { ...request, useCandidate: before.useCandidate || request.useCandidate };
    } else if (list.early.length < this.#limits.earlyRequests) {
      list.early.push(request);
    } else {
      this.counters.limited++;
    }
  }

  /** An authenticated request says that its source is an address of the peer (RFC 8445 section 7.3.1.3 to 7.3.1.5). */
  #learn(now: number, request: EarlyRequest): void {
    const list = this.#list;
    const { base, address, ip, port } = request;
    let pair = list.findPair(base.socket, address, port);
    if (!pair) {
      const candidate: IceCandidate = {
        foundation: `prflx${list.remotes.length}`,
        component: 1,
        protocol: 'udp',
        priority: request.priority,
        address,
        port,
        type: 'prflx',
      };
      const remote = list.findRemote(address, port) ?? list.addRemote(candidate, address, ip);
      if (!remote) this.counters.limited++;
      pair = remote && this.#pairUp(base, remote);
    }
    if (!pair) return;
    const nominated = request.useCandidate && this.#role === 'controlled';
    pair.lastRequest = now;
    if (nominated) pair.lastUseCandidate = now;
    if (pair.state === 'succeeded') {
      if (nominated) this.#nominatedByPeer(now, pair);
      return;
    }
    pair.nominateOnSuccess ||= nominated;
    const { transaction } = pair;
    if (pair.state !== 'in-progress' || !transaction) {
      list.trigger(pair);
    } else if (now - transaction.lastSentAt >= MIN_RETRANSMISSION) {
      // The way is open now: the same check again, with short waits.
      transaction.rto = this.#timing.initialRto / 2;
      transaction.transmissions = 1;
      this.#retransmit(now, transaction);
    }
  }

  #handleResponse(now: number, response: StunMessage, socket: number, address: string, port: number): void {
    const transaction = this.#transactions.find(response.bytes);
    if (!transaction) {
      this.counters.unknownTransaction++;
      return;
    }
    const { list, pair } = transaction;
    if (!response.fingerprintValid()) {
      this.counters.wrongFingerprint++;
      return;
    }
    // Errors without integrity (400, 401) prove nothing: anybody could have sent them.
    if (!list.remoteKey || !response.integrityValid(list.remoteKey)) {
      this.counters.wrongIntegrity++;
      return;
    }
    if (!pair.isPath(socket, address, port) && !pair.isPath(socket, canonicalIp(address) ?? '', port)) {
      this.counters.asymmetric++;
      return;
    }
    this.counters.responsesReceived++;
    this.#transactions.remove(transaction);
    if (pair.transaction === transaction) pair.transaction = undefined;
    const mapped = response.xorAddress();
    if (response.messageClass === StunClass.Success && mapped && !response.unknownRequired) {
      this.#checkSucceeded(now, transaction, mapped.address, mapped.port);
    } else if (response.errorCode === StunError.RoleConflict) {
      this.#conflictReported(now, transaction);
    } else if (!transaction.quiet) {
      this.#checkFailed(now, list, pair);
    }
    this.#progress(now);
  }

  /** 487: take the other role, unless that was done meanwhile, and check again (RFC 8445 section 7.2.5.1). */
  #conflictReported(now: number, { list, pair, controlling, purpose }: Transaction): void {
    this.counters.roleConflicts++;
    if (controlling === (this.#role === 'controlling')) {
      const bytes = this.#randomBytes(8);
      this.#tieBreaker = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0);
      this.#switchRole(now);
    }
    if (list === this.#list && purpose !== 'consent') list.trigger(pair);
  }

  #checkSucceeded(now: number, transaction: Transaction, mappedAddress: string, mappedPort: number): void {
    const { list, pair, purpose } = transaction;
    pair.lastSuccess = now;
    // After a retransmission it is not known which one was answered (Karn).
    if (transaction.transmissions === 1) pair.roundTripTime = now - transaction.firstSentAt;
    const { socket } = pair.base;
    this.#validated.touch(now, list.generation, true, socket, pair.remote.address, pair.remote.port);
    if (pair === list.selected) this.#consentGiven(now, list);
    if (list !== this.#list || purpose === 'consent') return;
    if (pair.transaction) pair.transaction.quiet = true;
    pair.transaction = undefined;
    pair.state = 'succeeded';
    this.#setLocal(pair, mappedAddress, mappedPort);
    if (this.#role === 'controlled') {
      // Without a path that works, the one that was in use or that the peer now uses will do without nomination.
      const stranded = list.selected ? list.consent?.disconnected : list.everSelected;
      const peerUses = pair.wasSelected || now - pair.lastRequest < this.#timing.disconnectedAfter;
      if (pair.nominateOnSuccess || (stranded && peerUses)) this.#nominatedByPeer(now, pair);
    } else if (purpose === 'nomination' && transaction.controlling && !transaction.quiet) {
      this.#select(now, pair);
    } else {
      this.#considerNomination(now);
    }
  }

  #consentGiven(now: number, list: CheckList): void {
    const wasDisconnected = list.consent?.disconnected;
    list.consent?.answered(now);
    if (!wasDisconnected || list !== this.#list) return;
    const { selected } = list;
    list.freeze(
      (pair) => this.#role === 'controlling' || (selected !== undefined && !pair.betterThan(selected)),
    );
    this.#setState('connected');
    list.completeAt = now + this.#timing.completionWait;
  }

  /** The candidate the peer sees us as: a known one, or a peer-reflexive one (RFC 8445 section 7.2.5.3.1). */
  #setLocal(pair: CandidatePair, address: string, port: number): void {
    if (pair.local.address === address && pair.local.port === port) return;
    const { base } = pair;
    const { preferred } = base;
    pair.local = base.candidates.find((each) => each.address === address && each.port === port) ?? {
      foundation: `prflx${base.socket}`,
      component: 1,
      protocol: 'udp',
      priority: base.checkPriority,
      address,
      port,
      type: 'prflx',
      relatedAddress: preferred.address,
      relatedPort: preferred.port,
    };
  }
}

function describe(pair: CandidatePair): IcePath & { local: IceCandidate; remote: IceCandidate } {
  return {
    local: pair.local,
    remote: pair.remote.candidate,
    socket: pair.base.socket,
    address: pair.remote.address,
    port: pair.remote.port,
  };
}
