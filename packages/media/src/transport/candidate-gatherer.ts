import { randomBytes } from 'node:crypto';
import {
  candidateFoundation,
  candidatePriority,
  type IceCandidate,
  ReflexiveGatherer,
  reflexiveCandidate,
  TCP_TYPE_PREFERENCE,
} from '@rivero/ice';
import type { Timed, TimerHandle } from '../runtime/scheduler.js';
import { appended, SmallMap, SmallSet } from '../runtime/small-map.js';
import type { GatherOptions } from './gather-options.js';
import { isAddress, type LocalAddress, parseInterfaceList } from './local-addresses.js';
import type { LocalSocket } from './local-sockets.js';
import type { StunReceiver } from './stun-routes.js';
import type { TransportHub } from './transport-hub.js';
import { TurnRelay, type TurnRelayListener } from './turn-relay.js';
import { parseTurnUrl } from './turn-url.js';

export interface GathererListener {
  /** `known`: another base has been announced under the same address; this one is not to be announced. */
  candidateFound(candidate: IceCandidate, socket: number, known: boolean): void;
  /** A base is gone: a relayed address. */
  socketLost(socket: number): void;
  /** There are no more candidates. Told once. */
  allFound(): void;
}

/**
 * A server-reflexive address is asked for again after this time, until a pair is selected: the NAT keeps it meanwhile, and
 * when it changes the new one is told of (RFC 8445 section 11).
 */
const KEEPALIVE_MS = 15_000;
const NO_RELAYS: readonly TurnRelay[] = [];

/** The last candidate comes within this time, or not at all. */
const TIME_LIMIT_MS = 10_000;

/**
 * Finds the candidates of one endpoint: the worker's sockets, what STUN servers see of them, and relayed addresses of a
 * TURN server. Tells of each as soon as it is known. Keeps relayed addresses until it is closed.
 */
export class CandidateGatherer implements StunReceiver, TurnRelayListener, Timed {
  readonly #hub: TransportHub;
  readonly #options: GatherOptions;
  readonly #listener: GathererListener;
  readonly #timer: TimerHandle;
  readonly #tag: number;
  /** While servers are asked. */
  #reflexive: ReflexiveGatherer | undefined;
  #candidates: readonly IceCandidate[] = [];
  readonly #hosts = new SmallMap<number, IceCandidate>();
  /** What is still under way. */
  readonly #tasks = new SmallSet<'stun' | TurnRelay | 'turn'>();
  #relays: readonly TurnRelay[] = NO_RELAYS;
  #deadline = Number.POSITIVE_INFINITY;
  #done = false;
  #connected = false;
  /** Nothing is asked any more. */
  #settled = false;
  #closed = false;

  constructor(hub: TransportHub, options: GatherOptions, listener: GathererListener) {
    this.#hub = hub;
    this.#options = options;
    this.#listener = listener;
    this.#timer = hub.scheduler.create(this);
    this.#tag = hub.addTag(this);
  }

  /** Host candidates are told of before it returns, and the end if there is nothing else. */
  start(): void {
    this.#deadline = this.#hub.scheduler.now() + TIME_LIMIT_MS;
    this.#gatherHosts();
    const { stunServerAddress, turnUrl } = this.#options;
    if (stunServerAddress.trim() !== '') this.#gatherReflexive(stunServerAddress.trim());
    if (turnUrl.trim() !== '') this.#gatherRelayed(turnUrl);
    this.#finishWhenDone();
  }

  #gatherHosts(): void {
    this.#hub.refreshAddresses();
    const wanted = parseInterfaceList(this.#options.networkInterfaces);
    const isWanted = ({ interfaceName, address }: LocalAddress) =>
      wanted.length === 0 || wanted.includes(interfaceName) || wanted.includes(address);
    const sockets = this.#hub.sockets.filter(isWanted);
    for (const [index, socket] of sockets.entries()) {
      const candidate = this.#hostCandidate(socket, index, 'udp');
      this.#hosts.set(socket.socket, candidate);
      this.#tell(candidate, socket.socket);
    }
    if (!this.#options.iceTcp) return;
    for (const [index, listener] of this.#hub.tcpListeners.entries()) {
      if (!isWanted(listener.local)) continue;
      this.#tell(
        this.#hostCandidate({ ...listener.local, port: listener.port }, index, 'tcp'),
        listener.socket,
      );
    }
  }

  #hostCandidate(
    local: LocalAddress & Pick<LocalSocket, 'port'>,
    index: number,
    protocol: 'udp' | 'tcp',
  ): IceCandidate {
    const external = local.family === 4 ? this.#options.externalIPv4 : this.#options.externalIPv6;
    // Earlier interfaces first, IPv6 before IPv4 (RFC 8421 section 4).
    const order = index * 2 + (local.family === 4 ? 1 : 0);
    const foundation = candidateFoundation('host', local.address, protocol);
    const address = isAddress(external, local.family) ? external : local.address;
    const { port } = local;
    // Spelled out: what is spread has a hidden class of its own for each candidate.
    if (protocol === 'udp') {
      const priority = candidatePriority('host', 65535 - order);
      return { foundation, component: 1, protocol, priority, address, port, type: 'host' };
    }
    // RFC 6544 section 4.2: passive host candidates have the direction preference 4.
    const preference = 4 * 8192 + 8191 - order;
    const priority = candidatePriority('host', preference, 1, TCP_TYPE_PREFERENCE.host);
    return { foundation, component: 1, protocol, priority, address, port, type: 'host', tcpType: 'passive' };
  }

  /**
   * Another socket of this host becomes a base, when the others could not be used for this peer. False when it is one
   * already.
   */
  addSocket(socket: LocalSocket): boolean {
    if (this.#closed || this.#hosts.has(socket.socket)) return false;
    const candidate = this.#hostCandidate(socket, this.#hosts.size, 'udp');
    this.#hosts.set(socket.socket, candidate);
    this.#tell(candidate, socket.socket);
    return true;
  }

  /** Two interfaces behind one outside address are one candidate to the peer, but both are bases. */
  #tell(candidate: IceCandidate, socket: number): void {
    const { address, port, protocol } = candidate;
    const known = this.#candidates.some(
      (each) => each.address === address && each.port === port && each.protocol === protocol,
    );
    if (!known) this.#candidates = appended(this.#candidates, candidate);
    this.#listener.candidateFound(candidate, socket, known);
  }

  #gatherReflexive(server: string): void {
    const port = this.#options.stunServerPort;
    if (port < 1 || port > 65535) return;
    this.#tasks.add('stun');
    void this.#hub.serverNames.resolve(server).then((addresses) => {
      if (this.#done || this.#closed) return;
      if (addresses.length === 0) this.#hub.log.warn({ server }, 'STUN server: unknown name');
      for (const family of [4, 6] as const) {
        const address = addresses.find((each) => isAddress(each, family));
        if (address !== undefined) this.#askFrom(family, address, port);
      }
      this.#pump();
    });
  }

  #askFrom(family: 4 | 6, address: string, port: number): void {
    const isLocal = address === '::1' || address.startsWith('127.');
    const now = this.#hub.scheduler.now();
    for (const socket of this.#hub.sockets) {
      if (socket.family !== family || !this.#hosts.has(socket.socket)) continue;
      // Nobody outside is reached from the loopback.
      if (socket.loopback && !isLocal) continue;
      try {
        this.#reflexive ??= new ReflexiveGatherer({
          randomBytes,
          transactionTag: this.#tag,
          timing: { transmissions: 4, keepalive: KEEPALIVE_MS },
        });
        this.#reflexive.query(now, socket.socket, { address, port });
      } catch (error) {
        this.#hub.log.warn({ err: error, server: address }, 'STUN server cannot be asked');
      }
    }
  }

  onStun(data: Uint8Array, socket: number, address: string, port: number, nowMs: number): void {
    this.#reflexive?.handleStun(nowMs, data, socket, address, port);
    this.#pump();
  }

  onTime(now: number): void {
    this.#reflexive?.handleTimeout(now);
    if (!this.#done && now >= this.#deadline) {
      if (this.#tasks.has('turn')) this.#hub.log.warn('TURN server: its name is not resolved in time');
      for (const relay of this.#relays.filter((each) => this.#tasks.has(each))) {
        this.#hub.log.warn('TURN server: no answer in time');
        relay.close();
      }
      this.#tasks.clear();
      this.#finishWhenDone();
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#settled || this.#closed) return;
    for (const { socket, address, port, data } of this.#reflexive?.takeTransmits() ?? []) {
      this.#hub.engine.sendRaw(socket, address, port, data);
    }
    for (const event of this.#reflexive?.takeEvents() ?? []) {
      if (event.type === 'failed') continue;
      const host = this.#hosts.get(event.socket);
      const candidate = host && reflexiveCandidate(host, event.mapped, event.server);
      if (candidate !== undefined) this.#tell(candidate, event.socket);
      if (this.#closed) return;
    }
    if (this.#reflexive?.done !== false) this.#tasks.delete('stun');
    this.#finishWhenDone();
    if (!this.#closed) this.#schedule();
  }

  #schedule(): void {
    const deadline = this.#done ? Number.POSITIVE_INFINITY : this.#deadline;
    const next = Math.min(this.#reflexive?.nextTimeout() ?? Number.POSITIVE_INFINITY, deadline);
    this.#hub.scheduler.schedule(this.#timer, next);
  }

  #gatherRelayed(text: string): void {
    const url = parseTurnUrl(text);
    if (url === undefined) {
      // The text may hold a password.
      this.#hub.log.warn('TURN server: turnUrl is not user:password@address:port');
      return;
    }
    this.#tasks.add('turn');
    void this.#hub.serverNames.resolve(url.host).then((addresses) => {
      if (this.#done || this.#closed) return;
      if (addresses.length === 0) this.#hub.log.warn({ server: url.host }, 'TURN server: unknown name');
      this.#tasks.delete('turn');
      for (const family of url.families) {
        const relay = new TurnRelay(this.#hub, url, addresses, family, this);
        this.#relays = appended(this.#relays, relay);
        this.#tasks.add(relay);
      }
      for (const relay of this.#relays) relay.start();
    });
  }

  relayed(relay: TurnRelay, candidate: IceCandidate, socket: number): void {
    if (this.#closed) return;
    this.#tell(candidate, socket);
    this.#tasks.delete(relay);
    this.#finishWhenDone();
  }

  relayFailed(relay: TurnRelay, reason: string, socket: number | undefined): void {
    if (this.#closed) return;
    this.#hub.log.warn({ reason }, 'TURN server: no relayed address');
    if (socket !== undefined) this.#listener.socketLost(socket);
    this.#tasks.delete(relay);
    this.#finishWhenDone();
  }

  #finishWhenDone(): void {
    if (this.#done || this.#closed) return;
    if (this.#tasks.size > 0) {
      this.#schedule();
      return;
    }
    this.#done = true;
    this.#hub.scheduler.cancel(this.#timer);
    this.#listener.allFound();
    if (this.#connected) this.settle();
    else if (!this.#closed) this.#schedule();
  }

  /** A pair is selected: its own traffic keeps NATs open. What is still being gathered goes on. */
  settle(): void {
    this.#connected = true;
    if (!this.#done || this.#settled) return;
    this.#settled = true;
    this.#reflexive = undefined;
    this.#hub.scheduler.cancel(this.#timer);
    this.#hub.removeTag(this.#tag);
  }

  /** Gives relayed addresses back. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#hub.scheduler.cancel(this.#timer);
    this.#hub.removeTag(this.#tag);
    for (const relay of this.#relays) relay.close();
  }
}
