/** What a path does to packets. Everything is off by default. */
export interface NetworkProfile {
  /** One-way delay, ms. */
  delayMs?: number;
  /** Greatest additional delay, uniformly distributed, ms. */
  jitterMs?: number;
  /** Whether jitter may let packets overtake each other; else they keep their order. */
  reorder?: boolean;
  /** Part of the packets that is lost at random, 0 to 1. */
  loss?: number;
  /** Losses in bursts (Gilbert model): chance that one begins with a packet, and mean length in packets. */
  burstStart?: number;
  burstLength?: number;
  /** Part of the packets that arrives twice. */
  duplicate?: number;
  /** Capacity, bit/s, and the queue in front of it, ms; what does not fit into it is lost. */
  rateBps?: number;
  queueMs?: number;
}

/** xorshift32: the same packets meet the same fate in every run. @returns numbers in [0, 1) */
export function seededRandom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/**
 * One direction of a network path between two protocol cores: says when a packet arrives. Deterministic by its seed; the
 * profile may be changed at any time.
 */
export class NetworkEmulator {
  profile: NetworkProfile;
  readonly #random: () => number;
  #freeMs = 0;
  #lastArrivalMs = 0;
  #inBurst = false;
  sent = 0;
  lost = 0;

  constructor(profile: NetworkProfile, seed = 1) {
    this.profile = profile;
    this.#random = seededRandom(seed);
  }

  /** Times at which a packet sent now arrives, ms: none when it is lost, two when it is duplicated. */
  send(nowMs: number, bytes: number): readonly number[] {
    this.sent++;
    const arrival = this.#arrival(nowMs, bytes);
    if (arrival === undefined) {
      this.lost++;
      return [];
    }
    const { duplicate = 0 } = this.profile;
    return duplicate > 0 && this.#random() < duplicate ? [arrival, arrival + 1] : [arrival];
  }

  #arrival(nowMs: number, bytes: number): number | undefined {
    const { delayMs = 0, jitterMs = 0, reorder = false, rateBps = 0, queueMs = 200 } = this.profile;
    let leaves = nowMs;
    if (rateBps > 0) {
      if (this.#freeMs - nowMs > queueMs) return undefined;
      leaves = Math.max(nowMs, this.#freeMs) + (bytes * 8000) / rateBps;
      this.#freeMs = leaves;
    }
    if (this.#loses()) return undefined;
    const arrival = leaves + delayMs + (jitterMs > 0 ? this.#random() * jitterMs : 0);
    if (reorder) return arrival;
    this.#lastArrivalMs = Math.max(arrival, this.#lastArrivalMs);
    return this.#lastArrivalMs;
  }

  #loses(): boolean {
    const { loss = 0, burstStart = 0, burstLength = 1 } = this.profile;
    if (this.#inBurst) {
      this.#inBurst = this.#random() >= 1 / burstLength;
      return true;
    }
    if (burstStart > 0 && this.#random() < burstStart) {
      this.#inBurst = this.#random() >= 1 / burstLength;
      return true;
    }
    return loss > 0 && this.#random() < loss;
  }
}
