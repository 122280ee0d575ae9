import { seededRandom } from './random.js';

/** What both cores have in common. */
export interface Endpoint {
  handlePacket(now: number, data: Uint8Array): void;
  handleTimeout(now: number): void;
  nextTimeout(): number;
  takeOutgoing(now: number): Uint8Array[];
}

export interface NetworkOptions {
  seed?: number;
  /** One way, in milliseconds. */
  delay?: number;
  /** Added to the delay of each packet at random, so that packets overtake each other. */
  jitter?: number;
  /** Probability of each. */
  loss?: number;
  duplication?: number;
  /** Bits per second; packets queue for up to `queue` milliseconds, then they are lost. */
  rate?: number;
  queue?: number;
  /** Loses a packet when true; `from` is 0 or 1. */
  drop?: (packet: Uint8Array, from: number, now: number) => boolean;
  /** Sees every packet sent. */
  tap?: (packet: Uint8Array, from: number, now: number) => void;
}

interface Flight {
  at: number;
  to: number;
  packet: Uint8Array;
}

/** Two ends and a seeded network between them, in simulated time. */
export class Network {
  now = 0;
  packets = 0;
  readonly #ends: readonly [Endpoint, Endpoint];
  readonly #options: NetworkOptions;
  readonly #random: () => number;
  readonly #busyUntil = [0, 0];
  /** In order of arrival. */
  #flying: Flight[] = [];

  constructor(ends: readonly [Endpoint, Endpoint], options: NetworkOptions = {}) {
    this.#ends = ends;
    this.#options = options;
    this.#random = seededRandom(options.seed ?? 1);
  }

  /** Runs until `done` holds; false when `limit` milliseconds have passed before or nothing more would happen. */
  run(done: () => boolean, limit = 60_000): boolean {
    const end = this.now + limit;
    for (;;) {
      this.#collect();
      if (done()) return true;
      const arrival = this.#flying[0]?.at ?? Number.POSITIVE_INFINITY;
      const next = Math.min(arrival, this.#ends[0].nextTimeout(), this.#ends[1].nextTimeout());
      if (next > end) {
        this.now = end;
        return false;
      }
      this.now = Math.max(this.now, next);
      for (const side of this.#ends) if (side.nextTimeout() <= this.now) side.handleTimeout(this.now);
      while (this.#flying[0] !== undefined && this.#flying[0].at <= this.now) {
        const { to, packet } = this.#flying.shift()!;
        this.#ends[to]!.handlePacket(this.now, packet);
        this.#collect();
      }
    }
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    this.run(() => false, milliseconds);
  }

  #collect(): void {
    for (const from of [0, 1]) {
      for (const packet of this.#ends[from]!.takeOutgoing(this.now)) this.#send(from, packet);
    }
  }

  #send(from: number, packet: Uint8Array): void {
    const { delay = 0, jitter = 0, loss = 0, duplication = 0, rate, queue = 200, drop, tap } = this.#options;
    this.packets++;
    tap?.(packet, from, this.now);
    if (this.#random() < loss || drop?.(packet, from, this.now)) return;
    let leaves = this.now;
    if (rate !== undefined) {
      const start = Math.max(this.now, this.#busyUntil[from]!);
      if (start - this.now > queue) return;
      leaves = start + (packet.length * 8000) / rate;
      this.#busyUntil[from] = leaves;
    }
    const copies = this.#random() < duplication ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      this.#insert({ at: leaves + delay + this.#random() * jitter, to: 1 - from, packet: packet.slice() });
    }
  }

  #insert(flight: Flight): void {
    let low = 0;
    let high = this.#flying.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#flying[middle]!.at <= flight.at) low = middle + 1;
      else high = middle;
    }
    this.#flying.splice(low, 0, flight);
  }
}
