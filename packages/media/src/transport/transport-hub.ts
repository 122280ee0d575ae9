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
} from '@rivero/packet-engine';
import type { Logger } from 'pino';
import { randomBytes } from '../runtime/random.js';
import type { Scheduler } from '../runtime/scheduler.js';
import { Forwarder } from '../streams/forwarder.js';
import { type LocalAddress, selectAddresses } from './local-addresses.js';

/** One UDP socket of the worker. */
export interface LocalSocket extends LocalAddress {
  socket: number;
  port: number;
}

/** Who gets the packets of a session of the packet engine. */
export interface PacketReceiver {
  /** STUN from anywhere, found by session, ufrag or transaction. `data` is valid during the call only. */
  onStun(data: Uint8Array, socket: number, address: string, port: number, nowMs: number): void;
  /** DTLS from an address that ICE has validated. `data` is valid during the call only. */
  onDtls(data: Uint8Array, socket: number, address: string, port: number, nowMs: number): void;
  /** Decrypted RTP: `at` is the place of the packet's descriptor. */
  onRtp(descriptors: Int32Array, at: number, nowMs: number): void;
  onRtcp(slot: number, length: number, nowMs: number): void;
  /** The batch is over: what was put off can be sent. */
  onBatchEnd(nowMs: number): void;
}

export interface Certificates {
  RSA: DtlsCertificate;
  ECDSA: DtlsCertificate;
}

/** How many ports are tried when any free one will do. */
const PORT_ATTEMPTS = 20;

/**
 * The worker's door to the network: the packet engine, one UDP port for all endpoints on each local address, and the
 * distribution of what arrives (RFC 7983): known addresses by the engine's session, first requests by ICE username
 * fragment, responses by the tag in their transaction id.
 */
export class TransportHub {
  readonly engine: PacketEngine;
  readonly forwarder: Forwarder;
  readonly #configuration: MediaConfiguration;
  readonly #log: Logger;
  readonly #receivers: (PacketReceiver | undefined)[] = [];
  readonly #byUfrag = new Map<string, PacketReceiver>();
  readonly #byTag = new Map<number, PacketReceiver>();
  readonly #touched = new Set<PacketReceiver>();
  readonly #sockets: LocalSocket[] = [];
  #port = 0;
  #closed = false;
  readonly #fingerprints: Partial<Record<keyof Certificates, string>> = {};
  /** STUN that belongs to nobody. */
  unknownStun = 0;
  /** Packets whose handling threw: defects. */
  failures = 0;

  constructor(
    configuration: MediaConfiguration,
    readonly scheduler: Scheduler,
    readonly certificates: Certificates,
    log: Logger,
  ) {
    this.#configuration = configuration;
    this.#log = log;
    this.engine = new PacketEngine({
      slots: slotsFor(configuration.historyBytes),
      gso: configuration.gso,
      maxSsrcsPerSession: configuration.maxSsrcsPerEndpoint,
      onBatch: (count) => this.#onBatch(count),
    });
    this.forwarder = new Forwarder(this.engine);
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

  get sockets(): readonly LocalSocket[] {
    return this.#sockets;
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

  /** Binds addresses that came up since; the ones that are gone stay harmless. */
  refreshAddresses(): void {
    for (const address of this.#addresses()) {
      if (this.#sockets.some((known) => known.address === address.address)) continue;
      try {
        this.#bind(address, this.#port);
        this.#log.info({ address: address.address, port: this.#port }, 'listening on a new address');
      } catch (error) {
        this.#log.warn({ err: error, address: address.address }, 'cannot listen on a new address');
      }
    }
  }

  #addresses(): LocalAddress[] {
    return selectAddresses(networkInterfaces(), this.#configuration);
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
    if (receiver !== undefined) this.#touched.delete(receiver);
    this.engine.removeSession(session);
  }

  /** Has first requests for a username fragment given to the receiver. */
  addUfrag(ufrag: string, receiver: PacketReceiver): void {
    this.#byUfrag.set(ufrag, receiver);
  }

  removeUfrag(ufrag: string): void {
    this.#byUfrag.delete(ufrag);
  }

  /** A tag for transaction ids by which responses find the receiver. */
  addTag(receiver: PacketReceiver): number {
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
    this.forwarder.flush();
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
    if (this.failures <= 10) this.#log.error({ err: error }, 'handling a packet failed');
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
    if (kind === PacketKind.Rtp) receiver.onRtp(descriptors, at, now);
    else receiver.onRtcp(descriptors[at + Descriptor.Slot]!, descriptors[at + Descriptor.Length]!, now);
  }

  #onControl(index: number, at: number, kind: number, known: PacketReceiver | undefined, now: number): void {
    const start = this.engine.descriptors[at + Descriptor.Slot]! * SLOT_SIZE;
    const data = this.engine.slab.subarray(start, start + this.engine.descriptors[at + Descriptor.Length]!);
    const source = this.engine.sourceAddress(index);
    if (kind === PacketKind.Dtls) {
      known?.onDtls(data, source.socket, source.address, source.port, now);
      return;
    }
    const receiver = this.#stunReceiver(data) ?? known;
    if (receiver === undefined) this.unknownStun++;
    else receiver.onStun(data, source.socket, source.address, source.port, now);
  }

  /** Several endpoints may share one remote address (two calls of one NAT): the message decides, the address does not. */
  #stunReceiver(data: Uint8Array): PacketReceiver | undefined {
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
