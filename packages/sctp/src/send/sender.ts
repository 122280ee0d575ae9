import { unwrap32 } from '../serial.js';
import type { SctpLimits, SctpTiming } from '../settings.js';
import { DATA_FIELDS, DATA_HEADER, DataFlag, writeDataFields } from '../wire/data.js';
import { writeForwardTsn } from '../wire/forward-tsn.js';
import type { PacketWriter } from '../wire/packet.js';
import type { Sack } from '../wire/sack.js';
import { CHUNK_HEADER, ChunkType, COMMON_HEADER } from '../wire/types.js';
import { CongestionControl } from './congestion.js';
import type { OutboundMessage } from './message.js';
import { Outstanding, type SentChunk } from './outstanding.js';
import { RoundTrip } from './rto.js';
import type { SendQueue } from './send-queue.js';

/** Packets of data that may leave at once (RFC 9260 section 6.1, rule D). */
const MAX_BURST = 4;
/** Rather a new packet than a fragment this short at the end of one. */
const MIN_FRAGMENT = 256;
/** In packets. */
const SMALL_WINDOW = 4;
const NEVER = Number.POSITIVE_INFINITY;

export interface SenderOptions {
  initialTsn: number;
  /** a_rwnd of the peer's INIT. */
  peerWindow: number;
  /** The peer understands FORWARD TSN. */
  partialReliability: boolean;
  mtu: number;
  timing: SctpTiming;
  limits: SctpLimits;
}

export interface SackResult {
  status: 'new' | 'stale' | 'invalid';
  /** The peer got something new or cannot take more: it is alive. */
  alive: boolean;
  /** Bytes of messages that left for good. */
  released: number;
}

/** The sending half: transmission, loss detection, partial reliability, congestion and flow control. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #queue: SendQueue;
  readonly #outstanding: Outstanding;
  readonly #congestion: CongestionControl;
  readonly roundTrip: RoundTrip;
  #peerWindow: number;
  /** One packet may be retransmitted beyond the congestion window (RFC 9260 section 7.2.4, rule 3). */
  #fastRetransmit = false;
  /** Sent although the peer's window is shut. */
  #probe: SentChunk | undefined;
  #forwardDue = false;
  #forwardedTo = -1;
  #forwardedAt = Number.NEGATIVE_INFINITY;
  #retransmitAt = NEVER;
  #burst = 0;
  /** Released by giving up messages, not yet reported. */
  #released = 0;
  retransmissions = 0;
  abandonedMessages = 0;

  constructor(options: SenderOptions, queue: SendQueue) {
    this.#options = options;
    this.#queue = queue;
    this.#outstanding = new Outstanding(options.initialTsn);
    this.#congestion = new CongestionControl(options.mtu - COMMON_HEADER, options.limits.congestionWindow);
    this.roundTrip = new RoundTrip(options.timing);
    this.#peerWindow = options.peerWindow;
  }

  get nextTsn(): number {
    return this.#outstanding.nextTsn;
  }

  get cumulativeAcknowledged(): number {
    return this.#outstanding.cumulative;
  }

  get flight(): number {
    return this.#outstanding.flight;
  }

  get congestionWindow(): number {
    return this.#congestion.window;
  }

  get peerWindow(): number {
    return this.#peerWindow;
  }

  /** Everything queued is sent and acknowledged. */
  get isDone(): boolean {
    return this.#outstanding.isEmpty && !this.#queue.hasNext;
  }

  /** Bytes of messages given up since the last call. */
  takeReleased(): number {
    const released = this.#released + this.#queue.takeExpired();
    this.#released = 0;
    return released;
  }

  /** Something happened that allows another burst. */
  allowBurst(): void {
    this.#burst = MAX_BURST;
  }

  nextTimeout(): number {
    return this.#retransmitAt;
  }

  handleSack(now: number, sack: Sack): SackResult {
    const outstanding = this.#outstanding;
    const flightBefore = outstanding.flight;
    const acknowledged = outstanding.acknowledge(sack, unwrap32(outstanding.cumulative, sack.cumulativeTsn));
    const { status, advanced, highest } = acknowledged;
    if (status !== 'new') return { status, alive: false, released: 0 };
    if (acknowledged.sentAt !== undefined) this.roundTrip.measured(now - acknowledged.sentAt);
    if (highest !== undefined || advanced) this.roundTrip.progressed();
    this.#peerWindow = sack.receiveWindow;
    if (advanced) {
      this.#congestion.acknowledged(
        acknowledged.bytes,
        flightBefore,
        outstanding.cumulative,
        outstanding.isEmpty,
      );
    }
    this.#detectLoss(now, sack, advanced, highest);
    this.#resendProbe(sack);
    this.#advanceAbandoned(now, false);
    if (outstanding.isEmpty) this.#retransmitAt = NEVER;
    else if (advanced) this.#retransmitAt = now + this.roundTrip.rto;
    return {
      status,
      alive: highest !== undefined || advanced || sack.receiveWindow < this.#options.mtu,
      released: acknowledged.released,
    };
  }

  /** T3-rtx (RFC 9260 section 6.3.3). True when it had expired. */
  handleTimeout(now: number): boolean {
    if (now < this.#retransmitAt) return false;
    this.roundTrip.backOff();
    const lost = this.#outstanding.markAllLost();
    if (lost.length > 0) this.#congestion.timedOut();
    this.#probe = undefined;
    this.#abandonExpired(now, lost);
    this.#advanceAbandoned(now, true);
    this.#retransmitAt = this.#outstanding.isEmpty ? NEVER : now + this.roundTrip.rto;
    return true;
  }

  /** Whether fill would probably add something. */
  get wantsToSend(): boolean {
    if (this.#forwardDue) return true;
    if (this.#burst === 0) return false;
    if (this.#outstanding.lostCount > 0) {
      return this.#fastRetransmit || this.#outstanding.flight < this.#congestion.window;
    }
    return this.#queue.hasNext && this.#mayTransmit(DATA_HEADER + 1);
  }

  /** Adds FORWARD TSN, retransmissions and new data to a packet. True when something was added. */
  fill(now: number, packet: PacketWriter): boolean {
    const forwarded = this.#writeForwardTsn(now, packet);
    if (this.#burst === 0) return forwarded;
    const resent = this.#writeLost(now, packet);
    const sent = this.#writeNew(now, packet);
    if (resent || sent) {
      this.#burst--;
      this.#congestion.sent(now);
      if (this.#retransmitAt === NEVER) this.#retransmitAt = now + this.roundTrip.rto;
    }
    return forwarded || resent || sent;
  }

  #detectLoss(now: number, sack: Sack, advanced: boolean, highest: number | undefined): void {
    if (highest === undefined && !advanced) return;
    // In fast recovery, progress makes every chunk count that the SACK reports missing (RFC 9260 section 7.2.4).
    const reported = this.#outstanding.cumulative + (sack.gaps.at(-1) ?? 0);
    const limit = this.#congestion.inRecovery && advanced ? reported : (highest ?? 0);
    const lost = this.#outstanding.countMissing(limit);
    if (lost.length === 0) return;
    if (!this.#congestion.inRecovery) {
      this.#congestion.lost(this.#outstanding.nextTsn - 1);
      this.#fastRetransmit = true;
    }
    this.#abandonExpired(now, lost);
  }

  /** The window opened: what was sent into the shut one was probably dropped. */
  #resendProbe(sack: Sack): void {
    const probe = this.#probe;
    if (probe === undefined || sack.receiveWindow < probe.size) return;
    this.#probe = undefined;
    this.#outstanding.markLost(probe);
  }

  #abandonExpired(now: number, lost: readonly SentChunk[]): void {
    if (!this.#options.partialReliability) return;
    for (const { message, transmissions } of lost) {
      if (message.abandoned) continue;
      if (transmissions > message.maxRetransmissions || now >= message.expiresAt) this.#abandon(now, message);
    }
  }

  #abandon(now: number, message: OutboundMessage): void {
    this.abandonedMessages++;
    const rest = message.data.length - message.taken;
    this.#outstanding.abandon(message);
    if (this.#queue.abandonRest(message)) {
      this.#released += rest;
      this.#outstanding.appendAbandoned(message, now);
    }
  }

  #advanceAbandoned(now: number, timedOut: boolean): void {
    const outstanding = this.#outstanding;
    outstanding.advanceAbandoned();
    if (outstanding.abandonedUpTo <= outstanding.cumulative) return;
    // Sent again when a round trip did not bring it through.
    const repeat = now - this.#forwardedAt >= (this.roundTrip.smoothed ?? this.roundTrip.rto);
    if (timedOut || repeat || outstanding.abandonedUpTo > this.#forwardedTo) this.#forwardDue = true;
  }

  #writeForwardTsn(now: number, packet: PacketWriter): boolean {
    if (!this.#forwardDue) return false;
    const maxStreams = Math.floor((packet.room - CHUNK_HEADER - 4) / 4);
    if (maxStreams < 1) return false;
    this.#forwardDue = false;
    if (this.#outstanding.abandonedUpTo <= this.#outstanding.cumulative) return false;
    packet.append(writeForwardTsn(this.#outstanding.forwardTsn(maxStreams)));
    this.#forwardedTo = this.#outstanding.abandonedUpTo;
    this.#forwardedAt = now;
    if (this.#retransmitAt === NEVER) this.#retransmitAt = now + this.roundTrip.rto;
    return true;
  }

  #writeLost(now: number, packet: PacketWriter): boolean {
    if (this.#outstanding.lostCount === 0) return false;
    let written = false;
    const beyondWindow = this.#fastRetransmit;
    this.#outstanding.forEachLost((chunk) => {
      if (chunk.size > packet.room) return false;
      // The peer's window has room for it: it was there when the chunk was sent first.
      const windowFull = this.#outstanding.flight >= this.#congestion.window;
      if (windowFull && !beyondWindow) return false;
      if (chunk.tsn === this.#outstanding.first()?.tsn) this.#retransmitAt = now + this.roundTrip.rto;
      this.#outstanding.resend(chunk, now);
      this.retransmissions++;
      this.#write(packet, chunk);
      written = true;
      return true;
    });
    if (written) this.#fastRetransmit = false;
    return written;
  }

  #writeNew(now: number, packet: PacketWriter): boolean {
    let written = false;
    while (this.#outstanding.lostCount === 0) {
      const remaining = this.#queue.nextLength(now);
      if (remaining === 0) break;
      if (this.#expire(now)) continue;
      if (this.#outstanding.flight === 0) this.#congestion.restart(now, this.roundTrip.rto);
      const room = packet.room - DATA_HEADER;
      const whole = this.#options.mtu - COMMON_HEADER - DATA_HEADER;
      if (room < Math.min(remaining, MIN_FRAGMENT, whole)) break;
      const length = Math.min(remaining, room);
      if (!this.#mayTransmit(DATA_HEADER + length)) break;
      const piece = this.#queue.take(length);
      if (piece === undefined) break;
      const shut = this.#outstanding.flight + DATA_HEADER + length > this.#peerWindow;
      const chunk = this.#outstanding.send(piece, now);
      if (shut) this.#probe = chunk;
      this.#write(packet, chunk);
      written = true;
    }
    return written;
  }

  /** A message whose time ran out while it was partly sent. */
  #expire(now: number): boolean {
    const message = this.#options.partialReliability ? this.#queue.partlyTaken : undefined;
    if (message === undefined || now < message.expiresAt) return false;
    this.#abandon(now, message);
    this.#advanceAbandoned(now, false);
    return true;
  }

  #mayTransmit(size: number): boolean {
    const flight = this.#outstanding.flight;
    if (flight === 0) return true;
    return flight < this.#congestion.window && flight + size <= this.#peerWindow;
  }

  /** A delayed SACK would hold everything up: a retransmission, or a small window used up (RFC 7053 section 4). */
  #wantsSackNow(chunk: SentChunk): boolean {
    if (chunk.transmissions > 1) return true;
    const { window } = this.#congestion;
    return window <= SMALL_WINDOW * this.#options.mtu && this.#outstanding.flight >= window;
  }

  #write(packet: PacketWriter, chunk: SentChunk): void {
    const { tsn, message, offset, length } = chunk;
    const begins = offset === 0 ? DataFlag.Begin : 0;
    const ends = offset + length === message.data.length ? DataFlag.End : 0;
    const unordered = message.unordered ? DataFlag.Unordered : 0;
    const flags = begins | ends | unordered | (this.#wantsSackNow(chunk) ? DataFlag.Immediate : 0);
    const start = packet.begin(ChunkType.Data, flags, DATA_FIELDS + length);
    const { bytes } = packet;
    const sequence = message.unordered ? 0 : message.sequence;
    writeDataFields(bytes, start + CHUNK_HEADER, tsn, message.stream, sequence, message.protocol);
    bytes.set(message.data.subarray(offset, offset + length), start + DATA_HEADER);
  }
}
