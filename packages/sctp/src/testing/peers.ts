import { EmulatedNetwork, type EmulatedNetworkOptions } from '@rivero/network-emulator';
import { DataChannelPeer } from '../datachannel/peer.js';
import type { DataChannelEvent, DataChannelPeerOptions } from '../datachannel/types.js';
import { seededBytes } from './random.js';

export type PeerSettings = Partial<Omit<DataChannelPeerOptions, 'role'>>;

export function peer(role: 'client' | 'server', settings: PeerSettings = {}): DataChannelPeer {
  return new DataChannelPeer({
    role,
    localPort: 5000,
    remotePort: 5000,
    randomBytes: seededBytes(role === 'client' ? 11 : 22),
    ...settings,
  });
}

/** Two peers with a network between them; their events are collected as they come. */
export class PeerPair {
  readonly client: DataChannelPeer;
  readonly server: DataChannelPeer;
  readonly network: EmulatedNetwork;
  readonly clientEvents: DataChannelEvent[] = [];
  readonly serverEvents: DataChannelEvent[] = [];

  constructor(network: EmulatedNetworkOptions = {}, settings: PeerSettings = {}, serverSettings = settings) {
    this.client = peer('client', settings);
    this.server = peer('server', serverSettings);
    this.network = new EmulatedNetwork([this.client, this.server], network);
  }

  get now(): number {
    return this.network.now;
  }

  /** Runs the network until `done` holds; false after `limit` milliseconds of simulated time. */
  until(done: () => boolean, limit = 60_000): boolean {
    return this.network.run(() => {
      this.clientEvents.push(...this.client.takeEvents());
      this.serverEvents.push(...this.server.takeEvents());
      return done();
    }, limit);
  }

  pass(milliseconds: number): void {
    this.until(() => false, milliseconds);
  }

  /** Both sides set up. */
  connect(): this {
    this.client.start(this.now);
    this.server.start(this.now);
    if (!this.until(() => this.client.state === 'connected' && this.server.state === 'connected')) {
      throw new Error('the association was not set up');
    }
    return this;
  }

  /** A channel of the client that both sides know. */
  open(options: Parameters<DataChannelPeer['open']>[1] = { label: 'test' }): number {
    const id = this.client.open(this.now, options);
    const isOpen = (peer: DataChannelPeer): boolean => peer.channel(id)?.state === 'open';
    if (!this.until(() => isOpen(this.client) && isOpen(this.server))) {
      throw new Error('the channel was not opened');
    }
    return id;
  }

  /** Texts that the server got on a channel. */
  received(id: number): string[] {
    return messages(this.serverEvents, id).map((data) => Buffer.from(data).toString());
  }
}

export function messages(events: readonly DataChannelEvent[], id: number): Uint8Array[] {
  return events.flatMap((event) => (event.type === 'message' && event.id === id ? [event.data] : []));
}

export function count(events: readonly DataChannelEvent[], type: DataChannelEvent['type']): number {
  return events.filter((event) => event.type === type).length;
}
