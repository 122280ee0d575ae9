import { CHUNK_OVERHEAD } from '../settings.js';
import { concatBytes } from '../wire/bytes.js';
import { DataFlag } from '../wire/data.js';

/** A DATA chunk with its TSN unwrapped. */
export interface Fragment {
  tsn: number;
  stream: number;
  sequence: number;
  protocol: number;
  flags: number;
  /** May be a view into the packet. */
  payload: Uint8Array;
}

/** A whole message as the peer sent it. */
export interface InboundMessage {
  stream: number;
  /** Stream sequence number on the wire, 16 bits. */
  sequence: number;
  unordered: boolean;
  /** Payload protocol identifier. */
  protocol: number;
  data: Uint8Array;
  /** Bytes it holds of the receive buffer until released. */
  cost: number;
}

interface Link {
  payload: Uint8Array;
  next: Link | undefined;
}

/** Neighbouring fragments of one message. */
interface Run {
  first: number;
  last: number;
  stream: number;
  sequence: number;
  unordered: boolean;
  protocol: number;
  begins: boolean;
  ends: boolean;
  head: Link;
  tail: Link;
  bytes: number;
  cost: number;
}

/** `violation`: fragments contradict each other. `tooLarge`: the message is longer than allowed. */
export type ReassemblyResult = InboundMessage | 'incomplete' | 'violation' | 'tooLarge';

/**
 * Joins fragments to messages (RFC 9260 section 6.9). The fragments of a message have consecutive TSNs, so that runs
 * of neighbours are joined at either end in constant time.
 */
export class Reassembly {
  readonly #maxMessageSize: number;
  readonly #byFirst = new Map<number, Run>();
  readonly #byLast = new Map<number, Run>();
  #cost = 0;

  constructor(maxMessageSize: number) {
    this.#maxMessageSize = maxMessageSize;
  }

  /** Of all fragments that wait for others. */
  get cost(): number {
    return this.#cost;
  }

  /** Takes a fragment whose TSN is new. */
  add(fragment: Fragment): ReassemblyResult {
    const begins = (fragment.flags & DataFlag.Begin) !== 0;
    const ends = (fragment.flags & DataFlag.End) !== 0;
    const before = this.#byLast.get(fragment.tsn - 1);
    const after = this.#byFirst.get(fragment.tsn + 1);
    if (before !== undefined && !before.ends === begins) return 'violation';
    if (after !== undefined && !after.begins === ends) return 'violation';
    const payload = fragment.payload.slice();
    const link: Link = { payload, next: undefined };
    let run: Run = {
      first: fragment.tsn,
      last: fragment.tsn,
      stream: fragment.stream,
      sequence: fragment.sequence,
      unordered: (fragment.flags & DataFlag.Unordered) !== 0,
      protocol: fragment.protocol,
      begins,
      ends,
      head: link,
      tail: link,
      bytes: payload.length,
      cost: payload.length + CHUNK_OVERHEAD,
    };
    const added = run.cost;
    if (before !== undefined && !begins) {
      if (!belongTogether(before, run)) return 'violation';
      run = this.#join(before, run);
    }
    if (after !== undefined && !ends) {
      if (!belongTogether(run, after)) return 'violation';
      run = this.#join(run, after);
    }
    if (run.bytes > this.#maxMessageSize) return 'tooLarge';
    this.#cost += added;
    if (!run.begins || !run.ends) {
      this.#byFirst.set(run.first, run);
      this.#byLast.set(run.last, run);
      return 'incomplete';
    }
    this.#forget(run);
    return message(run);
  }

  /** Gives up what begins at or before a TSN (FORWARD TSN). */
  discardUpTo(tsn: number): void {
    for (const run of this.#byFirst.values()) if (run.first <= tsn) this.#forget(run);
  }

  #forget(run: Run): void {
    this.#byFirst.delete(run.first);
    this.#byLast.delete(run.last);
    this.#cost -= run.cost;
  }

  #join(left: Run, right: Run): Run {
    this.#byLast.delete(left.last);
    this.#byFirst.delete(right.first);
    left.tail.next = right.head;
    left.tail = right.tail;
    left.last = right.last;
    left.ends = right.ends;
    left.bytes += right.bytes;
    left.cost += right.cost;
    return left;
  }
}

function belongTogether(left: Run, right: Run): boolean {
  return (
    left.stream === right.stream &&
    left.unordered === right.unordered &&
    (left.unordered || left.sequence === right.sequence) &&
    left.protocol === right.protocol
  );
}

function message(run: Run): InboundMessage {
  const pieces: Uint8Array[] = [];
  for (let link: Link | undefined = run.head; link !== undefined; link = link.next) pieces.push(link.payload);
  return {
    stream: run.stream,
    sequence: run.sequence,
    unordered: run.unordered,
    protocol: run.protocol,
    data: pieces.length === 1 ? pieces[0]! : concatBytes(pieces),
    cost: run.bytes + CHUNK_OVERHEAD,
  };
}
