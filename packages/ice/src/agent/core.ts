import { CheckList } from './check-list.js';
import { CandidatePair, type LocalBase, type RemoteCandidate } from './pair.js';
import { defaultLimits, defaultTiming, type IceLimits, type IceTiming } from './settings.js';
import { TransactionTable } from './transactions.js';
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

/** The state of an agent and what leaves it. The rules of ICE are in the modules beside this one and work on it. */
export class AgentCore {
  readonly timing: Readonly<IceTiming>;
  readonly limits: Readonly<IceLimits>;
  readonly counters: IceCounters = newCounters();
  readonly randomBytes: (count: number) => Uint8Array;
  readonly #tag: number | undefined;
  readonly #mayUse: (path: IcePath) => boolean;
  /** A few: no Map. */
  bases: readonly LocalBase[] = [];
  readonly transactions = new TransactionTable();
  readonly validated: ValidatedAddresses;
  role: IceRole;
  tieBreaker: bigint;
  state: IceState = 'new';
  started = false;
  list: CheckList;
  /** The generation before a restart, as long as its selected pair is in use. */
  previous: CheckList | undefined;
  /** Pacing: checks that may go out now, and when that was reckoned. */
  tokens: number;
  tokensAt = Number.NEGATIVE_INFINITY;
  #events: IceEvent[] = [];
  #transmits: IceTransmit[] = [];

  constructor(options: IceAgentOptions) {
    this.timing = options.timing === undefined ? defaultTiming : { ...defaultTiming, ...options.timing };
    this.limits = options.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits };
    this.role = options.role;
    this.tieBreaker = BigInt.asUintN(64, options.tieBreaker);
    this.randomBytes = options.randomBytes;
    this.#tag = options.transactionTag;
    this.#mayUse = options.mayUse ?? (() => true);
    this.tokens = this.timing.burst;
    this.list = new CheckList(0, options.localUfrag, options.localPwd, this.limits);
    this.validated = new ValidatedAddresses(this.limits.validatedAddresses, this.timing.consentTimeout, this);
  }

  get controlling(): boolean {
    return this.role === 'controlling';
  }

  /** The pair in use: of the generation before the restart as long as a new one is not selected. */
  get selected(): CandidatePair | undefined {
    return this.list.selected ?? this.previous?.selected;
  }

  /** Whether checks can be made. */
  get mayCheck(): boolean {
    return this.started && this.list.remoteKey !== undefined;
  }

  emit(event: IceEvent): void {
    this.#events.push(event);
  }

  setState(state: IceState): void {
    if (this.state === state) return;
    this.state = state;
    this.emit({ type: 'state', state });
  }

  baseOf(socket: number): LocalBase | undefined {
    for (const base of this.bases) if (base.socket === socket) return base;
    return undefined;
  }

  transmit(socket: number, address: string, port: number, data: Uint8Array): void {
    if (this.baseOf(socket) === undefined) return; // it was removed
    if (this.#transmits.length >= this.limits.transmits) this.counters.limited++;
    else this.#transmits.push({ socket, address, port, data });
  }

  takeTransmits(): IceTransmit[] {
    const transmits = this.#transmits;
    if (transmits.length > 0) this.#transmits = [];
    return transmits;
  }

  takeEvents(): IceEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }

  /** A fresh transaction id, and a random number from 0 to 1 (exclusive) made with it. */
  newTransactionId(): { id: Uint8Array; random: number } {
    for (;;) {
      const bytes = this.randomBytes(14);
      const id = bytes.slice(0, 12);
      if (this.#tag !== undefined) new DataView(id.buffer, id.byteOffset).setUint32(0, this.#tag);
      if (!this.transactions.clashes(id)) return { id, random: ((bytes[12]! << 8) | bytes[13]!) / 65536 };
    }
  }

  /** The pair of a base and a remote candidate, made if it can be. */
  pairUp(base: LocalBase, remote: RemoteCandidate): CandidatePair | undefined {
    const { list } = this;
    const count = list.pairs.length;
    const pair = list.pairUp(base, remote, this.controlling);
    if (!pair && CandidatePair.fits(base, remote)) this.counters.limited++;
    // Once a pair is selected others are only tried when it stops working, or the peer comes from them.
    if (pair && list.pairs.length > count && list.selected && !list.consent?.disconnected)
      pair.state = 'frozen';
    return pair;
  }

  /** Whether a path is ours, or can be. If not, that is told. */
  mayUse(socket: number, address: string, port: number): boolean {
    if (this.validated.has(socket, address, port) || this.#mayUse({ socket, address, port })) return true;
    this.emit({ type: 'refused', socket, address, port });
    return false;
  }

  inUse({ socket, address, port }: IcePath): boolean {
    const uses = (list: CheckList | undefined) => list?.selected?.isPath(socket, address, port) === true;
    return uses(this.list) || uses(this.previous);
  }

  /** Forgets everything. */
  close(): void {
    this.validated.clear();
    this.transactions.clear();
    this.#transmits = [];
    this.previous = undefined;
    this.list = new CheckList(this.list.generation + 1, this.list.localUfrag, '-'.repeat(22), this.limits);
    this.bases = [];
    this.setState('closed');
  }
}
