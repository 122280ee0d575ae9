import { CommandFlag, type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import {
  ExtensionUri,
  elementLength,
  elementOffset,
  findExtension,
  frameNumberOf,
  MANDATORY_LENGTH,
  RetransmissionBudget,
  startsFrame,
  Vp8Reader,
  Vp9Reader,
} from '@rivero/rtp';
import type { NegotiatedCodec } from '@rivero/sdp';
import type { Forwarder } from './forwarder.js';
import { type Epoch, mapsNumbers, type OutgoingNumbers } from './outgoing-numbers.js';
import type { ReceiveTrack } from './receive-track.js';
import { ResendGuard } from './resend-guard.js';

/** Packets that are looked at for padding, from the newest on; smaller ones do not make a burst. */
const PADDING_PACKETS = 48;
const PADDING_MIN_BYTES = 100;
/** Headers and tag of a retransmission, bytes. */
const PADDING_OVERHEAD = 60;

/** Read the picture numbers of packets that are sent again. */
const vp8 = new Vp8Reader();
const vp9 = new Vp9Reader();

/** What is to be known of the stream whose packets are sent again. */
export interface ResentTrack {
  readonly origin: ReceiveTrack | undefined;
  readonly codec: NegotiatedCodec | undefined;
  readonly octetsSent: number;
  readonly takesRedundancy: boolean;
  markRedundant(on: boolean): void;
  /** Too much is lost to be sent again. */
  requestKeyFrame(): void;
}

/** Sends packets of an outgoing stream once more: those that its receiver misses, and others to probe the path. */
export class Resender {
  readonly #engine: PacketEngine;
  readonly #forwarder: Forwarder;
  readonly #track: ResentTrack;
  readonly #numbers: OutgoingNumbers;
  readonly #consumer: number;
  readonly #rtxConsumer: number;
  #rtxSequence: number;
  #guard: ResendGuard | undefined;
  #budget: RetransmissionBudget | undefined;
  /** Nothing is sent again up to this sequence number. */
  #forgotten: number | undefined;

  /** @param rtxConsumer stream of retransmissions (RFC 4588), -1 without @param rtxSequence where its numbers begin */
  constructor(
    engine: PacketEngine,
    forwarder: Forwarder,
    track: ResentTrack,
    numbers: OutgoingNumbers,
    consumer: number,
    rtxConsumer: number,
    rtxSequence: number,
  ) {
    this.#engine = engine;
    this.#forwarder = forwarder;
    this.#track = track;
    this.#numbers = numbers;
    this.#consumer = consumer;
    this.#rtxConsumer = rtxConsumer;
    this.#rtxSequence = rtxSequence;
  }

  get #byRtx(): boolean {
    return this.#rtxConsumer >= 0 && this.#track.codec?.rtxPayloadType !== undefined;
  }

  /** What was sent up to a sequence number is of no use to the receiver any more. */
  forget(sequence: number): void {
    this.#forgotten = sequence;
  }

  /**
   * The receiver misses a packet: sends it again if it is still in the receive ring, at most once a round trip.
   * @param sequence16 as in the NACK
   * @returns whether it was sent
   */
  resend(sequence16: number, nowMs: number, rttMs: number): boolean {
    const highest = this.#numbers.highestSent;
    const sequence = (highest - ((highest - sequence16) & 0xffff)) | 0;
    if (this.#forgotten !== undefined && ((sequence - this.#forgotten) | 0) <= 0) return false;
    const epoch = this.#numbers.epochOf(sequence);
    if (epoch === undefined) return false;
    const { source } = epoch;
    if (!source.find((sequence - epoch.sequenceOffset) | 0)) return false;
    const { history } = source.stream;
    const entry = history.find(source.original);
    if (entry < 0) return false;
    const slot = history.slot(entry);
    const current = this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.ReceiveNumber]!;
    if (current !== history.receiveNumber(entry)) return false;
    this.#guard ??= new ResendGuard();
    if (!this.#guard.isDue(sequence, nowMs, rttMs)) return false;
    const length = this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.PayloadLength]!;
    this.#budget ??= new RetransmissionBudget();
    if (!this.#budget.allow(nowMs, length, this.#track.octetsSent)) {
      if (this.#budget.takeExhausted(nowMs)) this.#track.requestKeyFrame();
      return false;
    }
    const resends = this.#guard.note(sequence, nowMs);
    const timestamp = (history.timestamp(entry) + epoch.timestampOffset) | 0;
    if (this.#byRtx) {
      this.#retransmit(epoch, slot, timestamp, sequence);
      // Another loss would cost the viewer another round trip; from the third time on it waits for long already.
      const twice =
        resends > 2
          ? this.#budget.allow(nowMs, length, this.#track.octetsSent)
          : this.#budget.allowCopy(length);
      if (twice) this.#retransmit(epoch, slot, timestamp, sequence);
      return true;
    }
    return this.#repeat(epoch, slot, timestamp, sequence);
  }

  /** Sends the same bytes under the same number, to a receiver without RTX. */
  #repeat(epoch: Epoch, slot: number, timestamp: number, sequence: number): boolean {
    const { source } = epoch;
    // Only under the present mapping are the bytes the same as before: other bytes under one number would reuse a nonce.
    if (this.#rtxConsumer >= 0 || epoch !== this.#numbers.present) return false;
    // Mapped picture numbers would be lost in a plain resend, which repeats the packet as it came.
    if (mapsNumbers(epoch) || source.leftOut) return false;
    const { redundancy } = source.stream.track;
    if (!this.#track.takesRedundancy || redundancy?.cameRedundant(slot) !== true) {
      this.#forwarder.resend(this.#consumer, slot, sequence, timestamp, source.marked);
      return true;
    }
    redundancy.widen(slot);
    this.#track.markRedundant(true);
    this.#forwarder.resend(this.#consumer, slot, sequence, timestamp);
    redundancy.narrow(slot);
    this.#track.markRedundant(false);
    return true;
  }

  #retransmit(epoch: Epoch, slot: number, timestamp: number, sequence: number): void {
    this.#rtxSequence = (this.#rtxSequence + 1) | 0;
    const offset =
      slot * SLOT_SIZE + (this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.OffsetAndMarker]! & 0xffff);
    const length = this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.PayloadLength]!;
    const { source } = epoch;
    const { frameOffset, toldTargets } = epoch;
    const descriptor = frameOffset === 0 && toldTargets === 0 ? -1 : this.#descriptorOf(slot, offset);
    const frame = descriptor < 0 || frameOffset === 0 ? -1 : frameNumberOf(this.#engine.slab, descriptor);
    const targets = descriptor >= 0 && startsFrame(this.#engine.slab, descriptor) ? toldTargets : 0;
    const outFrame = frame < 0 ? 0 : (frame + epoch.frameOffset) & 0xffff;
    const flags =
      (source.marked ? CommandFlag.Marker : 0) |
      (source.leftOut ? CommandFlag.Empty : 0) |
      (frame < 0 ? 0 : CommandFlag.FrameNumber) |
      (targets === 0 ? 0 : CommandFlag.ActiveTargets);
    const numbers = this.#track.codec?.name.toLowerCase() === 'vp9' ? vp9 : vp8;
    const mapped = mapsNumbers(epoch) && !source.leftOut;
    if (mapped && numbers.parse(this.#engine.slab, offset, length) && numbers.pictureId >= 0) {
      this.#forwarder.retransmitPatched(
        this.#rtxConsumer,
        slot,
        this.#rtxSequence,
        timestamp,
        sequence,
        numbers,
        offset,
        numbers.pictureId - source.picturesLeftOut + epoch.pictureIdOffset,
        numbers.tl0PicIdx + epoch.tl0Offset,
        flags,
        outFrame,
        targets,
      );
    } else {
      this.#forwarder.retransmit(
        this.#rtxConsumer,
        slot,
        this.#rtxSequence,
        timestamp,
        sequence,
        flags,
        outFrame,
        targets,
      );
    }
  }

  /** Where the dependency descriptor of a packet is; -1 when it has none. @param payload where its payload begins */
  #descriptorOf(slot: number, payload: number): number {
    const id = this.#track.origin?.extensions.get(ExtensionUri.DependencyDescriptor);
    if (id === undefined) return -1;
    const start = slot * SLOT_SIZE;
    const found = findExtension(this.#engine.slab, start, payload - start, id);
    if (found < 0 || elementLength(found) < MANDATORY_LENGTH) return -1;
    return start + elementOffset(found);
  }

  /**
   * Sends recent packets once more on the stream of retransmissions, to probe what the path carries: a receiver takes them
   * for late repairs.
   * @param bytes wanted
   * @returns about how many were written; 0 when there is nothing that can be sent so
   */
  pad(bytes: number): number {
    const epoch = this.#numbers.present;
    if (!this.#byRtx || !this.#numbers.isForwarding || epoch === undefined) return 0;
    const { source } = epoch;
    const { history } = source.stream;
    const newest = this.#numbers.highestSent;
    let written = 0;
    for (let i = 0; i < PADDING_PACKETS && written < bytes; i++) {
      const sequence = (newest - i) | 0;
      if (((sequence - epoch.firstOut) | 0) < 0) break;
      if (!source.find((sequence - epoch.sequenceOffset) | 0) || source.leftOut) continue;
      const entry = history.find(source.original);
      if (entry < 0) continue;
      const slot = history.slot(entry);
      const meta = slot * SlotMeta.Stride;
      if (this.#engine.slotMeta[meta + SlotMeta.ReceiveNumber]! !== history.receiveNumber(entry)) continue;
      const length = this.#engine.slotMeta[meta + SlotMeta.PayloadLength]!;
      if (length < PADDING_MIN_BYTES) continue;
      this.#retransmit(epoch, slot, (history.timestamp(entry) + epoch.timestampOffset) | 0, sequence);
      written += length + PADDING_OVERHEAD;
    }
    return written;
  }
}
