/** Why a packet is or is not sent again. */
export const Resend = {
  /** fields of the history are filled */
  Ready: 0,
  /** never sent, or longer ago than the history reaches */
  Unknown: 1,
  /** sent within the last round trip: the request crossed with it */
  TooSoon: 2,
  /** sent often enough */
  Exhausted: 3,
} as const;
export type Resend = (typeof Resend)[keyof typeof Resend];

// one packet is one row, so that recording touches a single cache line
const ROW = 6;
const EXTENDED = 0;
const SLOT = 1;
const RECEIVE_NUMBER = 2;
const TIMESTAMP = 3;
const SENT_MS = 4;
/** 0 = empty row, else 1 + number of resends */
const COUNT = 5;

/**
 * Which packets one outgoing stream has sent and where their payloads lie: a ring by outgoing sequence number, from which a
 * NACK is answered out of the shared slab. A slot may have been reused since: compare `receiveNumber` with the engine's
 * slotMeta before sending. 24 bytes a packet; nothing is allocated after construction.
 */
export class SendHistory {
  /** Of the packet found last by prepare(): slot and its receive number (int32 bits), timestamp, extended sequence number. */
  slot = 0;
  receiveNumber = 0;
  timestamp = 0;
  extendedSequence = 0;

  readonly #rows: Int32Array;
  readonly #mask: number;
  readonly #maxResends: number;
  readonly #minIntervalMs: number;
  #highest = 0;
  #empty = true;
  #found = -1;

  /**
   * @param capacity packets, a power of two up to 32768
   * @param maxResends of one packet
   * @param minIntervalMs shortest time between two sendings of one packet
   */
  constructor(capacity = 512, maxResends = 10, minIntervalMs = 10) {
    if (capacity < 1 || capacity > 32768 || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError('the capacity must be a power of two up to 32768');
    }
    this.#rows = new Int32Array(capacity * ROW);
    this.#mask = capacity - 1;
    this.#maxResends = maxResends;
    this.#minIntervalMs = minIntervalMs;
  }

  /** Remembers a packet just sent under the extended outgoing sequence number. */
  record(extended: number, slot: number, receiveNumber: number, timestamp: number, nowMs: number): void {
    const at = (extended & this.#mask) * ROW;
    const rows = this.#rows;
    if (this.#empty || ((extended - this.#highest) | 0) > 0) {
      this.#highest = extended;
      this.#empty = false;
    } else if (((this.#highest - extended) | 0) > this.#mask) {
      return;
    }
    rows[at + EXTENDED] = extended;
    rows[at + SLOT] = slot;
    rows[at + RECEIVE_NUMBER] = receiveNumber;
    rows[at + TIMESTAMP] = timestamp;
    rows[at + SENT_MS] = Math.floor(nowMs);
    rows[at + COUNT] = 1;
  }

  /**
   * Looks a requested packet up and fills the fields when it may be sent now; then send it and call resent().
   * @param sequence 16 bit, as in the NACK
   * @param rttMs round-trip time to the viewer, 0 when unknown
   */
  prepare(sequence: number, nowMs: number, rttMs: number): Resend {
    this.#found = -1;
    const at = (sequence & this.#mask) * ROW;
    const rows = this.#rows;
    const extended = rows[at + EXTENDED]!;
    const count = rows[at + COUNT]!;
    if (
      count === 0 ||
      (extended & 0xffff) !== (sequence & 0xffff) ||
      ((this.#highest - extended) | 0) > this.#mask
    ) {
      return Resend.Unknown;
    }
    if (count > this.#maxResends) return Resend.Exhausted;
    const elapsed = (Math.floor(nowMs) - rows[at + SENT_MS]!) | 0;
    // the first request may come sooner than a smoothed round trip; a repetition must have waited for it
    const wait = count === 1 ? this.#minIntervalMs : Math.max(this.#minIntervalMs, rttMs * 0.9);
    if (elapsed < wait) return Resend.TooSoon;
    this.slot = rows[at + SLOT]!;
    this.receiveNumber = rows[at + RECEIVE_NUMBER]!;
    this.timestamp = rows[at + TIMESTAMP]!;
    this.extendedSequence = extended;
    this.#found = at;
    return Resend.Ready;
  }

  /** The packet of the last prepare() was sent again. */
  resent(nowMs: number): void {
    if (this.#found < 0) return;
    this.#rows[this.#found + SENT_MS] = Math.floor(nowMs);
    this.#rows[this.#found + COUNT] = this.#rows[this.#found + COUNT]! + 1;
    this.#found = -1;
  }

  /** Forgets all packets, as after a change of the outgoing SSRC. */
  clear(): void {
    this.#rows.fill(0);
    this.#empty = true;
    this.#found = -1;
  }
}
