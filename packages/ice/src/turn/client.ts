import { canonicalIp, isUnicast, parseIp } from '../ip.js';
import { StunAttribute, StunClass, StunMethod } from '../stun/attributes.js';
import { parseStun, type StunMessage, type TransportAddress } from '../stun/message.js';
import { isChannelData, parseChannelData, writeChannelData } from './channel-data.js';
import { type ChannelBinding, type Permission, TurnPeers } from './peers.js';
import { TurnRequests, unanswered, writeIndication, writeSendIndication } from './requests.js';
import {
  defaultTurnTiming,
  type RelayedDatagram,
  TURN_LIMITS,
  type TurnClientOptions,
  type TurnCounters,
  type TurnEvent,
  type TurnTiming,
} from './types.js';

/** IANA protocol number of UDP: what is relayed. */
const UDP = 17;

export type TurnState = 'new' | 'allocating' | 'allocated' | 'failed' | 'closed';

/**
 * A TURN client (RFC 8656) for one UDP allocation, whatever the transport to the server. It has no socket and no clock:
 * messages of the server and times in milliseconds come in; messages for the server, events and a next time come out.
 * After each call take `takeEvents()` and `takeTransmits()` and look at `nextTimeout()`. Foreign bytes never make it throw.
 */
export class TurnClient {
  readonly counters: TurnCounters = { ignored: 0, dropped: 0, requestsSent: 0, retransmissions: 0 };
  readonly #options: TurnClientOptions;
  readonly #timing: TurnTiming;
  readonly #requests: TurnRequests;
  readonly #peers: TurnPeers;
  #state: TurnState = 'new';
  #refreshAt = Number.POSITIVE_INFINITY;
  #lastSent = 0;
  #transmits: Uint8Array[] = [];
  #events: TurnEvent[] = [];

  constructor(options: TurnClientOptions) {
    this.#options = options;
    this.#timing = { ...defaultTurnTiming, ...options.timing };
    this.#peers = new TurnPeers(this.#timing);
    this.#requests = new TurnRequests(options, this.#timing, this.counters, (now, data) =>
      this.#transmit(now, data),
    );
  }

  get state(): TurnState {
    return this.#state;
  }

  /** Asks for the allocation. */
  start(now: number): void {
    if (this.#state !== 'new') return;
    this.#state = 'allocating';
    this.#requests.send(now, {
      method: StunMethod.Allocate,
      fill: (writer) => {
        writer
          .uint32(StunAttribute.RequestedTransport, UDP << 24)
          .uint32(StunAttribute.Lifetime, this.#timing.lifetime / 1000);
        if (this.#options.family === 6) writer.uint32(StunAttribute.RequestedAddressFamily, 2 << 24);
      },
      succeeded: (at, response) => this.#allocated(at, response),
      failed: (_at, code, response) => this.#allocationRefused(code, response),
    });
  }

  #allocated(now: number, response: StunMessage): void {
    const relayed = response.xorAddress(StunAttribute.XorRelayedAddress);
    const lifetime = response.uint32(StunAttribute.Lifetime);
    if (relayed === undefined || relayed.port === 0 || !lifetime) {
      this.#fail(500, 'the server named no relayed address');
      return;
    }
    this.#state = 'allocated';
    this.#renewIn(now, lifetime);
    this.#events.push({ type: 'allocated', relayed, mapped: response.xorAddress() });
  }

  #renewIn(now: number, lifetimeSeconds: number): void {
    const lifetime = lifetimeSeconds * 1000;
    this.#refreshAt = now + Math.max(lifetime / 2, lifetime - 60_000);
  }

  #allocationRefused(code: number, response: StunMessage | undefined): void {
    const server = code === 300 ? alternateServer(response) : undefined;
    if (server === undefined) {
      this.#fail(code, code === 0 ? 'the server does not answer' : (response?.errorReason ?? ''));
      return;
    }
    this.#end('failed');
    this.#events.push({ type: 'redirected', server });
  }

  #fail(code: number, reason: string): void {
    this.#end('failed');
    this.#events.push({ type: 'failed', code, reason });
  }

  #end(state: 'failed' | 'closed'): void {
    this.#state = state;
    this.#refreshAt = Number.POSITIVE_INFINITY;
    this.#requests.clear();
    this.#peers.clear();
  }

  /**
   * Relays a datagram to a peer. A first one waits for the permission. False when it was dropped: no allocation, another
   * family, refused, too long, too many.
   */
  send(now: number, address: string, port: number, data: Uint8Array): boolean {
    const sent =
      this.#state === 'allocated' &&
      data.length <= TURN_LIMITS.datagram &&
      this.#relay(now, address, port, data);
    if (!sent) this.counters.dropped++;
    return sent;
  }

  #relay(now: number, address: string, port: number, data: Uint8Array): boolean {
    const channel = this.#peers.channel(address, port);
    if (channel?.state === 'bound') {
      channel.lastUsed = now;
      const permission = this.#peers.permission(address);
      if (permission) permission.lastUsed = now;
      this.#transmit(now, writeChannelData(channel.number, data, this.#options.reliable));
      return true;
    }
    const permission = this.#peers.permission(address) ?? this.#askPermission(now, address);
    if (permission === undefined) return false;
    permission.lastUsed = now;
    if (permission.state === 'asked') return this.#peers.enqueue(permission, address, port, data);
    if (permission.state === 'granted') {
      this.#sendIndication(now, permission.ip, port, data);
      return true;
    }
    if (now < permission.nextAt) return false;
    this.#peers.removePermission(permission);
    return this.#relay(now, address, port, data);
  }

  #sendIndication(now: number, ip: Uint8Array, port: number, data: Uint8Array): void {
    this.#transmit(now, writeSendIndication(this.#options.randomBytes(12), ip, port, data));
  }

  #askPermission(now: number, address: string): Permission | undefined {
    const ip = peerIp(address, this.#options.family ?? 4);
    const permission = ip && this.#peers.addPermission(now, address, ip);
    if (permission) this.#requestPermission(now, permission);
    return permission;
  }

  #requestPermission(now: number, permission: Permission): void {
    permission.nextAt = Number.POSITIVE_INFINITY;
    this.#requests.send(now, {
      method: StunMethod.CreatePermission,
      fill: (writer) => writer.xorAddress(StunAttribute.XorPeerAddress, permission.ip, 0),
      succeeded: (at) => this.#permissionGranted(at, permission),
      failed: (at, code) => this.#permissionRefused(at, permission, code),
    });
  }

  #permissionGranted(now: number, permission: Permission): void {
    this.#peers.granted(now, permission);
    for (const { address, port, data } of this.#peers.takeQueue(permission))
      this.#relay(now, address, port, data);
  }

  #permissionRefused(now: number, permission: Permission, code: number): void {
    this.#peers.refused(now, permission);
    if (this.#allocationIsGone(code)) return;
    this.#events.push({ type: 'refused', address: permission.address, code });
  }

  /** 437: the server knows nothing of our allocation. */
  #allocationIsGone(code: number): boolean {
    if (code !== 437) return false;
    this.#fail(code, 'the allocation is gone');
    return true;
  }

  /** Binds a channel, which saves 32 of 36 bytes on each datagram. Until it is there, and if it can't be, indications do. */
  bindChannel(now: number, address: string, port: number): void {
    if (this.#state !== 'allocated' || this.#peers.channel(address, port) !== undefined) return;
    const ip = peerIp(address, this.#options.family ?? 4);
    const channel = ip && this.#peers.addChannel(now, address, port, ip);
    if (channel) this.#requestChannel(now, channel);
  }

  #requestChannel(now: number, channel: ChannelBinding): void {
    channel.nextAt = Number.POSITIVE_INFINITY;
    this.#requests.send(now, {
      method: StunMethod.ChannelBind,
      fill: (writer) =>
        writer
          .uint32(StunAttribute.ChannelNumber, channel.number << 16)
          .xorAddress(StunAttribute.XorPeerAddress, channel.ip, channel.port),
      succeeded: (at) => this.#peers.bound(at, channel),
      failed: (_at, code) => {
        this.#peers.removeChannel(channel);
        this.#allocationIsGone(code);
      },
    });
  }

  /**
   * Takes one message of the server and gives the datagram that a peer sent, if it is one. `data` of it lies in the
   * message.
   */
  receive(now: number, message: Uint8Array): RelayedDatagram | undefined {
    if (this.#state === 'closed' || this.#state === 'failed') return undefined;
    if (isChannelData(message)) return this.#channelData(message);
    const stun = parseStun(message);
    if (stun === undefined || stun.messageClass === StunClass.Request) {
      this.counters.ignored++;
      return undefined;
    }
    if (stun.messageClass === StunClass.Indication) return this.#indication(stun);
    if (!this.#requests.handle(now, stun)) this.counters.ignored++;
    return undefined;
  }

  #channelData(message: Uint8Array): RelayedDatagram | undefined {
    const parsed = parseChannelData(message);
    const channel = parsed && this.#peers.channelByNumber(parsed.channel);
    if (parsed === undefined || channel === undefined) {
      this.counters.ignored++;
      return undefined;
    }
    return { address: channel.address, port: channel.port, data: parsed.data };
  }

  #indication(message: StunMessage): RelayedDatagram | undefined {
    const peer = message.xorAddress(StunAttribute.XorPeerAddress);
    const data = message.value(StunAttribute.Data);
    if (
      message.method !== StunMethod.Data ||
      message.unknownRequired ||
      peer === undefined ||
      data === undefined ||
      this.#peers.permission(peer.address) === undefined
    ) {
      this.counters.ignored++;
      return undefined;
    }
    return { ...peer, data };
  }

  /** When `handleTimeout` wants to be called; Infinity = not at all. */
  nextTimeout(): number {
    if (this.#state === 'closed' || this.#state === 'failed') return Number.POSITIVE_INFINITY;
    const next = Math.min(this.#requests.nextTimeout(), this.#refreshAt, this.#peers.nextTimeout());
    return this.#state === 'allocated' ? Math.min(next, this.#keepaliveAt) : next;
  }

  get #keepaliveAt(): number {
    return this.#options.reliable ? Number.POSITIVE_INFINITY : this.#lastSent + this.#timing.keepalive;
  }

  handleTimeout(now: number): void {
    if (this.#state === 'closed' || this.#state === 'failed') return;
    this.#requests.handleTimeout(now);
    if (this.#state !== 'allocated') return;
    if (this.#refreshAt <= now) this.#refresh(now);
    for (const permission of [...this.#peers.permissions]) this.#renewPermission(now, permission);
    for (const channel of [...this.#peers.channels]) this.#renewChannel(now, channel);
    if (this.#keepaliveAt <= now) {
      this.#transmit(
        now,
        writeIndication(StunMethod.Binding, this.#options.randomBytes(12), () => {}),
      );
    }
  }

  #renewPermission(now: number, permission: Permission): void {
    if (permission.nextAt > now) return;
    const idle = now - permission.lastUsed >= this.#timing.idle;
    if (permission.state === 'granted' && !idle) this.#requestPermission(now, permission);
    else this.#peers.removePermission(permission);
  }

  #renewChannel(now: number, channel: ChannelBinding): void {
    if (channel.nextAt > now) return;
    if (now - channel.lastUsed >= this.#timing.idle) this.#peers.removeChannel(channel);
    else this.#requestChannel(now, channel);
  }

  #refresh(now: number): void {
    this.#refreshAt = Number.POSITIVE_INFINITY;
    this.#requests.send(now, {
      method: StunMethod.Refresh,
      fill: (writer) => writer.uint32(StunAttribute.Lifetime, this.#timing.lifetime / 1000),
      succeeded: (at, response) => {
        const lifetime = response.uint32(StunAttribute.Lifetime);
        if (lifetime) this.#renewIn(at, lifetime);
        else this.#fail(437, 'the allocation is gone');
      },
      failed: (_at, code, response) =>
        this.#fail(code, code === 0 ? 'the server does not answer any more' : (response?.errorReason ?? '')),
    });
  }

  /** Gives the allocation back: what is to be sent then is the last. */
  close(now: number): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'allocated') {
      this.#requests.send(now, {
        method: StunMethod.Refresh,
        fill: (writer) => writer.uint32(StunAttribute.Lifetime, 0),
        ...unanswered,
      });
    }
    this.#end('closed');
    this.#events = [];
  }

  #transmit(now: number, data: Uint8Array): void {
    this.#lastSent = now;
    this.#transmits.push(data);
  }

  /** Messages for the server: datagrams over UDP, otherwise parts of the stream. */
  takeTransmits(): readonly Uint8Array[] {
    const transmits = this.#transmits;
    if (transmits.length > 0) this.#transmits = [];
    return transmits;
  }

  takeEvents(): readonly TurnEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }
}

/** Bytes of a canonical address to which can be relayed. */
function peerIp(address: string, family: 4 | 6): Uint8Array | undefined {
  const ip = parseIp(address);
  const fits =
    ip && ip.length === (family === 4 ? 4 : 16) && isUnicast(ip) && canonicalIp(address) === address;
  return fits ? ip : undefined;
}

/** ALTERNATE-SERVER is written like MAPPED-ADDRESS (RFC 8489 section 14.15). */
function alternateServer(response: StunMessage | undefined): TransportAddress | undefined {
  const server = response?.plainAddress(StunAttribute.AlternateServer);
  return server !== undefined && server.port !== 0 && isUnicast(parseIp(server.address)!)
    ? server
    : undefined;
}
