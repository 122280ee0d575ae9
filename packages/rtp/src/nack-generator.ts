import { isNewerExtended } from './sequence.js';

export interface NackOptions {
  /** missing packets remembered at once; more are given up, oldest first (default 512) */
  capacity?: number;
  /** requests for one packet, their echoes counted (default 15) */
  maxRequests?: number;
  /** a packet missing for longer, and for three round trips, is given up, ms (default 1000) */
  maxAgeMs?: number;
  /** shortest time between two requests for one packet, ms (default 20) */
  minIntervalMs?: number;
  /** a larger gap is a restarted source and is not requested, packets (default 1000) */
  maxGap?: number;
}

/** Longest wait for a reordered packet before it is requested, ms. */
const MAX_REORDER_MS = 40;
/**
 * From the second request for a packet on, each is sent once more after so long, ms: where packets are lost requests are too, and a
 * sender answers only one in a round trip.
 */
const ECHO_MS = 20;
/** The learnt wait halves after as long without reordering, ms. */
const REORDER_HALF_LIFE_MS = 10000;

/**
 * Decides which packets of one incoming stream to request (RFC 4585 section 6.2.1). A missing packet is requested as soon
 * as it is missing for longer than packets of this stream were late by reordering so far, again each round trip (twice
 * then), and given up after a number of requests or an age. Bounded, and nothing is allocated after construction.
 */
export class NackGenerator {
  /** packets requested (each request counts), recovered after a request, given up */
  requests = 0;
  recovered = 0;
  abandoned = 0;

  readonly #maxRequests: number;
  readonly #maxAgeMs: number;
  readonly #minIntervalMs: number;
  readonly #maxGap: number;
  /** ascending extended sequence numbers; times are ms wrapped to int32 */
  readonly #missing: Int32Array;
  readonly #sinceMs: Int32Array;
  readonly #requestedMs: Int32Array;
  readonly #tries: Uint8Array;
  #count = 0;
  #highest = 0;
  #started = false;
  #suspect = 0;
  #suspected = false;
  #gaveUp = false;
  #keyFrame = 0;
  #keyFrameSeen = false;
  #reorderMs = 0;
  #reorderSeenMs = 0;

  constructor(options: NackOptions = {}) {
    const capacity = options.capacity ?? 512;
    this.#maxRequests = Math.min(options.maxRequests ?? 15, 255);
    this.#maxAgeMs = options.maxAgeMs ?? 1000;
    this.#minIntervalMs = options.minIntervalMs ?? 20;
    this.#maxGap = Math.min(options.maxGap ?? 1000, 0x7fff);
    this.#missing = new Int32Array(capacity);
    this.#sinceMs = new Int32Array(capacity);
    this.#requestedMs = new Int32Array(capacity);
    this.#tries = new Uint8Array(capacity);
  }

  /** Packets missing now; while it is not 0, collect() should be called every few milliseconds. */
  get missing(): number {
    return this.#count;
  }

  /**
   * Tells that a packet came.
   * @param extended its extended sequence number; for one recovered by RTX the original one
   * @param isRetransmission it came by RTX, so its lateness says nothing of reordering
   */
  onPacket(extended: number, nowMs: number, isRetransmission = false): void {
    if (!this.#started) {
      this.#started = true;
      this.#highest = extended;
      return;
    }
    const distance = (extended - this.#highest) | 0;
    if (distance === 1) {
      this.#highest = extended;
    } else if (distance > 0) {
      if (distance > this.#maxGap) this.#restart(extended);
      else this.#addMissing(extended, nowMs);
    } else if (distance < -this.#maxGap) {
      // the stream went back: believed when two packets in a row say so (RFC 3550 appendix A.1)
      if (this.#suspected && extended === this.#suspect) this.#restart(extended);
      else {
        this.#suspected = true;
        this.#suspect = (extended + 1) | 0;
        return;
      }
    } else if (this.#count > 0) {
      this.#onLate(extended, nowMs, isRetransmission);
    }
    this.#suspected = false;
  }

  /**
   * A key frame begins with this packet: giving up older ones calls for no other key frame. They are still requested, for
   * viewers play what lies before it, and parameter sets may have been sent apart.
   */
  onKeyFrame(extended: number): void {
    if (this.#keyFrameSeen && ((extended - this.#keyFrame) | 0) <= 0) return;
    this.#keyFrameSeen = true;
    this.#keyFrame = extended;
    this.#gaveUp = false;
  }

  /**
   * Collects the sequence numbers to request now, ascending, and counts them as requested.
   * @param rttMs round-trip time to the sender, 0 or less when unknown
   * @param out receives 16-bit sequence numbers; what does not fit is left for the next call
   * @returns how many
   */
  collect(nowMs: number, rttMs: number, out: Uint16Array | Int32Array): number {
    if (this.#count === 0) return 0;
    const now = Math.floor(nowMs) | 0;
    const interval = Math.max(this.#minIntervalMs, rttMs > 0 ? Math.round(rttMs * 1.1) : 100);
    this.#giveUpOld(now, interval, Math.max(this.#maxAgeMs, rttMs * 3));
    const wait = this.#reorderWait(nowMs);
    let collected = 0;
    for (let i = 0; i < this.#count && collected < out.length; i++) {
      const tries = this.#tries[i]!;
      if (tries === 0) {
        if (((now - this.#sinceMs[i]!) | 0) < wait) continue;
      } else {
        const isEcho = tries > 1 && tries % 2 === 0;
        const due = isEcho ? Math.min(ECHO_MS, interval / 2) : interval;
        if (tries >= this.#maxRequests || ((now - this.#requestedMs[i]!) | 0) < due) continue;
      }
      this.#tries[i] = tries + 1;
      this.#requestedMs[i] = now;
      out[collected++] = this.#missing[i]! & 0xffff;
    }
    this.requests += collected;
    return collected;
  }

  /** True once after packets were given up: only a key frame helps the decoder now. */
  takeGiveUp(): boolean {
    const gaveUp = this.#gaveUp;
    this.#gaveUp = false;
    return gaveUp;
  }

  /** Forgets everything, as if no packet had come yet. */
  reset(): void {
    this.#count = 0;
    this.#started = false;
    this.#suspected = false;
    this.#gaveUp = false;
    this.#keyFrameSeen = false;
  }

  #addMissing(extended: number, nowMs: number): void {
    const now = Math.floor(nowMs) | 0;
    const capacity = this.#missing.length;
    let next = (this.#highest + 1) | 0;
    this.#highest = extended;
    const gap = (extended - next) | 0;
    const overflow = this.#count + gap - capacity;
    if (overflow > 0) {
      const fromTable = Math.min(overflow, this.#count);
      this.#abandonFirst(fromTable);
      // a gap larger than the table: only its newest part is kept
      const fromGap = overflow - fromTable;
      next = (next + fromGap) | 0;
      this.abandoned += fromGap;
      if (fromGap > 0) this.#gaveUp = true;
    }
    for (; next !== extended; next = (next + 1) | 0) {
      const i = this.#count++;
      this.#missing[i] = next;
      this.#sinceMs[i] = now;
      this.#requestedMs[i] = 0;
      this.#tries[i] = 0;
    }
  }

  #onLate(extended: number, nowMs: number, isRetransmission: boolean): void {
    const index = this.#find(extended);
    if (index < 0) return;
    const now = Math.floor(nowMs) | 0;
    if (this.#tries[index]! > 0) this.recovered++;
    // what came before any request was answerable is the original packet, late by reordering
    const isReordered = this.#tries[index] === 0 || ((now - this.#requestedMs[index]!) | 0) < 2;
    if (!isRetransmission && isReordered) {
      const late = ((now - this.#sinceMs[index]!) | 0) + 1;
      this.#reorderMs = Math.min(MAX_REORDER_MS, Math.max(this.#reorderWait(nowMs), late));
      this.#reorderSeenMs = nowMs;
    }
    this.#remove(index);
  }

  /** How long a missing packet may still be under way by reordering, ms. */
  #reorderWait(nowMs: number): number {
    while (this.#reorderMs > 0 && nowMs - this.#reorderSeenMs >= REORDER_HALF_LIFE_MS) {
      this.#reorderMs >>= 1;
      this.#reorderSeenMs += REORDER_HALF_LIFE_MS;
    }
    return this.#reorderMs;
  }

  #restart(extended: number): void {
    this.#count = 0;
    this.#highest = extended;
    this.#suspected = false;
    this.#keyFrameSeen = false;
    this.#gaveUp = true;
  }

  #giveUpOld(now: number, interval: number, maxAgeMs: number): void {
    // ages ascend with the numbers, but the number of requests need not: look at all
    let i = 0;
    while (i < this.#count) {
      const exhausted =
        this.#tries[i]! >= this.#maxRequests && ((now - this.#requestedMs[i]!) | 0) >= interval;
      if (exhausted || ((now - this.#sinceMs[i]!) | 0) > maxAgeMs) {
        this.#abandon(this.#missing[i]!);
        this.#remove(i);
      } else i++;
    }
  }

  #abandonFirst(count: number): void {
    for (let i = 0; i < count; i++) this.#abandon(this.#missing[i]!);
    this.#removeFirst(count);
  }

  #abandon(extended: number): void {
    this.abandoned++;
    if (!this.#keyFrameSeen || ((extended - this.#keyFrame) | 0) >= 0) this.#gaveUp = true;
  }

  #find(extended: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const candidate = this.#missing[middle]!;
      if (candidate === extended) return middle;
      if (isNewerExtended(extended, candidate)) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #remove(index: number): void {
    const count = this.#count--;
    this.#missing.copyWithin(index, index + 1, count);
    this.#sinceMs.copyWithin(index, index + 1, count);
    this.#requestedMs.copyWithin(index, index + 1, count);
    this.#tries.copyWithin(index, index + 1, count);
  }

  #removeFirst(removed: number): void {
    if (removed === 0) return;
    const count = this.#count;
    this.#missing.copyWithin(0, removed, count);
    this.#sinceMs.copyWithin(0, removed, count);
    this.#requestedMs.copyWithin(0, removed, count);
    this.#tries.copyWithin(0, removed, count);
    this.#count = count - removed;
  }
}
