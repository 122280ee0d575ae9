import type { PacketEngine } from '@rivero/packet-engine';

/** What stands behind a virtual socket of the packet engine: a TCP listener, a relayed address. */
export interface VirtualSocketOwner {
  /** Sends a datagram. `data` is valid during the call only. Must not throw, and not call the packet engine. */
  send(address: string, port: number, data: Uint8Array): void;
  /** A session takes packets from there now. */
  allowed?(session: number, address: string, port: number): void;
  disallowed?(session: number, address: string, port: number): void;
  /** Media goes there from now on. */
  selected?(address: string, port: number): void;
}

/** Connects the virtual sockets of the packet engine with what stands behind them. */
export class VirtualSockets {
  readonly #owners = new Map<number, VirtualSocketOwner>();

  get size(): number {
    return this.#owners.size;
  }

  /** @throws EngineError SOCKET_LIMIT */
  add(engine: PacketEngine, family: 4 | 6, owner: VirtualSocketOwner): number {
    const socket = engine.addVirtualSocket(family);
    this.#owners.set(socket, owner);
    return socket;
  }

  remove(engine: PacketEngine, socket: number): void {
    if (this.#owners.delete(socket)) engine.removeSocket(socket);
  }

  get(socket: number): VirtualSocketOwner | undefined {
    return this.#owners.get(socket);
  }

  send(socket: number, address: string, port: number, data: Uint8Array): void {
    this.#owners.get(socket)?.send(address, port, data);
  }
}
