import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import type { MediaConfiguration } from '@rivero/channel';
import { stunTransactionTag, stunUsername } from '@rivero/ice';
import {
  Counter,
  Descriptor,
  type DtlsCertificate,
  EngineError,
  PacketEngine,
  PacketKind,
  SLOT_SIZE,
  type SourceAddress,
} from '@rivero/packet-engine';
import type { Logger } from 'pino';
import { randomBytes } from '../runtime/random.js';
import type { Scheduler } from '../runtime/scheduler.js';
import { SmallSet } from '../runtime/small-map.js';
import { Forwarder } from '../streams/forwarder.js';
import { Pacer } from '../streams/pacer.js';
import { type LocalAddress, remembered, selectAddresses } from './local-addresses.js';
import { RtpPorts } from './rtp-ports.js';
import { ServerNames } from './server-names.js';
import { TcpListener, type TcpListenerHost } from './tcp-listener.js';
import { type VirtualSocketOwner, VirtualSockets } from './virtual-sockets.js';

/** One UDP socket of the worker. */
export interface LocalSocket extends LocalAddress {
  socket: number;
  port: number;
}

export interface StunReceiver {
  /** STUN from anywhere, found by session, ufrag or transaction. `data` is valid during the call only. */
  onStun(data: Uint8Array, socket: number, address: string, port: number, nowMs: number): void;
}

/** How many further ports a local address may get. */
const MAX_SPARE_SOCKETS = 64;

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

/** How many ports are tried when any free one will do. */
const PORT_ATTEMPTS = 20;
/** An address that is gone for so long is given up; before that it may come back, with everything on it. */
const ABSENCE_MS = 60_000;
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
  readonly #byUfrag = new Map<string, PacketReceiver>();
  readonly #byTag = new Map<number, StunReceiver>();
  readonly #touched = new Set<PacketReceiver>();
  readonly #sockets: LocalSocket[] = [];
  /** Further ports, for peers that share an address; see spareSocket. */
  readonly #spares: LocalSocket[] = [];
  /** Whose the allowed paths are, by their keys. */
  readonly #owners = new Map<string, number>();
  readonly #pathsOf = new Map<number, SmallSet<string>>();
  /** Since when sockets have had no address of the host, by number. */
  readonly #absent = new Map<number, number>();
  readonly #listeners: TcpListener[] = [];
  #turnAuthorities: string | undefined;
  #tcpPort: number | undefined;
  /** What the host has; exchangeable for tests. */
  readInterfaces = remembered(networkInterfaces, INTERFACES_MS, () => this.scheduler.now());
  #port = 0;
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
    return this.#port;
  }

  /** Those whose addresses the host has now. */
  get sockets(): readonly LocalSocket[] {
    return this.#absent.size === 0
      ? this.#sockets
      : this.#sockets.filter(({ socket }) => !this.#absent.has(socket));
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
    for (let attempt = 1; ; attempt++) {
      try {
        for (const address of addresses) this.#bind(address, port === 0 ? this.#port : port);
        break;
      } catch (error) {
        this.#unbind();
        // With any port, one that is free on the first address may be taken on another.
        if (port !== 0 || attempt === PORT_ATTEMPTS) throw error;
      }
    }
    this.engine.start();
  }

  /**
   * Listens for TCP on the same addresses, for ICE-TCP. With port 0 it is the UDP port's number, or any when that is taken.
   * @throws Error naming the address and port that cannot be had
   */
  async startTcp(port: number, authoritiesFile = ''): Promise<void> {
    if (authoritiesFile !== '') this.#turnAuthorities = await readFile(authoritiesFile, 'utf8');
    if (!this.#configuration.iceTcp) return;
    this.#tcpPort = port === 0 ? this.#port : port;
    for (const { address, family, interfaceName, loopback } of this.#sockets) {
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
      if (this.#sockets.some((known) => known.address === address.address)) continue;
      try {
        this.#bind(address, this.#port);
        this.log.info({ address: address.address, port: this.#port }, 'listening on a new address');
      } catch (error) {
        this.log.warn({ err: error, address: address.address }, 'cannot listen on a new address');
        continue;
      }
      if (this.#tcpPort === undefined) continue;
      this.#listen(address, this.#tcpPort).catch((error: unknown) => {
        this.log.warn({ err: error, address: address.address }, 'cannot listen for TCP on a new address');
      });
    }
    this.#noteAbsent(new Set(addresses.map(({ address }) => address)));
  }

  #noteAbsent(present: ReadonlySet<string>): void {
    const now = this.scheduler.now();
    for (const { socket, address } of [...this.#sockets]) {
      if (present.has(address)) {
        this.#absent.delete(socket);
        continue;
      }
      const since = this.#absent.get(socket) ?? now;
      this.#absent.set(socket, since);
      if (now - since < ABSENCE_MS) continue;
      this.log.info({ address, port: this.#port }, 'an address is gone');
      this.#absent.delete(socket);
      this.#sockets.splice(
        this.#sockets.findIndex((each) => each.socket === socket),
        1,
      );
      this.engine.removeSocket(socket);
      for (const spare of this.#spares.filter((each) => each.address === address)) {
        this.#spares.splice(this.#spares.indexOf(spare), 1);
        this.engine.removeSocket(spare.socket);
      }
      for (const listener of this.#listeners.filter(({ local }) => local.address === address))
        this.#closeListener(listener);
    }
  }

  #addresses(): LocalAddress[] {
    return selectAddresses(this.readInterfaces(), this.#configuration);
  }

  #bind(address: LocalAddress, port: number): void {
    try {
      const bound = this.engine.addSocket(address.address, port, address.family);
      this.#port = bound.port;
      this.#sockets.push({ ...address, ...bound });
    } catch (error) {
      if (error instanceof EngineError) {
        throw new Error(`cannot listen on UDP ${address.address} port ${port}: ${error.message}`, {
          cause: error,
        });
      }
      throw error;
    }
  }

  #unbind(): void {
    for (const { socket } of this.#sockets) this.engine.removeSocket(socket);
    this.#sockets.length = 0;
    this.#port = 0;
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
    for (const key of this.#pathsOf.get(session) ?? []) {
      if (this.#owners.get(key) === session) this.#owners.delete(key);
    }
    this.#pathsOf.delete(session);
    if (receiver !== undefined) this.#touched.delete(receiver);
    for (const listener of this.#listeners) listener.sessionRemoved(session);
    this.engine.removeSession(session);
  }

  /** Takes media and DTLS from this source for a session. */
  allowRemote(session: number, socket: number, address: string, port: number): void {
    this.engine.allowRemote(session, socket, address, port);
    const key = pathKey(socket, address, port);
    this.#owners.set(key, session);
    const paths = this.#pathsOf.get(session);
    if (paths === undefined) this.#pathsOf.set(session, new SmallSet<string>().add(key));
    else paths.add(key);
    this.#virtual.get(socket)?.allowed?.(session, address, port);
  }

  disallowRemote(session: number, socket: number, address: string, port: number): void {
    const key = pathKey(socket, address, port);
    this.#pathsOf.get(session)?.delete(key);
    if (this.#owners.get(key) === session) this.#owners.delete(key);
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
    const owner = this.#owners.get(pathKey(socket, address, port));
    if (owner === undefined || owner === session) return true;
    return this.#receivers[owner]?.isPathAlive?.(socket, address, port, this.scheduler.now()) !== true;
  }

  /**
   * A socket on the same local address as another one on which a peer's address is free; made if need be. undefined when
   * there are too many, or for a socket that has no address here.
   */
  spareSocket(session: number, like: number, address: string, port: number): LocalSocket | undefined {
    const local = [...this.#sockets, ...this.#spares].find(({ socket }) => socket === like);
    if (local === undefined) return undefined;
    const here = this.#spares.filter((spare) => spare.address === local.address);
    const free = here.find(({ socket }) => this.mayUsePath(session, socket, address, port));
    if (free !== undefined || here.length >= MAX_SPARE_SOCKETS) return free;
    try {
      const spare = { ...local, ...this.engine.addSocket(local.address, 0, local.family) };
      this.#spares.push(spare);
      return spare;
    } catch (error) {
      this.log.warn({ err: error, address: local.address }, 'no further port');
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
    const isIt = (each: LocalSocket) => each.socket === socket;
    return this.#virtual.get(socket) !== undefined || this.#sockets.some(isIt) || this.#spares.some(isIt);
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
    return this.#byUfrag.has(ufrag);
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
    this.#byUfrag.set(ufrag, receiver);
  }

  removeUfrag(ufrag: string): void {
    this.#byUfrag.delete(ufrag);
  }

  /** A tag for transaction ids by which responses find the receiver. */
  addTag(receiver: StunReceiver): number {
    for (;;) {
      const tag = randomBytes(4).readUInt32BE();
      if (this.#byTag.has(tag)) continue;
      this.#byTag.set(tag, receiver);
      return tag;
    }
  }

  removeTag(tag: number): void {
    this.#byTag.delete(tag);
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
    const receiver = this.#stunReceiver(data) ?? known;
    receiver?.onStun(data, source.socket, source.address, source.port, now);
  }

  /** Several endpoints may share one remote address (two calls of one NAT): the message decides, the address does not. */
  #stunReceiver(data: Uint8Array): StunReceiver | undefined {
    const username = stunUsername(data);
    if (username !== undefined) return this.#byUfrag.get(username.localUfrag);
    const tag = stunTransactionTag(data);
    return tag === undefined ? undefined : this.#byTag.get(tag);
  }
}

function slotsFor(historyBytes: number): number {
  const slots = Math.max(256, Math.ceil(historyBytes / SLOT_SIZE));
  return 2 ** Math.ceil(Math.log2(slots));
}

function pathKey(socket: number, address: string, port: number): string {
  return `${socket} ${port} ${address}`;
}
