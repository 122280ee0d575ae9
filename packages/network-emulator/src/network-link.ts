import { seededRandom } from './seeded-random.js';

/** How one direction of a network treats packets. What is left out does not happen. */
export interface LinkProfile {
  /** Probability that a packet is lost, independently of others, 0 … 1. */
  readonly loss?: number;
  /** Losses in bursts (Gilbert and Elliott): a good state without losses of its own and a bad one. */
  readonly burst?: {
    /** Probability per packet that the bad state begins, and that it ends. */
    readonly begin: number;
    readonly end: number;
    /** Probability of a loss in the bad state; 1 when left out. */
    readonly loss?: number;
  };
  /** ms from one end to the other. */
  readonly delay?: number;
  /** Up to so many ms are added to the delay at random; packets keep their order. */
  readonly jitter?: number;
  /** Packets that are held back by up to `delay` ms more, so that later ones overtake them. */
  readonly reordering?: { readonly probability: number; readonly delay: number };
  /** Probability that a packet comes twice. */
  readonly duplication?: number;
  /** Capacity in bit/s. Packets that find too many others waiting are lost (tail drop). */
  readonly rate?: number;
  /** How long packets wait at most for the capacity, ms; 200 when left out. */
  readonly queue?: number;
}

export interface LinkCounters {
  sent: number;
  delivered: number;
  deliveredBytes: number;
  /** Lost by chance, and for want of capacity. */
  lost: number;
  dropped: number;
  duplicated: number;
}

interface Waiting<T> {
  packet: T;
  size: number;
}

interface Flying<T> extends Waiting<T> {
  at: number;
}

const DEFAULT_QUEUE_MS = 200;

/**
 * One direction of an emulated network: packets go in with a time and come out at theirs, or not at all. The same seed and
 * the same packets give the same result. Without I/O, clock or timers; times in ms.
 */
export class NetworkLink<T> {
  readonly counters: LinkCounters = {
    sent: 0,
    delivered: 0,
    deliveredBytes: 0,
    lost: 0,
    dropped: 0,
    duplicated: 0,
  };
  readonly #random: () => number;
  #profile: LinkProfile;
  #bad = false;
  /** Packets that wait for the capacity, in their order; `#head` is the first that still does. */
  #queue: Waiting<T>[] = [];
  #head = 0;
  #queuedBytes = 0;
  /** Bits of the first packet of the queue that are still to be sent, at this time. */
  #remainingBits = 0;
  #servedMs = 0;
  /** By time of arrival. */
  #flying: Flying<T>[] = [];
  #lastArrivalMs = Number.NEGATIVE_INFINITY;

  constructor(profile: LinkProfile = {}, seed = 1) {
    this.#profile = profile;
    this.#random = seededRandom(seed);
  }

  get profile(): LinkProfile {
    return this.#profile;
  }

  /** From now on packets are treated otherwise; those that wait are sent at the new rate. */
  setProfile(nowMs: number, profile: LinkProfile): void {
    this.#serve(nowMs);
    this.#profile = profile;
    this.#bad &&= profile.burst !== undefined;
    this.#serve(nowMs);
  }

  /** Milliseconds that a packet sent now would wait for those before it. */
  waitMs(nowMs: number): number {
    const { rate } = this.#profile;
    if (rate === undefined) return 0;
    this.#serve(nowMs);
    return (this.#queuedBits() * 1000) / rate;
  }

  /**
   * A packet enters.
   * @param size bytes that it takes of the capacity
   * @returns false when it is lost
   */
  send(nowMs: number, packet: T, size: number): boolean {
    const { counters } = this;
    const { rate, queue = DEFAULT_QUEUE_MS } = this.#profile;
    counters.sent++;
    this.#serve(nowMs);
    if (this.#isLost()) {
      counters.lost++;
      return false;
    }
    if (rate === undefined) {
      this.#fly(nowMs, packet, size);
      return true;
    }
    if ((this.#queuedBits() * 1000) / rate > queue) {
      counters.dropped++;
      return false;
    }
    this.#queue.push({ packet, size });
    this.#queuedBytes += size;
    if (this.#queue.length - this.#head === 1) {
      this.#remainingBits = size * 8;
      this.#servedMs = nowMs;
    }
    return true;
  }

  /** The next packet that has arrived; undefined when there is none. */
  receive(nowMs: number): T | undefined {
    this.#serve(nowMs);
    const first = this.#flying[0];
    if (first === undefined || first.at > nowMs) return undefined;
    this.#flying.shift();
    this.counters.delivered++;
    this.counters.deliveredBytes += first.size;
    return first.packet;
  }

  /** When `receive` may have something, ms; Infinity while nothing is under way. */
  nextTimeout(): number {
    const leaves = this.#queue.length > this.#head ? this.#nextDeparture() : Number.POSITIVE_INFINITY;
    return Math.min(this.#flying[0]?.at ?? Number.POSITIVE_INFINITY, leaves);
  }

  #isLost(): boolean {
    const { loss = 0, burst } = this.#profile;
    if (burst !== undefined) {
      this.#bad = this.#bad ? this.#random() >= burst.end : this.#random() < burst.begin;
      if (this.#bad && this.#random() < (burst.loss ?? 1)) return true;
    }
    return loss > 0 && this.#random() < loss;
  }

  #queuedBits(): number {
    if (this.#queue.length === this.#head) return 0;
    return (this.#queuedBytes - this.#queue[this.#head]!.size) * 8 + this.#remainingBits;
  }

  #nextDeparture(): number {
    const { rate } = this.#profile;
    return rate === undefined ? this.#servedMs : this.#servedMs + (this.#remainingBits * 1000) / rate;
  }

  /** Sends what waits for the capacity, as far as the time allows. */
  #serve(nowMs: number): void {
    const { rate } = this.#profile;
    while (this.#queue.length > this.#head) {
      const leaves = this.#nextDeparture();
      if (leaves > nowMs) {
        // rate is known, or it would have left
        this.#remainingBits -= ((nowMs - this.#servedMs) * (rate ?? 0)) / 1000;
        this.#servedMs = nowMs;
        return;
      }
      const { packet, size } = this.#queue[this.#head++]!;
      this.#queuedBytes -= size;
      this.#servedMs = leaves;
      this.#remainingBits = (this.#queue[this.#head]?.size ?? 0) * 8;
      this.#fly(leaves, packet, size);
    }
    if (this.#head > 0) {
      this.#queue = [];
      this.#head = 0;
    }
  }

  #fly(leavesMs: number, packet: T, size: number): void {
    const { delay = 0, jitter = 0, reordering, duplication = 0 } = this.#profile;
    const copies = duplication > 0 && this.#random() < duplication ? 2 : 1;
    this.counters.duplicated += copies - 1;
    for (let i = 0; i < copies; i++) {
      let at = leavesMs + delay + (jitter > 0 ? this.#random() * jitter : 0);
      if (reordering !== undefined && this.#random() < reordering.probability) {
        at += this.#random() * reordering.delay;
      } else {
        at = Math.max(at, this.#lastArrivalMs);
        this.#lastArrivalMs = at;
      }
      this.#insert({ at, packet, size });
    }
  }

  #insert(flying: Flying<T>): void {
    let low = 0;
    let high = this.#flying.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#flying[middle]!.at <= flying.at) low = middle + 1;
      else high = middle;
    }
    this.#flying.splice(low, 0, flying);
  }
}
