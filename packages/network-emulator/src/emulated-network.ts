import { type LinkProfile, NetworkLink } from './network-link.js';

/** A protocol core as the network sees it. */
export interface EmulatedPeer {
  handlePacket(nowMs: number, packet: Uint8Array): void;
  handleTimeout(nowMs: number): void;
  /** When it wants handleTimeout to be called, ms; Infinity for never. */
  nextTimeout(): number;
  takeOutgoing(nowMs: number): Uint8Array[];
}

/** The profile is that of both directions, unless `back` gives another one to that from the second peer to the first. */
export interface EmulatedNetworkOptions extends LinkProfile {
  seed?: number;
  back?: LinkProfile;
  /** Loses a packet when true; `from` is the index of the peer that sent it. */
  drop?: (packet: Uint8Array, from: number, nowMs: number) => boolean;
  /** Sees every packet sent. */
  tap?: (packet: Uint8Array, from: number, nowMs: number) => void;
}

/** Two protocol cores with an emulated network between them, in simulated time. */
export class EmulatedNetwork {
  now = 0;
  packets = 0;
  /** By the index of the peer that sends. */
  readonly links: readonly [NetworkLink<Uint8Array>, NetworkLink<Uint8Array>];
  readonly #peers: readonly [EmulatedPeer, EmulatedPeer];
  readonly #options: EmulatedNetworkOptions;

  constructor(peers: readonly [EmulatedPeer, EmulatedPeer], options: EmulatedNetworkOptions = {}) {
    const { seed = 1, back = options } = options;
    this.#peers = peers;
    this.#options = options;
    this.links = [new NetworkLink(options, seed), new NetworkLink(back, seed + 0x10001)];
  }

  /** Runs until `done` holds; false when `limit` milliseconds have passed before. */
  run(done: () => boolean, limit = 60_000): boolean {
    const end = this.now + limit;
    for (;;) {
      this.#collect();
      if (done()) return true;
      const next = Math.min(...[...this.#peers, ...this.links].map((part) => part.nextTimeout()));
      if (next > end) {
        this.now = end;
        return false;
      }
      this.now = Math.max(this.now, next);
      for (const peer of this.#peers) if (peer.nextTimeout() <= this.now) peer.handleTimeout(this.now);
      for (const [from, link] of this.links.entries()) this.#deliver(link, 1 - from);
    }
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    this.run(() => false, milliseconds);
  }

  #deliver(link: NetworkLink<Uint8Array>, to: number): void {
    for (let packet = link.receive(this.now); packet !== undefined; packet = link.receive(this.now)) {
      this.#peers[to]!.handlePacket(this.now, packet);
      this.#collect();
    }
  }

  #collect(): void {
    for (const [from, peer] of this.#peers.entries()) {
      for (const packet of peer.takeOutgoing(this.now)) {
        this.packets++;
        this.#options.tap?.(packet, from, this.now);
        if (this.#options.drop?.(packet, from, this.now)) continue;
        this.links[from]!.send(this.now, packet.slice(), packet.length);
      }
    }
  }
}
