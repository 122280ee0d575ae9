import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { canonicalIp } from '@rivero/ice';
import type { Scheduler } from '../runtime/scheduler.js';
import type { LocalAddress } from './local-addresses.js';
import { TcpConnection, type TcpConnectionOwner } from './tcp-connection.js';
import type { VirtualSocketOwner } from './virtual-sockets.js';

/** Bounds against floods; connections that ICE has authenticated count to the first two only. */
export const TCP_LIMITS = {
  connections: 8192,
  perAddress: 512,
  unproven: 512,
  unprovenPerAddress: 32,
} as const;

export interface TcpListenerHost {
  readonly scheduler: Scheduler;
  knowsUfrag(ufrag: string): boolean;
  received(listener: TcpListener, address: string, port: number, datagrams: readonly Uint8Array[]): void;
  closed(listener: TcpListener, address: string, port: number, sessions: ReadonlySet<number>): void;
}

/** A TCP port on one local address, for the passive candidates of all endpoints (RFC 6544). */
export class TcpListener implements VirtualSocketOwner, TcpConnectionOwner {
  readonly local: LocalAddress;
  /** The virtual socket that stands for all its connections; the host sets it. */
  socket = -1;
  readonly #server: Server;
  readonly #host: TcpListenerHost;
  readonly #connections = new Map<string, TcpConnection>();
  readonly #perAddress = new Map<string, number>();
  /** Connections that were turned away because of the limits. */
  refused = 0;

  private constructor(server: Server, local: LocalAddress, host: TcpListenerHost) {
    this.#server = server;
    this.local = local;
    this.#host = host;
    server.on('connection', (socket) => this.#accept(socket));
    server.on('error', () => {}); // a failed accept concerns one connection
  }

  /** @throws what listen fails with, such as EADDRINUSE */
  static async listen(local: LocalAddress, port: number, host: TcpListenerHost): Promise<TcpListener> {
    const server = createServer({ allowHalfOpen: false });
    const listening = once(server, 'listening');
    server.listen({ host: local.address, port, ipv6Only: local.family === 6 });
    await listening;
    return new TcpListener(server, local, host);
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Media packets that slow peers did not get. */
  get dropped(): number {
    let dropped = 0;
    for (const connection of this.#connections.values()) dropped += connection.dropped;
    return dropped;
  }

  get scheduler(): Scheduler {
    return this.#host.scheduler;
  }

  knowsUfrag(ufrag: string): boolean {
    return this.#host.knowsUfrag(ufrag);
  }

  #accept(socket: Socket): void {
    const address = canonicalIp(socket.remoteAddress ?? '');
    const port = socket.remotePort;
    if (address === undefined || port === undefined || !this.#hasRoom(address)) {
      this.refused++;
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#connections.set(keyOf(address, port), new TcpConnection(socket, address, port, this));
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
  }

  #hasRoom(address: string): boolean {
    if (this.#connections.size >= TCP_LIMITS.connections) return false;
    const here = this.#perAddress.get(address) ?? 0;
    if (here >= TCP_LIMITS.perAddress) return false;
    if (here < TCP_LIMITS.unprovenPerAddress && this.#connections.size < TCP_LIMITS.unproven) return true;
    let unproven = 0;
    let unprovenHere = 0;
    for (const connection of this.#connections.values()) {
      if (connection.proven) continue;
      unproven++;
      if (connection.address === address) unprovenHere++;
    }
    return unproven < TCP_LIMITS.unproven && unprovenHere < TCP_LIMITS.unprovenPerAddress;
  }

  received(connection: TcpConnection, datagrams: readonly Uint8Array[]): void {
    this.#host.received(this, connection.address, connection.port, datagrams);
  }

  closed(connection: TcpConnection): void {
    const { address, port } = connection;
    this.#connections.delete(keyOf(address, port));
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
    this.#host.closed(this, address, port, connection.sessions);
  }

  send(address: string, port: number, data: Uint8Array): void {
    this.#connections.get(keyOf(address, port))?.send(data);
  }

  allowed(session: number, address: string, port: number): void {
    this.#connections.get(keyOf(address, port))?.allow(session);
  }

  disallowed(session: number, address: string, port: number): void {
    this.#connections.get(keyOf(address, port))?.disallow(session);
  }

  /** A session has ended: its connections are of no use any more. */
  sessionRemoved(session: number): void {
    for (const connection of [...this.#connections.values()]) connection.disallow(session);
  }

  close(): void {
    this.#server.close();
    for (const connection of [...this.#connections.values()]) connection.close();
  }
}

function keyOf(address: string, port: number): string {
  return `${port} ${address}`;
}
