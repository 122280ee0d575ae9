import { Fifo } from '../fifo.js';
import { DATA_HEADER } from '../wire/data.js';
import type { ForwardTsn } from '../wire/forward-tsn.js';
import type { Sack } from '../wire/sack.js';
import { padded } from '../wire/types.js';
import type { MessagePiece, OutboundMessage } from './message.js';

export type SentState = 'inFlight' | 'acknowledged' | 'lost' | 'abandoned';

/** A DATA chunk that was sent and is not covered by the peer's cumulative TSN. */
export interface SentChunk {
  readonly tsn: number;
  readonly message: OutboundMessage;
  readonly offset: number;
  readonly length: number;
  /** On the wire: header and padding included. */
  readonly size: number;
  state: SentState;
  transmissions: number;
  sentAt: number;
  missing: number;
  /** A chunk counts as missing when this TSN or a later one is acknowledged: all of them were sent after it. */
  missedFrom: number;
}

/** Reports of a chunk missing that make it lost (RFC 9260 section 7.2.4). */
const MISSING_REPORTS = 3;

export interface AcknowledgeResult {
  /** `stale`: older than what is known. `invalid`: acknowledges what was never sent. */
  status: 'new' | 'stale' | 'invalid';
  /** The cumulative TSN advanced. */
  advanced: boolean;
  /** Newly acknowledged, in bytes on the wire. */
  bytes: number;
  /** Highest TSN newly acknowledged. */
  highest: number | undefined;
  /** When the latest chunk that was sent only once and is newly acknowledged was sent. */
  sentAt: number | undefined;
  /** Bytes of messages that left for good. */
  released: number;
}

/** Sent chunks in order of TSN, with what the peer said about them. */
export class Outstanding {
  readonly #chunks = new Fifo<SentChunk>();
  #nextTsn: number;
  #cumulative: number;
  #flight = 0;
  #lost = 0;
  #abandonedUpTo: number;

  constructor(initialTsn: number) {
    this.#nextTsn = initialTsn;
    this.#cumulative = initialTsn - 1;
    this.#abandonedUpTo = this.#cumulative;
  }

  get nextTsn(): number {
    return this.#nextTsn;
  }

  get cumulative(): number {
    return this.#cumulative;
  }

  /** Bytes in flight. */
  get flight(): number {
    return this.#flight;
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /** Chunks that wait for retransmission. */
  get lostCount(): number {
    return this.#lost;
  }

  /** Number of chunks kept. */
  get length(): number {
    return this.#chunks.length;
  }

  /** Advanced.Peer.Ack.Point (RFC 3758 section 3.5): up to here all is acknowledged or abandoned. */
  get abandonedUpTo(): number {
    return this.#abandonedUpTo;
  }

  first(): SentChunk | undefined {
    return this.#chunks.at(0);
  }

  /** Assigns the next TSN to a piece that is sent now. */
  send(piece: MessagePiece, now: number): SentChunk {
    const chunk = this.#append(piece, 'inFlight', now);
    this.#flight += chunk.size;
    return chunk;
  }

  /** Gives a TSN to the unsent rest of an abandoned message, so that FORWARD TSN can cover it. */
  appendAbandoned(message: OutboundMessage, now: number): void {
    this.#append({ message, offset: message.data.length, length: 0 }, 'abandoned', now);
  }

  #append(piece: MessagePiece, state: SentState, now: number): SentChunk {
    const tsn = this.#nextTsn++;
    const chunk: SentChunk = {
      ...piece,
      tsn,
      size: DATA_HEADER + padded(piece.length),
      state,
      transmissions: 1,
      sentAt: now,
      missing: 0,
      missedFrom: tsn + 1,
    };
    this.#chunks.push(chunk);
    return chunk;
  }

  resend(chunk: SentChunk, now: number): void {
    this.#setState(chunk, 'inFlight');
    chunk.transmissions++;
    chunk.sentAt = now;
    chunk.missing = 0;
    chunk.missedFrom = this.#nextTsn;
  }

  /** Calls `visit` for lost chunks in order until it gives false. */
  forEachLost(visit: (chunk: SentChunk) => boolean): void {
    let left = this.#lost;
    for (let i = 0; left > 0; i++) {
      const chunk = this.#chunks.at(i);
      if (chunk === undefined) return;
      if (chunk.state !== 'lost') continue;
      left--;
      if (!visit(chunk)) return;
    }
  }

  acknowledge(sack: Sack, cumulative: number): AcknowledgeResult {
    const result: AcknowledgeResult = {
      status: 'new',
      advanced: cumulative > this.#cumulative,
      bytes: 0,
      highest: undefined,
      sentAt: undefined,
      released: 0,
    };
    if (cumulative < this.#cumulative) return { ...result, status: 'stale' };
    if (cumulative >= this.#nextTsn) return { ...result, status: 'invalid' };
    for (let chunk = this.first(); chunk !== undefined && chunk.tsn <= cumulative; chunk = this.first()) {
      this.#chunks.shift();
      this.#acknowledged(chunk, result);
      result.released += chunk.length;
    }
    this.#cumulative = cumulative;
    this.#abandonedUpTo = Math.max(this.#abandonedUpTo, cumulative);
    this.#acknowledgeGaps(sack.gaps, result);
    return result;
  }

  /**
   * Counts reports of missing chunks below `limit`; gives those that became lost by it. A retransmitted chunk can be
   * found missing again: only TSNs sent after its last transmission count.
   */
  countMissing(limit: number): SentChunk[] {
    const found: SentChunk[] = [];
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks.at(i)!;
      if (chunk.tsn >= limit) break;
      if (chunk.state !== 'inFlight' || chunk.missedFrom > limit) continue;
      chunk.missing++;
      if (chunk.missing < MISSING_REPORTS) continue;
      this.#setState(chunk, 'lost');
      found.push(chunk);
    }
    return found;
  }

  markLost(chunk: SentChunk): void {
    if (chunk.state === 'inFlight') this.#setState(chunk, 'lost');
  }

  /** Everything in flight is lost (T3-rtx expired); gives what was. */
  markAllLost(): SentChunk[] {
    const found: SentChunk[] = [];
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks.at(i)!;
      if (chunk.state !== 'inFlight') continue;
      this.#setState(chunk, 'lost');
      found.push(chunk);
    }
    return found;
  }

  /** All chunks of a message are given up, also acknowledged ones. */
  abandon(message: OutboundMessage): void {
    message.abandoned = true;
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks.at(i)!;
      if (chunk.message === message) this.#setState(chunk, 'abandoned');
    }
  }

  /** Moves abandonedUpTo over abandoned chunks. */
  advanceAbandoned(): void {
    for (;;) {
      const chunk = this.#chunks.at(this.#abandonedUpTo - this.#cumulative);
      if (chunk?.state !== 'abandoned') return;
      this.#abandonedUpTo = chunk.tsn;
    }
  }

  /** FORWARD TSN up to abandonedUpTo, or as far as `maxStreams` entries reach. */
  forwardTsn(maxStreams: number): ForwardTsn {
    const sequences = new Map<number, number>();
    let newCumulativeTsn = this.#cumulative;
    for (let i = 0; newCumulativeTsn < this.#abandonedUpTo; i++) {
      const { message, tsn } = this.#chunks.at(i)!;
      if (!message.unordered) {
        if (sequences.size >= maxStreams && !sequences.has(message.stream)) break;
        sequences.set(message.stream, message.sequence);
      }
      newCumulativeTsn = tsn;
    }
    return {
      newCumulativeTsn,
      streams: [...sequences].map(([stream, sequence]) => ({ stream, sequence })),
    };
  }

  #acknowledgeGaps(gaps: readonly number[], result: AcknowledgeResult): void {
    const last = gaps.at(-1) ?? 0;
    let gap = 0;
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks.at(i)!;
      const offset = chunk.tsn - this.#cumulative;
      if (offset > last) break;
      while (gaps[gap + 1]! < offset) gap += 2;
      if (gaps[gap]! <= offset) {
        this.#acknowledged(chunk, result);
      } else if (chunk.state === 'acknowledged') {
        // The receiver dropped it after all (RFC 9260 section 6.2.1).
        this.#setState(chunk, 'inFlight');
        chunk.missing = 0;
        chunk.missedFrom = this.#nextTsn;
      }
    }
  }

  #acknowledged(chunk: SentChunk, result: AcknowledgeResult): void {
    const { state } = chunk;
    if (state === 'acknowledged' || state === 'abandoned') return;
    this.#setState(chunk, 'acknowledged');
    result.bytes += chunk.size;
    result.highest = chunk.tsn;
    // Karn: a chunk sent twice tells nothing about the round trip; nor does one whose acknowledgements were lost.
    if (chunk.transmissions === 1 && state === 'inFlight')
      result.sentAt = Math.max(result.sentAt ?? chunk.sentAt, chunk.sentAt);
  }

  #setState(chunk: SentChunk, state: SentState): void {
    if (chunk.state === 'inFlight') this.#flight -= chunk.size;
    if (chunk.state === 'lost') this.#lost--;
    chunk.state = state;
    if (state === 'inFlight') this.#flight += chunk.size;
    if (state === 'lost') this.#lost++;
  }
}
