import type { CheckList } from './check-list.js';
import type { CandidatePair } from './pair.js';

/** `check`: ordinary; `nomination`: with USE-CANDIDATE as controlling agent; `consent`: RFC 7675, sent once. */
export type TransactionPurpose = 'check' | 'nomination' | 'consent';

export interface Transaction {
  /** 12 bytes. */
  readonly id: Uint8Array;
  readonly list: CheckList;
  readonly pair: CandidatePair;
  readonly purpose: TransactionPurpose;
  /** The role that was claimed. */
  readonly controlling: boolean;
  /** The request, for retransmission. */
  readonly data: Uint8Array;
  transmissions: number;
  firstSentAt: number;
  lastSentAt: number;
  /** When to send again or to give up. */
  nextAt: number;
  rto: number;
  /** Nobody waits for it any more: no retransmission, and its end says nothing about the pair. An answer still counts. */
  quiet: boolean;
}

/** Six bytes of the id as a number: finds the transaction without making a string of the id. */
function idKey(bytes: Uint8Array, offset: number): number {
  let key = 0;
  for (let i = 0; i < 6; i++) key = key * 256 + bytes[offset + i]!;
  return key;
}

const NONE: ReadonlyMap<number, Transaction> = new Map();

/** The requests that wait for their response. The last six bytes of an id are random whatever the agent's tag is. */
export class TransactionTable {
  /** Made when it is needed: most of the time nothing is under way. */
  #byKey: Map<number, Transaction> | undefined;

  get size(): number {
    return this.#byKey?.size ?? 0;
  }

  /** Whether an id can't be told apart from one that is in use. */
  clashes(id: Uint8Array): boolean {
    return this.#byKey?.has(idKey(id, 6)) === true;
  }

  add(transaction: Transaction): void {
    this.#byKey ??= new Map();
    this.#byKey.set(idKey(transaction.id, 6), transaction);
  }

  /** The transaction a message with its id at byte 8 answers. */
  find(message: Uint8Array): Transaction | undefined {
    const transaction = this.#byKey?.get(idKey(message, 14));
    if (!transaction) return undefined;
    for (let i = 0; i < 6; i++) if (transaction.id[i] !== message[8 + i]) return undefined;
    return transaction;
  }

  remove(transaction: Transaction): void {
    this.#byKey?.delete(idKey(transaction.id, 6));
    this.#tidy();
  }

  removeWhere(condition: (transaction: Transaction) => boolean): void {
    for (const [key, transaction] of this.#byKey ?? NONE)
      if (condition(transaction)) this.#byKey?.delete(key);
    this.#tidy();
  }

  #tidy(): void {
    if (this.#byKey?.size === 0) this.#byKey = undefined;
  }

  /** The transactions whose time has come. */
  due(now: number): Transaction[] {
    const due: Transaction[] = [];
    for (const transaction of (this.#byKey ?? NONE).values())
      if (transaction.nextAt <= now) due.push(transaction);
    return due;
  }

  /** When the next one has something to do; Infinity when there is none. */
  nextTimeout(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const transaction of (this.#byKey ?? NONE).values())
      if (transaction.nextAt < next) next = transaction.nextAt;
    return next;
  }

  clear(): void {
    this.#byKey = undefined;
  }
}
