import { unwrap32 } from '../serial.js';
import { CHUNK_OVERHEAD, type SctpLimits } from '../settings.js';
import { type DataChunk, DataFlag } from '../wire/data.js';
import type { ForwardTsn } from '../wire/forward-tsn.js';
import type { Chunk } from '../wire/packet.js';
import { writeSack } from '../wire/sack.js';
import { InboundStreams } from './inbound-streams.js';
import { type InboundMessage, Reassembly } from './reassembly.js';
import { ReceivedTsns } from './received-tsns.js';

/** Anything but `taken` and `dropped` ends the association, except `badStream`, which wants an ERROR. */
export type DataResult = 'taken' | 'dropped' | 'badStream' | 'violation' | 'tooLarge' | 'outOfResource';

export interface ReceiverOptions {
  /** First TSN of the peer. */
  initialTsn: number;
  inboundStreams: number;
  maxMessageSize: number;
  limits: SctpLimits;
  /** Milliseconds. */
  sackDelay: number;
}

/** The receiving half: TSNs, reassembly, order, receive window and when to send a SACK. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #tsns: ReceivedTsns;
  readonly #reassembly: Reassembly;
  readonly #streams = new InboundStreams();
  readonly #delivered: InboundMessage[] = [];
  /** Of messages that the user has not released. */
  #held = 0;
  #inboundStreams: number;
  #advertised: number;
  #packetsUnacknowledged = 0;
  #dataInPacket = false;
  #sackNow = false;
  #sackAt = Number.POSITIVE_INFINITY;
  #first = true;

  constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#tsns = new ReceivedTsns(options.initialTsn - 1, options.limits.gaps);
    this.#reassembly = new Reassembly(options.maxMessageSize);
    this.#inboundStreams = options.inboundStreams;
    this.#advertised = options.limits.receiveBuffer;
  }

  get cumulativeTsn(): number {
    return this.#tsns.cumulative;
  }

  /** Bytes held, overhead included. */
  get used(): number {
    return this.#reassembly.cost + this.#streams.cost + this.#held;
  }

  get window(): number {
    return Math.max(0, this.#options.limits.receiveBuffer - this.used);
  }

  get inboundStreams(): number {
    return this.#inboundStreams;
  }

  addInboundStreams(count: number): void {
    this.#inboundStreams += count;
  }

  handleData(chunk: DataChunk): DataResult {
    this.#dataInPacket = true;
    if ((chunk.flags & DataFlag.Immediate) !== 0) this.#sackNow = true;
    const tsn = unwrap32(this.#tsns.cumulative, chunk.tsn);
    if (this.#tsns.has(tsn)) {
      this.#tsns.noteDuplicate(tsn);
      this.#sackNow = true;
      return 'dropped';
    }
    const room = this.#room(tsn, chunk.payload.length + CHUNK_OVERHEAD);
    if (room !== 'taken') {
      this.#sackNow = true;
      return room;
    }
    this.#tsns.add(tsn);
    // A stream that does not exist: acknowledged, reported, not delivered (RFC 9260 section 6.5).
    if (chunk.stream >= this.#inboundStreams) return 'badStream';
    const result = this.#reassembly.add({ ...chunk, tsn });
    if (result === 'violation' || result === 'tooLarge') return result;
    if (result !== 'incomplete') this.#deliver((delivered) => this.#streams.add(result, delivered));
    return 'taken';
  }

  handleForwardTsn(forward: ForwardTsn): void {
    const cumulative = unwrap32(this.#tsns.cumulative, forward.newCumulativeTsn);
    this.#sackNow = true;
    if (cumulative <= this.#tsns.cumulative) return;
    this.#tsns.advance(cumulative);
    this.#reassembly.discardUpTo(cumulative);
    this.#deliver((delivered) => {
      for (const { stream, sequence } of forward.streams) {
        if (stream < this.#inboundStreams) this.#streams.skip(stream, sequence, delivered);
      }
    });
  }

  /** Decides on the SACK when all chunks of a packet are handled (RFC 9260 section 6.2). */
  endOfPacket(now: number): void {
    if (!this.#dataInPacket) return;
    this.#dataInPacket = false;
    this.#packetsUnacknowledged++;
    const hadGap = this.#tsns.ranges.length > 0;
    if (this.#first || hadGap || this.#packetsUnacknowledged >= 2) this.#sackNow = true;
    this.#first = false;
    if (!this.#sackNow) this.#sackAt = Math.min(this.#sackAt, now + this.#options.sackDelay);
  }

  /** When a delayed SACK is due. */
  nextTimeout(): number {
    return this.#sackAt;
  }

  handleTimeout(now: number): void {
    if (this.#sackAt <= now) this.#sackNow = true;
  }

  /** A SACK has to go out now. */
  get sackDue(): boolean {
    return this.#sackNow;
  }

  /** A SACK is delayed and may ride along with data. */
  get sackPending(): boolean {
    return this.#sackNow || this.#sackAt !== Number.POSITIVE_INFINITY;
  }

  /** A SACK chunk of at most `room` bytes; none is due any more then. */
  takeSack(room: number): Chunk {
    this.#advertised = this.window;
    const sack = writeSack(
      room,
      this.#tsns.cumulative,
      this.#advertised,
      this.#tsns.ranges,
      this.#tsns.duplicates,
    );
    this.#tsns.clearDuplicates();
    this.#packetsUnacknowledged = 0;
    this.#sackNow = false;
    this.#sackAt = Number.POSITIVE_INFINITY;
    return sack;
  }

  /** Messages in order of delivery. They fill the window until released. */
  takeMessages(): InboundMessage[] {
    return this.#delivered.splice(0);
  }

  /** The user is done with messages of this cost. A window that was nearly shut is announced again. */
  release(cost: number): void {
    this.#held -= cost;
    const { receiveBuffer } = this.#options.limits;
    if (this.#advertised < receiveBuffer / 4 && this.window >= receiveBuffer / 2) this.#sackNow = true;
  }

  /** Sequence numbers of these streams begin anew; of all when empty. */
  resetStreams(ids: readonly number[]): void {
    this.#streams.reset(ids);
  }

  #deliver(add: (delivered: InboundMessage[]) => void): void {
    const before = this.#delivered.length;
    add(this.#delivered);
    for (let i = before; i < this.#delivered.length; i++) this.#held += this.#delivered[i]!.cost;
  }

  #room(tsn: number, cost: number): DataResult {
    const { limits, maxMessageSize } = this.#options;
    if (tsn > this.#tsns.cumulative + limits.tsnsAhead || !this.#tsns.canAdd(tsn)) return 'dropped';
    const used = this.used + cost;
    if (used <= limits.receiveBuffer) return 'taken';
    // Beyond the window only what fills the first gap, so that an incomplete message can be completed …
    if (tsn !== this.#tsns.cumulative + 1 || this.#held >= limits.receiveBuffer / 2) return 'dropped';
    if (used <= limits.receiveBuffer + maxMessageSize) return 'taken';
    // … which a peer that keeps to the window always can within this.
    return this.#held > 0 ? 'dropped' : 'outOfResource';
  }
}
