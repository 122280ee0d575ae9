import { EngineError, type PacketEngine } from '@rivero/packet-engine';
import type { LocalAddress } from './local-addresses.js';

/** One UDP socket of the worker. */
export interface LocalSocket extends LocalAddress {
  socket: number;
  port: number;
}

/** How many further ports a local address may get. */
const MAX_SPARE_SOCKETS = 64;
/** How many ports are tried when any free one will do. */
const PORT_ATTEMPTS = 20;
/** An address that is gone for so long is given up; before that it may come back, with everything on it. */
const ABSENCE_MS = 60_000;

/**
 * The UDP sockets of a worker: one on each address of the host, all with the same port, and further ones for peers that
 * share an address.
 */
export class LocalSockets {
  readonly #engine: Pick<PacketEngine, 'addSocket' | 'removeSocket'>;
  readonly #sockets: LocalSocket[] = [];
  /** See {@link spare}. */
  readonly #spares: LocalSocket[] = [];
  /** Since when sockets have had no address of the host, by number. */
  readonly #absent = new Map<number, number>();
  #port = 0;

  constructor(engine: Pick<PacketEngine, 'addSocket' | 'removeSocket'>) {
    this.#engine = engine;
  }

  /** The same on every address; 0 before there is one. */
  get port(): number {
    return this.#port;
  }

  /** Those whose addresses the host has now. */
  get present(): readonly LocalSocket[] {
    return this.#absent.size === 0
      ? this.#sockets
      : this.#sockets.filter(({ socket }) => !this.#absent.has(socket));
  }

  /**
   * Binds a port on all these addresses, or on none.
   *
   * @param port 0: any that is free on all of them
   * @throws Error naming the address and port that cannot be had
   */
  bindAll(addresses: readonly LocalAddress[], port: number): void {
    for (let attempt = 1; ; attempt++) {
      try {
        for (const address of addresses) this.#bind(address, port === 0 ? this.#port : port);
        return;
      } catch (error) {
        this.#unbind();
        // With any port, one that is free on the first address may be taken on another.
        if (port !== 0 || attempt === PORT_ATTEMPTS) throw error;
      }
    }
  }

  /** Binds the port on one more address. @throws Error naming the address and port that cannot be had */
  bind(address: LocalAddress): void {
    this.#bind(address, this.#port);
  }

  #bind(address: LocalAddress, port: number): void {
    const bound = this.#open(address, port);
    this.#port = bound.port;
    this.#sockets.push(bound);
  }

  #open(local: LocalAddress, port: number): LocalSocket {
    try {
      return { ...local, ...this.#engine.addSocket(local.address, port, local.family) };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw new Error(`cannot listen on UDP ${local.address} port ${port}: ${error.message}`, {
        cause: error,
      });
    }
  }

  #unbind(): void {
    for (const { socket } of this.#sockets) this.#engine.removeSocket(socket);
    this.#sockets.length = 0;
    this.#port = 0;
  }

  isBound(address: string): boolean {
    return this.#sockets.some((socket) => socket.address === address);
  }

  has(socket: number): boolean {
    const isIt = (each: LocalSocket) => each.socket === socket;
    return this.#sockets.some(isIt) || this.#spares.some(isIt);
  }

  /**
   * Notes which addresses the host has now, and closes the sockets of those that have been gone for a minute.
   *
   * @returns the addresses that were given up
   */
  closeAbsent(addresses: ReadonlySet<string>, nowMs: number): string[] {
    const closed: string[] = [];
    for (const { socket, address } of [...this.#sockets]) {
      if (addresses.has(address)) {
        this.#absent.delete(socket);
        continue;
      }
      const since = this.#absent.get(socket) ?? nowMs;
      this.#absent.set(socket, since);
      if (nowMs - since < ABSENCE_MS) continue;
      this.#absent.delete(socket);
      for (const sockets of [this.#sockets, this.#spares]) this.#close(sockets, address);
      closed.push(address);
    }
    return closed;
  }

  #close(sockets: LocalSocket[], address: string): void {
    for (const gone of sockets.filter((each) => each.address === address)) {
      sockets.splice(sockets.indexOf(gone), 1);
      this.#engine.removeSocket(gone.socket);
    }
  }

  /**
   * A further socket on the same local address as another one; made if need be. undefined when there are too many, or for a
   * socket that has no address here.
   *
   * @param isFree whether one that there is already will do
   * @throws Error naming the address on which there is no more
   */
  spare(like: number, isFree: (socket: LocalSocket) => boolean): LocalSocket | undefined {
    const local = [...this.#sockets, ...this.#spares].find(({ socket }) => socket === like);
    if (local === undefined) return undefined;
    const here = this.#spares.filter(({ address }) => address === local.address);
    const free = here.find(isFree);
    if (free !== undefined || here.length >= MAX_SPARE_SOCKETS) return free;
    const spare = this.#open(local, 0);
    this.#spares.push(spare);
    return spare;
  }
}
