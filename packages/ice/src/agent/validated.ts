import type { IceEvent, IcePath } from './types.js';

interface Entry extends IcePath {
  lastSeen: number;
  /** A check to it succeeded: it is no spoofed source. */
  checked: boolean;
  /** The latest ICE generation that saw it. */
  generation: number;
}

/**
 * The bounded set of addresses from which the peer is known to send. An address that only sent a request may be a replayed request with a
 * forged source, so such addresses give way first, and never push out one to which a check succeeded.
 */
export class ValidatedAddresses {
  readonly #limit: number;
  readonly #lifetime: number;
  readonly #listener: { emit(event: IceEvent): void };
  #entries: readonly Entry[] = [];

  constructor(limit: number, lifetime: number, listener: { emit(event: IceEvent): void }) {
    this.#limit = limit;
    this.#lifetime = lifetime;
    this.#listener = listener;
  }

  get size(): number {
    return this.#entries.length;
  }

  has(socket: number, address: string, port: number): boolean {
    return this.#find(socket, address, port) !== undefined;
  }

  /** Whether a check to it succeeded: only then is it known that the peer is there, and not who repeats its requests. */
  isChecked(socket: number, address: string, port: number): boolean {
    return this.#find(socket, address, port)?.checked === true;
  }

  /** When something authenticated last came from there; -Infinity for never. */
  lastSeen(socket: number, address: string, port: number): number {
    return this.#find(socket, address, port)?.lastSeen ?? Number.NEGATIVE_INFINITY;
  }

  #find(socket: number, address: string, port: number): Entry | undefined {
    for (const entry of this.#entries) {
      if (entry.port === port && entry.socket === socket && entry.address === address) return entry;
    }
    return undefined;
  }

  /** Something authenticated came from there. False when there was no room for it. */
  touch(
    now: number,
    generation: number,
    checked: boolean,
    socket: number,
    address: string,
    port: number,
  ): boolean {
    const known = this.#find(socket, address, port);
    if (known) {
      known.lastSeen = now;
      known.checked ||= checked;
      known.generation = Math.max(known.generation, generation);
      return true;
    }
    if (this.#entries.length >= this.#limit && !this.#makeRoom(checked)) return false;
    this.#entries = this.#entries.concat({ socket, address, port, lastSeen: now, checked, generation });
    this.#listener.emit({ type: 'validated', socket, address, port });
    return true;
  }

  #makeRoom(forChecked: boolean): boolean {
    let victim: Entry | undefined;
    for (const entry of this.#entries) {
      if (entry.checked && !forChecked) continue;
      // Unchecked ones first, then the longest silent.
      if (!victim || (entry.checked === victim.checked ? entry.lastSeen < victim.lastSeen : victim.checked)) {
        victim = entry;
      }
    }
    if (!victim) return false;
    this.#drop(victim);
    return true;
  }

  #drop(entry: Entry): void {
    this.#entries = this.#entries.filter((each) => each !== entry);
    this.#listener.emit({
      type: 'invalidated',
      socket: entry.socket,
      address: entry.address,
      port: entry.port,
    });
  }

  remove(socket: number, address: string, port: number): void {
    const entry = this.#find(socket, address, port);
    if (entry) this.#drop(entry);
  }

  /** Forgets what only earlier generations saw. */
  removeBefore(generation: number): void {
    for (const entry of [...this.#entries]) if (entry.generation < generation) this.#drop(entry);
  }

  /** Forgets addresses that have been silent for too long, except those that `keep` (their consent decides). */
  sweep(now: number, keep: (path: IcePath) => boolean): void {
    for (const entry of [...this.#entries]) {
      if (entry.lastSeen + this.#lifetime > now) continue;
      if (keep(entry)) entry.lastSeen = now;
      else this.#drop(entry);
    }
  }

  nextTimeout(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) if (entry.lastSeen < oldest) oldest = entry.lastSeen;
    return oldest + this.#lifetime;
  }

  clear(): void {
    for (const entry of [...this.#entries]) this.#drop(entry);
  }
}
