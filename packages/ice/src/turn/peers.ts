import { FIRST_CHANNEL, LAST_CHANNEL } from './channel-data.js';
import { TURN_LIMITS, type TurnTiming } from './types.js';

export interface QueuedDatagram {
  address: string;
  port: number;
  data: Uint8Array;
}

/** Leave to send to an address, whatever the port (RFC 8656 section 9). */
export interface Permission {
  readonly address: string;
  readonly ip: Uint8Array;
  state: 'asked' | 'granted' | 'refused';
  /** When to renew it; of a refused one when it may be asked for again. */
  nextAt: number;
  lastUsed: number;
  readonly queue: QueuedDatagram[];
}

/** A short name for a peer's address and port (RFC 8656 section 12). */
export interface ChannelBinding {
  readonly number: number;
  readonly address: string;
  readonly port: number;
  readonly ip: Uint8Array;
  state: 'asked' | 'bound';
  nextAt: number;
  lastUsed: number;
}

const peerKey = (address: string, port: number) => `${port} ${address}`;

/** Permissions and channels of one allocation, bounded. */
export class TurnPeers {
  readonly #timing: TurnTiming;
  readonly #permissions = new Map<string, Permission>();
  readonly #byPeer = new Map<string, ChannelBinding>();
  readonly #byNumber = new Map<number, ChannelBinding>();
  /** A number is never given to a second peer: the server would refuse it for a while. */
  #nextChannel = FIRST_CHANNEL;
  #queued = 0;

  constructor(timing: TurnTiming) {
    this.#timing = timing;
  }

  get permissions(): IterableIterator<Permission> {
    return this.#permissions.values();
  }

  get channels(): IterableIterator<ChannelBinding> {
    return this.#byNumber.values();
  }

  permission(address: string): Permission | undefined {
    return this.#permissions.get(address);
  }

  channel(address: string, port: number): ChannelBinding | undefined {
    return this.#byPeer.get(peerKey(address, port));
  }

  channelByNumber(number: number): ChannelBinding | undefined {
    return this.#byNumber.get(number);
  }

  /** undefined when there is no room: then those unused for longest do not give way, as they may be in use by the peer. */
  addPermission(now: number, address: string, ip: Uint8Array): Permission | undefined {
    if (this.#permissions.size >= TURN_LIMITS.permissions) return undefined;
    const permission: Permission = {
      address,
      ip,
      state: 'asked',
      nextAt: Number.POSITIVE_INFINITY,
      lastUsed: now,
      queue: [],
    };
    this.#permissions.set(address, permission);
    return permission;
  }

  granted(now: number, permission: Permission): void {
    permission.state = 'granted';
    permission.nextAt = now + this.#timing.permissionRefresh;
  }

  refused(now: number, permission: Permission): void {
    permission.state = 'refused';
    permission.nextAt = now + this.#timing.refusal;
    this.takeQueue(permission);
  }

  removePermission(permission: Permission): void {
    this.takeQueue(permission);
    this.#permissions.delete(permission.address);
  }

  /** Keeps a copy until the permission is there; false when there is no room. */
  enqueue(permission: Permission, address: string, port: number, data: Uint8Array): boolean {
    if (permission.queue.length >= TURN_LIMITS.queuedPerPeer || this.#queued >= TURN_LIMITS.queued)
      return false;
    permission.queue.push({ address, port, data: data.slice() });
    this.#queued++;
    return true;
  }

  takeQueue(permission: Permission): QueuedDatagram[] {
    const queue = permission.queue.splice(0);
    this.#queued -= queue.length;
    return queue;
  }

  /** undefined when there is no room or no number left. */
  addChannel(now: number, address: string, port: number, ip: Uint8Array): ChannelBinding | undefined {
    if (this.#byNumber.size >= TURN_LIMITS.channels || this.#nextChannel > LAST_CHANNEL) return undefined;
    const channel: ChannelBinding = {
      number: this.#nextChannel++,
      address,
      port,
      ip,
      state: 'asked',
      nextAt: Number.POSITIVE_INFINITY,
      lastUsed: now,
    };
    this.#byPeer.set(peerKey(address, port), channel);
    this.#byNumber.set(channel.number, channel);
    return channel;
  }

  bound(now: number, channel: ChannelBinding): void {
    channel.state = 'bound';
    channel.nextAt = now + this.#timing.channelRefresh;
  }

  removeChannel(channel: ChannelBinding): void {
    this.#byPeer.delete(peerKey(channel.address, channel.port));
    this.#byNumber.delete(channel.number);
  }

  nextTimeout(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { nextAt } of this.#permissions.values()) next = Math.min(next, nextAt);
    for (const { nextAt } of this.#byNumber.values()) next = Math.min(next, nextAt);
    return next;
  }

  clear(): void {
    this.#permissions.clear();
    this.#byPeer.clear();
    this.#byNumber.clear();
    this.#queued = 0;
  }
}
