import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { MediaConfiguration } from '@rivero/channel';
import {
  Counter,
  Descriptor,
  type DtlsCertificate,
  PacketEngine,
  PacketKind,
  SLOT_SIZE,
  type SourceAddress,
} from '@rivero/packet-engine';
import type { Logger } from 'pino';
import type { Scheduler } from '../runtime/scheduler.js';
import { Forwarder } from '../streams/forwarder.js';
import { Pacer } from '../streams/pacer.js';
import { type LocalAddress, remembered, selectAddresses } from './local-addresses.js';
import { type LocalSocket, LocalSockets } from './local-sockets.js';
import { PathOwners } from './path-owners.js';
import { RtpPorts } from './rtp-ports.js';
import { ServerNames } from './server-names.js';
import { type StunReceiver, StunRoutes } from './stun-routes.js';
import { TcpListener, type TcpListenerHost } from './tcp-listener.js';
import { type VirtualSocketOwner, VirtualSockets } from './virtual-sockets.js';

/** Who gets the packets of a session of the packet engine. */
export interface PacketReceiver extends StunReceiver {
  /** DTLS from an address that ICE has validated. `data` is valid during the call only. */
  onDtls(data: Uint8Array, socket: number, address: string, port: number, nowMs: number): void;
  /** Decrypted RTP: `at` is the place of the packet's descriptor. */
  onRtp(descriptors: Int32Array, at: number, nowMs: number): void;
  onRtcp(slot: number, length: number, nowMs: number): void;
  /** The batch is over: what was put off can be sent. */
  onBatchEnd(nowMs: number): void;
  /** Something valid came from a source that was not known before: it is the peer's from now on (symmetric RTP). */
  onLatched?(source: SourceAddress): void;
  /** Whether this receiver's peer is there, on a path that was allowed. */
  isPathAlive?(socket: number, address: string, port: number, nowMs: number): boolean;
  /** A path that was allowed is gone for good: its TCP connection was closed. */
  onPathClosed?(socket: number, address: string, port: number, nowMs: number): void;
}

export interface Certificates {
  RSA: DtlsCertificate;
  ECDSA: DtlsCertificate;
}

/** How long the system's answer about its interfaces counts, ms: asking is not cheap. */
const INTERFACES_MS = 1000;

/**
 * The worker's door to the network: the packet engine, one UDP port and one TCP port for all endpoints on each local
 * address, relayed addresses as virtual sockets, and the distribution of what arrives (RFC 7983): known addresses by the engine's session, first requests by ICE username
 * fragment, responses by the tag in their transaction id.
 */
export class TransportHub implements TcpListenerHost {
  readonly engine: PacketEngine;
  readonly forwarder: Forwarder;
  readonly serverNames: ServerNames;
  readonly rtpPorts: RtpPorts;
  readonly #configuration: MediaConfiguration;
  readonly #virtual = new VirtualSockets();
  readonly #receivers: (PacketReceiver | undefined)[] = [];
  readonly #stun = new StunRoutes();
  readonly #touched = new Set<PacketReceiver>();
  readonly #paths = new PathOwners();
  readonly #udp: LocalSockets;
  readonly #listeners: TcpListener[] = [];
  #turnAuthorities: string | undefined;
  #tcpPort: number | undefined;
  /** What the host has; exchangeable for tests. */
  readInterfaces = remembered(networkInterfaces, INTERFACES_MS, () => this.scheduler.now());
  #closed = false;
  readonly #fingerprints: Partial<Record<keyof Certificates, string>> = {};
  /** Packets whose handling threw: defects. */
  failures = 0;

  constructor(
    configuration: MediaConfiguration,
    readonly scheduler: Scheduler,
    readonly certificates: Certificates,
    readonly log: Logger,
  ) {
    this.#configuration = configuration;
    this.serverNames = new ServerNames(() => scheduler.now());
    this.engine = new PacketEngine({
      slots: slotsFor(configuration.historyBytes),
      gso: configuration.gso,
      senderThreads: configuration.senderThreads,
      maxSsrcsPerSession: configuration.maxSsrcsPerEndpoint,
      maxPacketsPerSecond: configuration.maxPacketsPerSecond,
      maxStunPerSecond: configuration.maxStunPerSecond,
      onBatch: (count) => this.#onBatch(count),
      onVirtualSend: (socket, address, port, data) => this.#virtual.send(socket, address, port, data),
    });
    this.#udp = new LocalSockets(this.engine);
    this.forwarder = new Forwarder(this.engine, new Pacer(scheduler));
    scheduler.round = { begin: () => this.engine.corkRtcp(), end: () => this.engine.uncorkRtcp() };
    this.rtpPorts = new RtpPorts(this.engine, configuration.rtpPortMin, configuration.rtpPortMax);
  }

  /** SHA-256 fingerprint of one's own certificate, worked out once. */
  fingerprint(keyType: keyof Certificates): string {
    this.#fingerprints[keyType] ??= this.certificates[keyType].fingerprint('sha-256');
    return this.#fingerprints[keyType];
  }

  /** UDP port, the same on every address. */
  get port(): number {
    return this.#udp.port;
  }

  /** Those whose addresses the host has now. */
  get sockets(): readonly LocalSocket[] {
    return this.#udp.present;
  }

  /** Those whose addresses the host has now. */
  get tcpListeners(): readonly TcpListener[] {
    return this.#listeners.filter(({ local }) =>
      this.sockets.some(({ address }) => address === local.address),
    );
  }

  /** Authorities for the certificates of TURN servers, PEM; undefined: those of the system. */
  get turnAuthorities(): string | undefined {
    return this.#turnAuthorities;
  }

  /** Binds the port on every local address. @throws Error naming the address and port that cannot be had */
  start(port: number): void {
    const addresses = this.#addresses();
    if (addresses.length === 0) throw new Error('no network address to listen on: see media.interfaces');
    this.#udp.bindAll(addresses, port);
    this.engine.start();
  }

  /**
   * Listens for TCP on the same addresses, for ICE-TCP. With port 0 it is the UDP port's number, or any when that is taken.
   * @throws Error naming the address and port that cannot be had
   */
  async startTcp(port: number, authoritiesFile = ''): Promise<void> {
    if (authoritiesFile !== '') this.#turnAuthorities = await readFile(authoritiesFile, 'utf8');
    if (!this.#configuration.iceTcp) return;
    this.#tcpPort = port === 0 ? this.port : port;
    for (const { address, family, interfaceName, loopback } of this.sockets) {
      const local = { address, family, interfaceName, loopback };
      try {
        await this.#listen(local, this.#tcpPort);
      } catch (error) {
        if (this.#configuration.port !== 0 || port !== 0) {
          throw new Error(
            `cannot listen on TCP ${address} port ${this.#tcpPort}: ${(error as Error).message}; see media.tcpPort and media.iceTcp`,
            { cause: error },
          );
        }
        await this.#listen(local, 0);
      }
    }
  }

  async #listen(local: LocalAddress, port: number): Promise<void> {
    const listener = await TcpListener.listen(local, port, this);
    if (this.#closed) {
      listener.close();
      return;
    }
    listener.socket = this.#virtual.add(this.engine, local.family, listener);
    this.#listeners.push(listener);
  }

  #closeListener(listener: TcpListener): void {
    this.#listeners.splice(this.#listeners.indexOf(listener), 1);
    listener.close();
    this.#virtual.remove(this.engine, listener.socket);
  }

  /**
   * Binds addresses that came up since. The ones that are gone are not announced any more; when they stay away their
   * sockets are closed. TCP on a new address begins a moment later.
   */
  refreshAddresses(): void {
    const addresses = this.#addresses();
    for (const address of addresses) {
      if (this.#udp.isBound(address.address)) continue;
      try {
        this.#udp.bind(address);
        this.log.info({ address: address.address, port: this.port }, 'listening on a new address');
      } catch (error) {
        this.log.warn({ err: error, address: address.address }, 'cannot listen on a new address');
        continue;
      }
      if (this.#tcpPort === undefined) continue;
      this.#listen(address, this.#tcpPort).catch((error: unknown) => {
        this.log.warn({ err: error, address: address.address }, 'cannot listen for TCP on a new address');
      });
    }
    const present = new Set(addresses.map(({ address }) => address));
    for (const address of this.#udp.closeAbsent(present, this.scheduler.now())) {
      this.log.info({ address, port: this.port }, 'an address is gone');
      for (const listener of this.#listeners.filter(({ local }) => local.address === address))
        this.#closeListener(listener);
    }
  }

  #addresses(): LocalAddress[] {
    return selectAddresses(this.readInterfaces(), this.#configuration);
  }

  /** Opens a session for a receiver. @throws EngineError when there are no more */
  addSession(receiver: PacketReceiver): number {
    const session = this.engine.addSession();
    this.#receivers[session] = receiver;
    return session;
  }

  removeSession(session: number): void {
    const receiver = this.#receivers[session];
    this.#receivers[session] = undefined;
    this.#paths.giveUpAll(session);
    if (receiver !== undefined) this.#touched.delete(receiver);
    for (const listener of this.#listeners) listener.sessionRemoved(session);
    this.engine.removeSession(session);
  }

  /** Takes media and DTLS from this source for a session. */
  allowRemote(session: number, socket: number, address: string, port: number): void {
    this.engine.allowRemote(session, socket, address, port);
    this.#paths.take(session, socket, address, port);
    this.#virtual.get(socket)?.allowed?.(session, address, port);
  }

  disallowRemote(session: number, socket: number, address: string, port: number): void {
    this.#paths.giveUp(session, socket, address, port);
    // A socket that was removed has forgotten its sources already.
    if (!this.hasSocket(socket)) return;
    this.engine.disallowRemote(session, socket, address, port);
    this.#virtual.get(socket)?.disallowed?.(session, address, port);
  }

  /**
   * Whether a path can become a session's: not while it is somebody else's whose peer is there. This happens when two
   * servers with one port each have several calls with each other.
   */
  mayUsePath(session: number, socket: number, address: string, port: number): boolean {
    const owner = this.#paths.ownerOf(socket, address, port);
    if (owner === undefined || owner === session) return true;
    return this.#receivers[owner]?.isPathAlive?.(socket, address, port, this.scheduler.now()) !== true;
  }

  /**
   * A socket on the same local address as another one on which a peer's address is free; made if need be. undefined when
   * there are too many, or for a socket that has no address here.
   */
  spareSocket(session: number, like: number, address: string, port: number): LocalSocket | undefined {
    try {
      return this.#udp.spare(like, ({ socket }) => this.mayUsePath(session, socket, address, port));
    } catch (error) {
      this.log.warn({ err: error }, 'no further port');
      return undefined;
    }
  }

  /** Sends a session's media there. */
  setRemote(session: number, socket: number, address: string, port: number): void {
    this.engine.setRemote(session, socket, address, port);
    this.#virtual.get(socket)?.selected?.(address, port);
  }

  /** Whether a socket is still there: one of an address that is gone, or a relayed one, may not be. */
  hasSocket(socket: number): boolean {
    return this.#virtual.get(socket) !== undefined || this.#udp.has(socket);
  }

  /** @throws EngineError SOCKET_LIMIT */
  addVirtualSocket(family: 4 | 6, owner: VirtualSocketOwner): number {
    return this.#virtual.add(this.engine, family, owner);
  }

  removeVirtualSocket(socket: number): void {
    this.#virtual.remove(this.engine, socket);
  }

  /** Takes datagrams that came for a virtual socket. */
  receiveVirtual(socket: number, address: string, port: number, datagrams: readonly Uint8Array[]): void {
    if (!this.#closed && this.#virtual.get(socket) !== undefined) {
      this.engine.receiveVirtual(socket, address, port, datagrams);
    }
  }

  knowsUfrag(ufrag: string): boolean {
    return this.#stun.knowsUfrag(ufrag);
  }

  received(listener: TcpListener, address: string, port: number, datagrams: readonly Uint8Array[]): void {
    this.receiveVirtual(listener.socket, address, port, datagrams);
  }

  closed(listener: TcpListener, address: string, port: number, sessions: ReadonlySet<number>): void {
    if (this.#closed) return;
    const now = this.scheduler.now();
    for (const session of sessions)
      this.#receivers[session]?.onPathClosed?.(listener.socket, address, port, now);
  }

  /** Has first requests for a username fragment given to the receiver. */
  addUfrag(ufrag: string, receiver: PacketReceiver): void {
    this.#stun.addUfrag(ufrag, receiver);
  }

  removeUfrag(ufrag: string): void {
    this.#stun.removeUfrag(ufrag);
  }

  /** A tag for transaction ids by which responses find the receiver. */
  addTag(receiver: StunReceiver): number {
    return this.#stun.addTag(receiver);
  }

  removeTag(tag: number): void {
    this.#stun.removeTag(tag);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#listeners) listener.close();
    this.engine.close();
  }

  /** Packets dropped before TypeScript saw them, by reason; for status and logs. */
  get dropped(): Record<string, number> {
    const { counters } = this.engine;
    return Object.fromEntries(
      Object.entries(Counter)
        .filter(([name]) => name.startsWith('Dropped'))
        .map(([name, index]) => [name.slice('Dropped'.length), counters[index]!]),
    );
  }

  #onBatch(count: number): void {
    const now = this.scheduler.now();
    for (let i = 0; i < count; i++) {
      try {
        this.#onPacket(i, now);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.forwarder.endBatch();
    for (const receiver of this.#touched) {
      try {
        receiver.onBatchEnd(now);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#touched.clear();
  }

  /** A defect in the handling of one packet must not end the calls of everybody else. */
  #fail(error: unknown): void {
    this.failures++;
    // The first ones tell what is wrong; a flood of them would only fill the disk.
    if (this.failures <= 10) this.log.error({ err: error }, 'handling a packet failed');
  }

  #onPacket(index: number, now: number): void {
    const descriptors = this.engine.descriptors;
    const at = index * Descriptor.Stride;
    const kind = descriptors[at + Descriptor.Kind]!;
    const session = descriptors[at + Descriptor.Session]!;
    const receiver = session < 0 ? undefined : this.#receivers[session];
    if (kind === PacketKind.Stun || kind === PacketKind.Dtls) {
      this.#onControl(index, at, kind, receiver, now);
      return;
    }
    if (receiver === undefined) return;
    this.#touched.add(receiver);
    if (descriptors[at + Descriptor.Latched] === 1) receiver.onLatched?.(this.engine.sourceAddress(index));
    if (kind === PacketKind.Rtp) receiver.onRtp(descriptors, at, now);
    else receiver.onRtcp(descriptors[at + Descriptor.Slot]!, descriptors[at + Descriptor.Length]!, now);
  }

  #onControl(index: number, at: number, kind: number, known: PacketReceiver | undefined, now: number): void {
    const start = this.engine.descriptors[at + Descriptor.Slot]! * SLOT_SIZE;
    const data = this.engine.slab.subarray(start, start + this.engine.descriptors[at + Descriptor.Length]!);
    const source = this.engine.sourceAddress(index);
    // Ports of RtpEndpoints have neither ICE nor DTLS.
    if (this.rtpPorts.owns(source.socket)) return;
    if (kind === PacketKind.Dtls) {
      known?.onDtls(data, source.socket, source.address, source.port, now);
      return;
    }
    const receiver = this.#stun.receiverOf(data) ?? known;
    receiver?.onStun(data, source.socket, source.address, source.port, now);
  }
}

function slotsFor(historyBytes: number): number {
  const slots = Math.max(256, Math.ceil(historyBytes / SLOT_SIZE));
  return 2 ** Math.ceil(Math.log2(slots));
}
