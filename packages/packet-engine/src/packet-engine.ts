import { loadAddon, type NativeEngine } from './addon.js';
import { coded, EngineError } from './errors.js';
import { ADDRESS_STRIDE, BATCH_SIZE, Descriptor, FIRST_VIRTUAL_SOCKET, Outbox } from './layout.js';
import { type MasterKeyIdentifiers, NO_MKI, profileNumber, type SrtpProfile } from './srtp-profile.js';

export interface PacketEngineOptions {
  /** Slots of SLOT_SIZE bytes, a power of two from 128: receive ring and retransmission cache in one. 8192. */
  slots?: number;
  /** 4096 */
  maxSessions?: number;
  /** 16384 */
  maxConsumers?: number;
  /** Entries of one flush. 65536 */
  maxCommands?: number;
  /** SSRCs that one peer may send, RTP and RTCP counted apart. 64 */
  maxSsrcsPerSession?: number;
  /** Let the kernel cut joined packets to one receiver (UDP_SEGMENT) where it can. true */
  gso?: boolean;
  /**
   * Native threads, at most 64, that encrypt and send what large flushes (512 commands and more) hold, each for sessions
   * of its own. They are started when they are needed first. 0: all is done on the caller's thread. 0
   */
  senderThreads?: number;
  /**
   * RTP and RTCP of one session that proved to be genuine, in a second and at once; and as many of its STUN and DTLS
   * datagrams. More are dropped. 0: any number. 0
   */
  maxPacketsPerSecond?: number;
  /** STUN from one address (IPv6: /64) that is no session's; from all of them together 20 times as much. 0: any. 0 */
  maxStunPerSecond?: number;
  /**
   * Called with the number of descriptors, at most BATCH_SIZE. What it throws is an uncaught exception.
   * Slots of RTP packets stay valid afterwards until their receive number changes.
   */
  onBatch: (count: number) => void;
  /**
   * Called with everything that leaves by a virtual socket. `data` is valid during the call only. It must not throw, and
   * not call `flush`, `sendRtcp` or `receiveVirtual`. Without it such packets are dropped.
   */
  onVirtualSend?: VirtualSend;
}

export type VirtualSend = (socket: number, address: string, port: number, data: Uint8Array) => void;

/** What proves to `latchRemote` that a source is the peer. */
export interface LatchOptions {
  /** RTP with one of these. */
  payloadTypes: readonly number[];
  /** RTCP. */
  rtcp: boolean;
  /** Other sources must differ in the port only. false */
  sameAddress?: boolean;
}

interface Remote {
  socket: number;
  address: string;
  port: number;
}

export interface SourceAddress {
  socket: number;
  address: string;
  port: number;
  family: 4 | 6;
}

/**
 * Sockets, SRTP and batched system calls for many sessions; all decisions about RTP are made by its user through the
 * shared typed arrays (see layout.ts). One thread decides; with `senderThreads` others encrypt and send, which shows in two
 * places only: see `flush` and `settle`. Several engines in one process are independent of each other.
 *
 * Methods throw EngineError: INVALID_ARGUMENT for numbers that are not in use and values out of range, SESSION_LIMIT,
 * CONSUMER_LIMIT, CLOSED and what addSocket names.
 */
export class PacketEngine {
  readonly slab: Uint8Array;
  readonly slabView: DataView;
  /** Descriptor fields of the packets of the batch. */
  readonly descriptors: Int32Array;
  /** Sources of the packets of the batch, ADDRESS_STRIDE bytes each. */
  readonly addresses: Uint8Array;
  /** SlotMeta fields of every slot. */
  readonly slotMeta: Uint32Array;
  /** Command fields; written by the user before flush. */
  readonly commands: Int32Array;
  /** ConsumerRecord fields. */
  readonly consumers: Uint32Array;
  /** The same memory, for the extension templates. */
  readonly consumerBytes: Uint8Array;
  /** SentRing fields of every session. */
  readonly sent: Uint32Array;
  readonly #counters: Float64Array;
  readonly #threaded: boolean;

  readonly #native: NativeEngine;
  readonly #onBatch: (count: number) => void;
  readonly #onVirtualSend: VirtualSend;
  readonly #outbox: Uint8Array;
  readonly #outboxRecords: Uint32Array;
  /** Destinations on virtual sockets, by session. */
  readonly #virtualRemotes = new Map<number, Remote>();
  /** What may not be called from within a callback. */
  #inBatch = false;
  #inVirtualSend = false;

  constructor(options: PacketEngineOptions) {
    this.#onBatch = (count) => {
      this.#inBatch = true;
      try {
        options.onBatch(count);
      } finally {
        this.#inBatch = false;
      }
    };
    this.#onVirtualSend = options.onVirtualSend ?? (() => {});
    this.#native = coded(
      () =>
        new (loadAddon().Engine)(
          options.slots ?? 8192,
          options.maxSessions ?? 4096,
          options.maxConsumers ?? 16384,
          options.maxCommands ?? 65536,
          options.maxSsrcsPerSession ?? 64,
          options.gso ?? true,
          options.senderThreads ?? 0,
          options.maxPacketsPerSecond ?? 0,
          options.maxStunPerSecond ?? 0,
        ),
    );
    this.#threaded = (options.senderThreads ?? 0) > 0;
    const shared = this.#native.sharedBuffers();
    this.slab = new Uint8Array(shared.slab);
    this.slabView = new DataView(shared.slab);
    this.descriptors = new Int32Array(shared.descriptors);
    this.addresses = new Uint8Array(shared.addresses);
    this.slotMeta = new Uint32Array(shared.slotMeta);
    this.commands = new Int32Array(shared.commands);
    this.consumers = new Uint32Array(shared.consumers);
    this.consumerBytes = new Uint8Array(shared.consumers);
    this.sent = new Uint32Array(shared.sent);
    this.#counters = new Float64Array(shared.counters);
    this.#outbox = new Uint8Array(shared.outbox);
    this.#outboxRecords = new Uint32Array(shared.outboxRecords);
  }

  /** Counter fields: of sender threads what they have finished. The array stays the same, its values are brought up to date here. */
  get counters(): Float64Array {
    if (this.#threaded) this.#native.collectCounters();
    return this.#counters;
  }

  /**
   * Opens and binds a UDP socket; port 0 takes any free one. IPv6 sockets do not take IPv4.
   * @throws EngineError ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, PERMISSION_DENIED, FAMILY_NOT_SUPPORTED,
   *   TOO_MANY_OPEN_FILES, SOCKET_LIMIT (8192), SOCKET_ERROR
   */
  addSocket(address: string, port: number, family: 4 | 6): { socket: number; port: number } {
    if (address.includes(':') !== (family === 6)) {
      throw new EngineError('INVALID_ARGUMENT', `${address} is no IPv${family} address`);
    }
    return coded(() => this.#native.addSocket(address, port));
  }

  /**
   * A socket whose datagrams come by `receiveVirtual` and go to `onVirtualSend`: a TCP listener with all its connections,
   * or a relayed address. Everything else is as with the others: sources are allowed for sessions, media is sent to
   * remote addresses on it.
   * @throws EngineError SOCKET_LIMIT (16384)
   */
  addVirtualSocket(family: 4 | 6): number {
    return coded(() => this.#native.addVirtualSocket(family));
  }

  /**
   * Takes datagrams of one source on a virtual socket through the same demultiplexing and decryption as those of the
   * network, and calls `onBatch` for what is left of them, before it returns.
   * @throws EngineError INVALID_STATE from within `onBatch` or `onVirtualSend`
   */
  receiveVirtual(socket: number, address: string, port: number, datagrams: readonly Uint8Array[]): void {
    this.#outsideOfCallbacks(this.#inBatch || this.#inVirtualSend);
    for (let start = 0; start < datagrams.length; start += BATCH_SIZE) {
      const part = datagrams.length <= BATCH_SIZE ? datagrams : datagrams.slice(start, start + BATCH_SIZE);
      const count = coded(() => this.#native.receiveVirtual(socket, address, port, part));
      if (count === 0) continue;
      this.#onBatch(count);
      for (let early = this.#native.receiveEarly(); early > 0; early = this.#native.receiveEarly()) {
        this.#onBatch(early);
      }
    }
  }

  #outsideOfCallbacks(inside: boolean): void {
    if (inside)
      throw new EngineError('INVALID_STATE', 'not possible from within a callback of the packet engine');
  }

  /** Hands over what was made for virtual sockets. */
  #deliverOutbox(): void {
    const records = this.#outboxRecords;
    const count = records[Outbox.Count]!;
    this.#inVirtualSend = true;
    try {
      for (let i = 0; i < count; i++) {
        const at = Outbox.FirstRecord + i * Outbox.RecordStride;
        const remote = this.#virtualRemotes.get(records[at + Outbox.Session]!);
        if (remote === undefined) continue;
        const start = i * Outbox.PacketStride;
        const data = this.#outbox.subarray(start, start + records[at + Outbox.Length]!);
        this.#onVirtualSend(remote.socket, remote.address, remote.port, data);
      }
    } finally {
      records[Outbox.Count] = 0;
      this.#inVirtualSend = false;
    }
  }

  /** Also forgets the remote addresses of this socket. Nothing happens when there is no such socket. */
  removeSocket(socket: number): void {
    coded(() => this.#native.removeSocket(socket));
    if (socket < FIRST_VIRTUAL_SOCKET) return;
    for (const [session, remote] of this.#virtualRemotes) {
      if (remote.socket === socket) this.#virtualRemotes.delete(session);
    }
  }

  /** Begins to receive; keeps the event loop alive until close. */
  start(): void {
    coded(() => this.#native.start(this.#onBatch));
  }

  /** Closes the sockets and wipes all keys. Idempotent. */
  close(): void {
    this.#native.close();
  }

  addSession(): number {
    return coded(() => this.#native.addSession());
  }

  /** Wipes the keys. Consumers that still send to it lose their session. */
  removeSession(session: number): void {
    coded(() => this.#native.removeSession(session));
    this.#virtualRemotes.delete(session);
  }

  /**
   * Takes SRTP, SRTCP and DTLS from this source for the session. A source that another session had is taken over.
   * Returns false when the session has 64 sources already.
   */
  allowRemote(session: number, socket: number, address: string, port: number): boolean {
    return coded(() => this.#native.allowRemote(session, socket, address, port));
  }

  /** Nothing happens when the source is another session's. */
  disallowRemote(session: number, socket: number, address: string, port: number): void {
    coded(() => this.#native.disallowRemote(session, socket, address, port));
  }

  /** Where media is sent from now on. */
  setRemote(session: number, socket: number, address: string, port: number): void {
    coded(() => this.#native.setRemote(session, socket, address, port));
    if (socket < FIRST_VIRTUAL_SOCKET) this.#virtualRemotes.delete(session);
    else this.#virtualRemotes.set(session, { socket, address, port });
  }

  /** Where RTCP is sent when not to the address of media. Kernel sockets only; ends with the socket. */
  setRtcpRemote(session: number, socket: number, address: string, port: number): void {
    coded(() => this.#native.setRtcpRemote(session, socket, address, port));
  }

  /**
   * Symmetric RTP for peers without ICE (RFC 4961): takes SRTP and SRTCP on this kernel socket from the given source and,
   * as long as nothing valid came from there, from the first other source of something valid. From then on all others are
   * dropped, but the given source takes its right when it speaks. The packet with which that happens has
   * `Descriptor.Latched`. What was allowed on this socket before is forgotten.
   */
  latchRemote(session: number, socket: number, address: string, port: number, options: LatchOptions): void {
    const types = new Uint8Array(16);
    for (const type of options.payloadTypes) types[(type & 0x7f) >> 3]! |= 1 << (type & 7);
    const { sameAddress = false, rtcp } = options;
    coded(() => this.#native.latchRemote(session, socket, address, port, sameAddress, rtcp, types));
  }

  /** Packets come and go as they are: RTP/AVP and RTP/AVPF. Nothing happens when it is so already. */
  setPlain(session: number): void {
    coded(() => this.#native.setPlain(session));
  }

  /** Marks the RTP and RTCP that is sent with a code point of Differentiated Services (RFC 2474). 0 to 63, 0 is none */
  setDscp(session: number, dscp: number): void {
    coded(() => this.#native.setDscp(session, dscp));
  }

  /**
   * Keys followed by salts. Setting the keys that are in use changes nothing; others start all indexes anew.
   * The caller has compared the fingerprint of the peer's certificate before. Packets that came from allowed addresses up
   * to 3 s before (the first 64 of a session, 1024 of all) are decrypted and come as a batch of their own, when the batch
   * in which this is called is over. With MKIs to receive there may be several keys in `receiveKey`, one after the other.
   */
  setSrtpKeys(
    session: number,
    profile: SrtpProfile,
    sendKey: Uint8Array,
    receiveKey: Uint8Array,
    { send, receive }: MasterKeyIdentifiers = {},
  ): void {
    const number = profileNumber(profile);
    const [sendMki, receiveMkis] = [send ?? NO_MKI, receive ?? NO_MKI];
    coded(() => this.#native.setSrtpKeys(session, number, sendKey, receiveKey, sendMki, receiveMkis));
  }

  /**
   * The peer has ended a stream (BYE): its place counts no longer towards maxSsrcsPerSession. Its replay state is
   * kept until another SSRC needs the place.
   */
  resetReceiveStream(session: number, ssrc: number): void {
    coded(() => this.#native.resetReceiveStream(session, ssrc));
  }

  /** A fresh record: all fields 0, no session. */
  addConsumer(): number {
    return coded(() => this.#native.addConsumer());
  }

  removeConsumer(consumer: number): void {
    coded(() => this.#native.removeConsumer(consumer));
  }

  /**
   * Sends what the first commandCount entries of `commands` say, receiver by receiver; for one receiver in the order
   * given. Returns the number of packets made or handed to sender threads; what was dropped is in the counters.
   *
   * The commands may be written anew at once. What was handed over is sent within moments: until `settle` the records of
   * its consumers must not be changed. Slots need no care: they are not received into before they were sent. Everything
   * that changes a session or removes something waits by itself. When more waits than the threads can send in some tens
   * of milliseconds, this waits too.
   */
  flush(commandCount: number): number {
    this.#outsideOfCallbacks(this.#inVirtualSend);
    let made = coded(() => this.#native.flush(commandCount));
    while (this.#outboxRecords[Outbox.Count]! > 0) {
      this.#deliverOutbox();
      made += this.#native.continueFlush();
    }
    return made;
  }

  /** Returns when all that was flushed is sent and counted. */
  settle(): void {
    if (this.#threaded) this.#native.settle();
  }

  /** Until `uncorkRtcp` RTCP is collected, to be sent by as few system calls as possible. */
  corkRtcp(): void {
    this.#native.corkRtcp();
  }

  uncorkRtcp(): void {
    this.#native.uncorkRtcp();
  }

  /** Encrypts and sends a compound RTCP packet. False when it was dropped (see counters). */
  sendRtcp(session: number, buffer: Uint8Array, length: number): boolean {
    this.#outsideOfCallbacks(this.#inVirtualSend);
    const sent = coded(() => this.#native.sendRtcp(session, buffer, length));
    if (this.#outboxRecords[Outbox.Count]! > 0) this.#deliverOutbox();
    return sent;
  }

  /** Sends a datagram as it is (STUN, DTLS). False when it was dropped. */
  sendRaw(socket: number, address: string, port: number, data: Uint8Array): boolean {
    if (socket < FIRST_VIRTUAL_SOCKET) {
      return coded(() => this.#native.sendRaw(socket, address, port, data));
    }
    this.#onVirtualSend(socket, address, port, data);
    return true;
  }

  /** Source of a packet of the current batch. Allocates: for STUN and DTLS. */
  sourceAddress(descriptor: number): SourceAddress {
    const address = coded(() => this.#native.formatAddress(descriptor));
    const offset = descriptor * ADDRESS_STRIDE;
    return {
      socket: this.descriptors[descriptor * Descriptor.Stride + Descriptor.Socket]!,
      address,
      port: (this.addresses[offset + 2]! << 8) | this.addresses[offset + 3]!,
      family: this.addresses[offset] === 6 ? 6 : 4,
    };
  }
}
