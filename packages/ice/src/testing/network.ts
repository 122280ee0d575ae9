/** Deterministic pseudo-random numbers, 0 (inclusive) to 1 (mulberry32). Only for tests. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Endpoint {
  address: string;
  port: number;
}

export interface LinkConditions {
  /** Probability 0 to 1 that a datagram is lost. */
  loss: number;
  /** Probability 0 to 1 that it comes twice. */
  duplication: number;
  /** One-way delay in milliseconds. */
  delay: number;
  /** Up to so many milliseconds more, at random: datagrams overtake each other. */
  jitter: number;
}

export interface Datagram {
  from: Endpoint;
  to: Endpoint;
  data: Uint8Array;
}

type Receiver = (now: number, datagram: Datagram) => void;

/**
 * What stands between a host and the network: gives the outside address of an outgoing datagram (undefined: blocked) and the inside
 * address of an incoming one.
 */
export interface Nat {
  outgoing(from: Endpoint, to: Endpoint): Endpoint | undefined;
  incoming(from: Endpoint, to: Endpoint): Endpoint | undefined;
}

/** A network in memory with a clock of its own: everything that happens follows from the seed. */
export class Network {
  now = 1000;
  readonly random: () => number;
  conditions: LinkConditions;
  /** Returns true for datagrams that never arrive. */
  block: (datagram: Datagram) => boolean = () => false;
  /** Milliseconds that a datagram takes longer than others. */
  extraDelay: (datagram: Datagram) => number = () => 0;
  /** Everything that was sent, as seen outside of NATs. */
  readonly log: { at: number; datagram: Datagram }[] = [];
  readonly #receivers = new Map<string, Receiver>();
  readonly #insideNat = new Map<string, Nat>();
  readonly #outsideNat = new Map<string, Nat>();
  readonly #queue: { at: number; order: number; datagram: Datagram }[] = [];
  #order = 0;

  constructor(seed: number, conditions: Partial<LinkConditions> = {}) {
    this.random = seededRandom(seed);
    this.conditions = { loss: 0, duplication: 0, delay: 5, jitter: 0, ...conditions };
  }

  listen(endpoint: Endpoint, receiver: Receiver): void {
    this.#receivers.set(key(endpoint), receiver);
  }

  /** Puts hosts with these addresses behind a NAT with that outside address. */
  addNat(insideAddresses: string[], outsideAddress: string, nat: Nat): void {
    for (const address of insideAddresses) this.#insideNat.set(address, nat);
    this.#outsideNat.set(outsideAddress, nat);
  }

  send(datagram: Datagram): void {
    const nat = this.#insideNat.get(datagram.from.address);
    let from: Endpoint | undefined = datagram.from;
    if (nat && this.#insideNat.get(datagram.to.address) !== nat)
      from = nat.outgoing(datagram.from, datagram.to);
    if (!from) return;
    const outside = { ...datagram, from };
    this.log.push({ at: this.now, datagram: outside });
    if (this.block(outside)) return;
    const { loss, duplication, delay, jitter } = this.conditions;
    const copies = this.random() < duplication ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      if (this.random() < loss) continue;
      this.#queue.push({
        at: this.now + delay + this.extraDelay(outside) + this.random() * jitter,
        order: this.#order++,
        datagram: outside,
      });
    }
  }

  /** When the next datagram arrives. */
  nextArrival(): number {
    return this.#queue.reduce((next, entry) => Math.min(next, entry.at), Number.POSITIVE_INFINITY);
  }

  /** Delivers what has arrived by `now`. */
  deliver(): void {
    for (;;) {
      const arrived = this.#queue.filter((entry) => entry.at <= this.now);
      const first = arrived.sort((a, b) => a.at - b.at || a.order - b.order)[0];
      if (!first) return;
      this.#queue.splice(this.#queue.indexOf(first), 1);
      this.#arrive(first.datagram);
    }
  }

  #arrive(datagram: Datagram): void {
    const nat = this.#outsideNat.get(datagram.to.address);
    let to: Endpoint | undefined = datagram.to;
    if (nat) to = nat.incoming(datagram.from, datagram.to);
    // Private addresses can't be reached from outside.
    else if (this.#insideNat.has(to.address) && !sameSide(this.#insideNat, datagram)) return;
    if (to) this.#receivers.get(key(to))?.(this.now, { ...datagram, to });
  }
}

function sameSide(inside: ReadonlyMap<string, Nat>, { from, to }: Datagram): boolean {
  return inside.get(from.address) === inside.get(to.address);
}

export function key({ address, port }: Endpoint): string {
  return `${address}|${port}`;
}

/**
 * A NAT. `mapping`: whether one outside port serves all destinations; `filtering`: from whom datagrams are let in (RFC 4787). A symmetric NAT
 * depends on the address in both.
 */
export class SimpleNat implements Nat {
  readonly #outsideAddress: string;
  readonly #mapping: 'endpoint-independent' | 'address-dependent';
  readonly #filtering: 'endpoint-independent' | 'address-dependent';
  readonly #mappings = new Map<string, { inside: Endpoint; port: number; allowed: Set<string> }>();
  #nextPort = 40_000;

  constructor(
    outsideAddress: string,
    mapping: 'endpoint-independent' | 'address-dependent',
    filtering: 'endpoint-independent' | 'address-dependent',
  ) {
    this.#outsideAddress = outsideAddress;
    this.#mapping = mapping;
    this.#filtering = filtering;
  }

  outgoing(from: Endpoint, to: Endpoint): Endpoint {
    const mappingKey = this.#mapping === 'endpoint-independent' ? key(from) : `${key(from)}>${key(to)}`;
    let mapping = this.#mappings.get(mappingKey);
    if (!mapping) {
      mapping = { inside: from, port: this.#nextPort++, allowed: new Set() };
      this.#mappings.set(mappingKey, mapping);
    }
    mapping.allowed.add(key(to));
    return { address: this.#outsideAddress, port: mapping.port };
  }

  incoming(from: Endpoint, to: Endpoint): Endpoint | undefined {
    for (const mapping of this.#mappings.values()) {
      if (mapping.port !== to.port) continue;
      if (this.#filtering === 'endpoint-independent' || mapping.allowed.has(key(from))) return mapping.inside;
    }
    return undefined;
  }

  /** Forgets all mappings, as after a restart of the router: the same host appears with other ports. */
  reset(): void {
    this.#mappings.clear();
  }
}
