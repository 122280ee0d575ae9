import { SctpError } from '../errors.js';
import type { InboundMessage } from '../receive/reassembly.js';
import { SendQueue } from '../send/send-queue.js';
import {
  DEFAULT_MAX_MESSAGE_SIZE,
  DEFAULT_MTU,
  defaultLimits,
  defaultTiming,
  type SctpLimits,
  type SctpTiming,
} from '../settings.js';
import { type Chunk, checksumFits, type Packet, PacketWriter, parsePacket } from '../wire/packet.js';
import { writeParameter } from '../wire/parameters.js';
import { CauseCode, ChunkType, TAG_REFLECTED } from '../wire/types.js';
import type { Agreement } from './agreement.js';
import { ChunkHandler, type Failure } from './chunk-handler.js';
import { Handshake } from './handshake.js';
import { Output } from './output.js';
import { Teardown } from './teardown.js';
import { Transmission } from './transmission.js';
import {
  AssociationCounters,
  type AssociationEvent,
  type AssociationOptions,
  type AssociationState,
  type AssociationStatistics,
  type CloseReason,
  type SendOptions,
} from './types.js';

const MAX_EVENTS = 4096;
/** Rather a new packet than a SACK with hardly any gaps at the end of one. */
const MIN_SACK_ROOM = 64;

/**
 * One SCTP association over DTLS (RFC 9260, RFC 8261): packets and times in milliseconds in, packets and a next time
 * out. After every call, send what takeOutgoing gives, take messages and events, and ask nextTimeout.
 *
 * Nothing a peer sends throws; what does not fit is counted and dropped, or ends the association.
 */
export class SctpAssociation {
  readonly counters = new AssociationCounters();
  readonly #options: AssociationOptions;
  readonly #mtu: number;
  readonly #maxMessageSize: number;
  readonly #remoteMaxMessageSize: number;
  readonly #limits: SctpLimits;
  readonly #timing: SctpTiming;
  readonly #output: Output;
  readonly #writer: PacketWriter;
  readonly #handshake: Handshake;
  readonly #teardown: Teardown;
  readonly #chunks: ChunkHandler;
  #queue = new SendQueue();
  #transmission: Transmission | undefined;
  #state: AssociationState = 'new';
  #events: AssociationEvent[] = [];
  /** Bytes of messages queued or not yet acknowledged. */
  #held = 0;
  /** Streams to reset once the association is set up. */
  readonly #earlyResets = new Set<number>();

  /** @throws SctpError INVALID_ARGUMENT */
  constructor(options: AssociationOptions) {
    this.#options = options;
    this.#mtu = (options.mtu ?? DEFAULT_MTU) & ~3;
    this.#maxMessageSize = options.maxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE;
    this.#remoteMaxMessageSize =
      options.remoteMaxMessageSize === 0
        ? Number.POSITIVE_INFINITY
        : (options.remoteMaxMessageSize ?? DEFAULT_MAX_MESSAGE_SIZE);
    const limits = { ...defaultLimits, ...options.limits };
    this.#limits = { ...limits, receiveBuffer: Math.max(limits.receiveBuffer, 2 * this.#maxMessageSize) };
    this.#timing = { ...defaultTiming, ...options.timing };
    checkOptions(options, this.#mtu, this.#limits);
    this.#output = new Output(options, this.#mtu, limits.controlChunks);
    this.#writer = new PacketWriter(this.#mtu, options.localPort, options.remotePort);
    this.#handshake = new Handshake(
      {
        randomBytes: options.randomBytes,
        cookieSecret: options.cookieSecret ?? options.randomBytes(32).slice(),
        features: { partialReliability: true, reconfiguration: true, zeroChecksum: this.#zeroChecksum },
        limits: this.#limits,
        timing: this.#timing,
      },
      this.#output,
    );
    this.#teardown = new Teardown(this.#output, this.#timing.shutdownGuard);
    this.#chunks = new ChunkHandler(this.#output, this.#teardown, this.counters);
  }

  get state(): AssociationState {
    return this.#state;
  }

  /** Streams that messages can be sent on: ids below this; 0 before the association is set up. */
  get outboundStreams(): number {
    return this.#transmission?.agreement.outboundStreams ?? 0;
  }

  get maxStreams(): number {
    return this.#limits.streams;
  }

  /** Undefined before the association is set up. */
  statistics(): AssociationStatistics | undefined {
    const transmission = this.#transmission;
    if (transmission === undefined) return undefined;
    const { sender, receiver } = transmission;
    return {
      roundTripTime: sender.roundTrip.smoothed,
      retransmissionTimeout: sender.roundTrip.rto,
      congestionWindow: sender.congestionWindow,
      bytesInFlight: sender.flight,
      peerWindow: sender.peerWindow,
      localWindow: receiver.window,
      retransmissions: sender.retransmissions,
      abandonedMessages: sender.abandonedMessages,
    };
  }

  /** Sends INIT. Both ends may do so at the same time, as WebRTC has it. */
  start(now: number): void {
    if (this.#state !== 'new') return;
    this.#state = 'connecting';
    this.#handshake.start(now);
  }

  handlePacket(now: number, data: Uint8Array): void {
    this.counters.packetsReceived++;
    this.counters.bytesReceived += data.length;
    const packet = this.#accept(data);
    if (packet === undefined) return;
    this.#chunks.beginPacket();
    for (const chunk of packet.chunks) {
      if (this.#state === 'closed') return;
      if (!this.#handleChunk(now, packet, chunk)) break;
    }
    if (this.#state === 'closed') return;
    this.#transmission?.receiver.endOfPacket(now);
    this.#transmission?.sender.allowBurst();
    this.#poll(now);
  }

  nextTimeout(): number {
    if (this.#state === 'closed') return Number.POSITIVE_INFINITY;
    return Math.min(
      this.#handshake.nextTimeout(),
      this.#teardown.nextTimeout(),
      this.#transmission?.nextTimeout() ?? Number.POSITIVE_INFINITY,
    );
  }

  handleTimeout(now: number): void {
    if (this.#state === 'closed') return;
    if (!this.#handshake.handleTimeout(now)) {
      this.#close('timeout', 'no answer to the set-up');
      return;
    }
    const transmission = this.#transmission;
    if (transmission === undefined) return;
    transmission.handleTimeout(now);
    const inTime = this.#teardown.handleTimeout(now, transmission);
    if (!inTime || transmission.errors > this.#timing.maxRetransmissions) {
      this.#abort({
        reason: 'timeout',
        cause: CauseCode.UserInitiatedAbort,
        detail: 'the peer does not answer',
      });
      return;
    }
    this.#poll(now);
  }

  /** Packets to send. */
  takeOutgoing(now: number): Uint8Array[] {
    const packets = this.#output.takePackets();
    const transmission = this.#transmission;
    if (transmission !== undefined && this.#state !== 'closed') this.#fillPackets(now, transmission, packets);
    for (const packet of packets) this.counters.bytesSent += packet.length;
    this.counters.packetsSent += packets.length;
    return packets;
  }

  /** Messages in order of delivery. They take up the receive window until release is called with their cost. */
  takeMessages(): InboundMessage[] {
    const messages = this.#transmission?.receiver.takeMessages() ?? [];
    this.counters.messagesReceived += messages.length;
    return messages;
  }

  release(cost: number): void {
    this.#transmission?.receiver.release(cost);
  }

  takeEvents(): AssociationEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /**
   * Queues a message of at least one byte; may be called before the association is set up. The bytes are not copied.
   * @throws SctpError INVALID_STATE, INVALID_ARGUMENT, MESSAGE_TOO_LARGE, BUFFER_FULL
   */
  send(now: number, data: Uint8Array, options: SendOptions): void {
    if (this.#state === 'closed' || this.#state === 'shuttingDown') {
      throw new SctpError('INVALID_STATE', 'the association is closed');
    }
    const streams = this.#transmission?.agreement.outboundStreams ?? this.#limits.streams;
    if (data.length === 0 || options.stream >= streams) {
      throw new SctpError('INVALID_ARGUMENT', data.length === 0 ? 'empty message' : 'no such stream');
    }
    if (data.length > this.#remoteMaxMessageSize) {
      throw new SctpError(
        'MESSAGE_TOO_LARGE',
        `${data.length} bytes, the peer takes ${this.#remoteMaxMessageSize}`,
      );
    }
    const full = this.#held + data.length > this.#limits.sendBuffer;
    if (full || this.#queue.messages >= this.#limits.sendMessages) {
      throw new SctpError('BUFFER_FULL', `${this.#held} bytes wait already`);
    }
    this.#held += data.length;
    this.counters.messagesSent++;
    this.#queue.push({
      stream: options.stream,
      protocol: options.protocol,
      data,
      unordered: options.unordered ?? false,
      maxRetransmissions: options.maxRetransmissions ?? Number.POSITIVE_INFINITY,
      expiresAt: now + (options.lifetime ?? Number.POSITIVE_INFINITY),
      control: options.control ?? false,
      sequence: 0,
      taken: 0,
      abandoned: false,
    });
    this.#transmission?.sender.allowBurst();
  }

  /** Bytes queued on a stream and not yet sent. */
  bufferedAmount(stream: number): number {
    return this.#queue.bytesOf(stream);
  }

  /** Bytes queued or sent and not yet acknowledged, over all streams. */
  get totalBuffered(): number {
    return this.#held;
  }

  setBufferedAmountLowThreshold(stream: number, bytes: number): void {
    this.#queue.setLowThreshold(stream, bytes);
  }

  /** Streams whose buffered amount fell to their threshold. */
  takeBufferedAmountLow(): number[] {
    return this.#queue.takeLow();
  }

  /** Resets an outgoing stream once what is queued on it has arrived (RFC 6525); event outgoingReset. */
  resetStream(now: number, stream: number): void {
    this.#earlyResets.add(stream);
    this.#requestResets();
    this.#poll(now);
  }

  /** Gives up what is queued on a stream and not sent. */
  discard(stream: number): void {
    this.#held -= this.#queue.discard(stream);
  }

  /** Ends the association after what is queued has arrived. */
  shutdown(now: number): void {
    if (this.#state === 'closed') return;
    if (this.#transmission === undefined) {
      this.#close('shutdown', '');
      return;
    }
    this.#state = 'shuttingDown';
    this.#teardown.start(now);
    this.#poll(now);
  }

  /** Ends the association at once; the peer is told. */
  abort(detail = ''): void {
    this.#abort({ reason: 'aborted', cause: CauseCode.UserInitiatedAbort, detail });
  }

  get #zeroChecksum(): boolean {
    return this.#options.zeroChecksum ?? true;
  }

  /** Header checks of RFC 9260 sections 6.8 and 8.5; undefined when the packet is dropped. */
  #accept(data: Uint8Array): Packet | undefined {
    const packet = parsePacket(data);
    const first = packet?.chunks[0];
    if (packet === undefined || first === undefined) {
      this.counters.malformed++;
      return undefined;
    }
    if (
      packet.sourcePort !== this.#options.remotePort ||
      packet.destinationPort !== this.#options.localPort
    ) {
      this.counters.badPort++;
      return undefined;
    }
    const withoutChecksum = packet.checksum === 0 && this.#zeroChecksum && packet.tag !== 0;
    if (!withoutChecksum && !checksumFits(data)) {
      this.counters.badChecksum++;
      return undefined;
    }
    if (!this.#tagFits(packet, first)) {
      this.counters.badTag++;
      return undefined;
    }
    if (this.#state === 'closed') {
      // Our SHUTDOWN COMPLETE was lost (section 8.4, rule 5).
      if (first.type === ChunkType.ShutdownAck && this.#teardown.state === 'done') {
        const value = new Uint8Array(0);
        this.#output.packet(packet.tag, { type: ChunkType.ShutdownComplete, flags: TAG_REFLECTED, value });
      }
      return undefined;
    }
    return packet;
  }

  #tagFits({ tag, chunks }: Packet, first: Chunk): boolean {
    if (chunks.some(({ type }) => type === ChunkType.Init)) return tag === 0 && chunks.length === 1;
    // Compared with the tag within the cookie.
    if (first.type === ChunkType.CookieEcho) return true;
    const reflects = first.type === ChunkType.Abort || first.type === ChunkType.ShutdownComplete;
    if (reflects && (first.flags & TAG_REFLECTED) !== 0) {
      return tag === (this.#transmission?.agreement.peerTag ?? this.#handshake.offeredTag);
    }
    return tag === (this.#transmission?.agreement.localTag ?? this.#handshake.localTag);
  }

  /** False when the rest of the packet is not to be looked at. */
  #handleChunk(now: number, packet: Packet, chunk: Chunk): boolean {
    const { type, flags, value } = chunk;
    switch (type) {
      case ChunkType.Init:
        if (this.#teardown.state === 'ackSent') return false;
        this.#count(this.#handshake.handleInit(now, value, this.#transmission?.agreement));
        return false;
      case ChunkType.InitAck:
        this.#count(this.#handshake.handleInitAck(now, value));
        return true;
      case ChunkType.CookieEcho:
        return this.#handleCookieEcho(now, packet.tag, value);
      case ChunkType.CookieAck: {
        const agreement = this.#handshake.handleCookieAck();
        if (agreement !== undefined) this.#established(now, agreement);
        return true;
      }
      case ChunkType.Abort:
        if (this.#transmission === undefined && this.#handshake.state === 'idle') return false;
        this.#close('abortedByPeer', this.#chunks.describeCauses(value));
        return false;
      case ChunkType.Error:
        if (this.#chunks.isStaleCookie(value)) this.#handshake.handleStaleCookie(now);
        return true;
      case ChunkType.ShutdownAck:
        if (this.#teardown.handleShutdownAck()) {
          const tag = this.#transmission?.agreement.peerTag ?? packet.tag;
          this.#close('shutdown', '');
          const complete = { type: ChunkType.ShutdownComplete, flags: 0, value: new Uint8Array(0) };
          this.#output.packet(tag, complete);
        }
        return false;
      case ChunkType.ShutdownComplete:
        if (this.#teardown.handleShutdownComplete()) this.#close('shutdown', '');
        return false;
    }
    const transmission = this.#transmission;
    if (transmission === undefined) return true;
    const result = this.#chunks.handle(now, transmission, type, flags, value);
    if (typeof result === 'object') {
      this.#abort(result);
      return false;
    }
    return result;
  }

  #handleCookieEcho(now: number, tag: number, value: Uint8Array): boolean {
    const result = this.#handshake.handleCookieEcho(now, tag, value, this.#transmission?.agreement);
    if (result.type === 'dropped') {
      this.counters.badTag++;
      return false;
    }
    if (result.type === 'restart') {
      if (this.#teardown.state !== 'none') return false;
      this.#queue = new SendQueue();
      this.#held = 0;
      this.#output.clear();
      this.#earlyResets.clear();
      this.#event({ type: 'restarted' });
    }
    if (result.type === 'established' || result.type === 'restart') this.#established(now, result.agreement);
    this.#output.chunk(ChunkType.CookieAck);
    return true;
  }

  #established(now: number, agreement: Agreement): void {
    this.#transmission = new Transmission(now, {
      agreement,
      queue: this.#queue,
      output: this.#output,
      mtu: this.#mtu,
      maxMessageSize: this.#maxMessageSize,
      limits: this.#limits,
      timing: this.#timing,
      randomBytes: this.#options.randomBytes,
    });
    this.#transmission.sender.allowBurst();
    this.#state = 'connected';
    this.#requestResets();
    this.#event({ type: 'connected' });
  }

  #requestResets(): void {
    if (this.#transmission === undefined) return;
    for (const stream of this.#earlyResets) this.#transmission.reset.reset(stream);
    this.#earlyResets.clear();
  }

  /** What may go on after any input. */
  #poll(now: number): void {
    const transmission = this.#transmission;
    if (transmission === undefined) return;
    this.#held -= this.#chunks.takeReleased() + transmission.sender.takeReleased();
    transmission.reset.poll(now);
    for (const event of transmission.reset.takeEvents()) this.#event(event);
    if (this.#teardown.state === 'received') this.#state = 'shuttingDown';
    this.#teardown.poll(now, transmission);
  }

  #fillPackets(now: number, transmission: Transmission, packets: Uint8Array[]): void {
    const { sender, receiver, agreement } = transmission;
    const withChecksum = !(this.#zeroChecksum && agreement.features.zeroChecksum);
    const writer = this.#writer;
    while (this.#output.hasChunks || receiver.sackDue || sender.wantsToSend) {
      this.#output.fill(writer);
      if (receiver.sackPending && writer.room >= MIN_SACK_ROOM) writer.append(receiver.takeSack(writer.room));
      if (!this.#output.hasChunks) sender.fill(now, writer);
      if (writer.empty) break;
      packets.push(writer.finish(agreement.peerTag, withChecksum));
    }
    this.#held -= sender.takeReleased();
  }

  #abort({ reason, cause, detail }: Failure): void {
    if (this.#state === 'closed') return;
    const tag = this.#transmission?.agreement.peerTag ?? this.#handshake.offeredTag;
    this.#close(reason, detail);
    if (tag === undefined) return;
    const value = writeParameter(cause, new TextEncoder().encode(detail).subarray(0, 256));
    this.#output.packet(tag, { type: ChunkType.Abort, flags: 0, value });
  }

  #close(reason: CloseReason, detail: string): void {
    this.#state = 'closed';
    this.#handshake.stop();
    this.#output.clear();
    this.#queue = new SendQueue();
    this.#held = 0;
    this.#event({ type: 'closed', reason, detail });
  }

  #event(event: AssociationEvent): void {
    if (this.#events.length < MAX_EVENTS || event.type === 'closed') this.#events.push(event);
  }

  #count(wellFormed: boolean): void {
    if (!wellFormed) this.counters.malformed++;
  }
}

function checkOptions(options: AssociationOptions, mtu: number, limits: SctpLimits): void {
  const ports = [options.localPort, options.remotePort];
  if (!ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new SctpError('INVALID_ARGUMENT', 'ports are 1 to 65535');
  }
  if (!(mtu >= 512 && mtu <= 16_384)) throw new SctpError('INVALID_ARGUMENT', 'mtu is 512 to 16384');
  if (!(limits.streams >= 1 && limits.streams <= 65_535)) {
    throw new SctpError('INVALID_ARGUMENT', 'streams are 1 to 65535');
  }
}
