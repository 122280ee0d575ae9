import { ConsumerRecord, type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import type { NegotiatedCodec } from '@rivero/sdp';
import type { Forwarder } from './forwarder.js';
import { ForwardingState } from './forwarding-table.js';
import type { OutgoingNumbers } from './outgoing-numbers.js';
import type { ReceiveStream } from './receive-stream.js';
import type { ReceiveTrack } from './receive-track.js';
import { convertedDuration, DURATION_OFFSET, eventFormat } from './telephone-event.js';

/** What is to be known of the stream that the events go into. */
export interface EventTrack {
  readonly origin: ReceiveTrack | undefined;
  /** The codec that is being sent, and those that the receiver accepts. */
  readonly codec: NegotiatedCodec | undefined;
  readonly codecs: readonly NegotiatedCodec[];
}

/** Puts telephone events (RFC 4733) into an outgoing stream of audio. */
export class EventSender {
  readonly #engine: PacketEngine;
  readonly #forwarder: Forwarder;
  readonly #track: EventTrack;
  readonly #numbers: OutgoingNumbers;
  readonly #consumer: number;
  /** The event of another stream that is being sent: where it began, as it came and as it goes out. */
  #stream: ReceiveStream | undefined;
  #timestamp = 0;
  #outTimestamp = 0;

  constructor(
    engine: PacketEngine,
    forwarder: Forwarder,
    track: EventTrack,
    numbers: OutgoingNumbers,
    consumer: number,
  ) {
    this.#engine = engine;
    this.#forwarder = forwarder;
    this.#track = track;
    this.#numbers = numbers;
    this.#consumer = consumer;
  }

  /** Sends an event that came as `codec` between the media or apart from it, if the receiver takes such. */
  send(
    codec: NegotiatedCodec,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
    nowMs: number,
  ): void {
    const accepted = eventFormat(codec, this.#track.codecs);
    const { table } = this.#forwarder;
    if (table.state[this.#consumer] === ForwardingState.Off) return;
    // Of another stream than the media, or of media that is encoded anew for this receiver.
    const apart = stream.layer === undefined || stream.track !== this.#track.origin;
    const early = ((sequence - table.firstSequence[this.#consumer]!) | 0) < 0;
    if (apart ? accepted === undefined : early || !this.#numbers.isForwarding) return;
    if (accepted === undefined) {
      this.#numbers.leaveOut(sequence);
      return;
    }
    // In the clock of the audio, whatever that of the events: the stream has one clock.
    const outTimestamp = apart
      ? this.#timestampOf(stream, timestamp, nowMs)
      : (timestamp + table.timestampOffset[this.#consumer]!) | 0;
    const outSequence = apart
      ? this.#numbers.insert(outTimestamp, nowMs)
      : (sequence + table.sequenceOffset[this.#consumer]!) | 0;
    // The record has one payload type: what was written before goes out with that of the media.
    this.#forwarder.flush();
    const at = this.#consumer * ConsumerRecord.Stride + ConsumerRecord.PayloadType;
    const usual = this.#engine.consumers[at]!;
    this.#engine.consumers[at] = accepted.payloadType;
    const duration =
      accepted.clockRate === codec.clockRate
        ? -1
        : this.#durationIn(slot, codec.clockRate, accepted.clockRate);
    if (duration < 0) this.#forwarder.resend(this.#consumer, slot, outSequence, outTimestamp);
    else {
      const bytes = (duration >> 8) | ((duration & 0xff) << 8);
      this.#forwarder.sendPatched(
        this.#consumer,
        slot,
        outSequence,
        outTimestamp,
        DURATION_OFFSET | (2 << 8),
        bytes,
      );
    }
    this.#forwarder.flush();
    this.#engine.consumers[at] = usual;
  }

  /** All packets of one event have the timestamp of its beginning (RFC 4733 section 2.2.2), whatever comes in between. */
  #timestampOf(stream: ReceiveStream, timestamp: number, nowMs: number): number {
    const first = this.#stream === undefined;
    if (this.#stream === stream && this.#timestamp === timestamp) return this.#outTimestamp;
    this.#stream = stream;
    this.#timestamp = timestamp;
    const former = this.#outTimestamp;
    const clockRate = this.#track.codec?.clockRate ?? stream.clockRate;
    this.#outTimestamp = this.#numbers.timestampNow(clockRate, nowMs);
    // Two events with one timestamp would be one.
    if (!first && ((this.#outTimestamp - former) | 0) <= 0) this.#outTimestamp = (former + 1) | 0;
    return this.#outTimestamp;
  }

  #durationIn(slot: number, fromRate: number, toRate: number): number {
    const meta = slot * SlotMeta.Stride;
    const offset = slot * SLOT_SIZE + (this.#engine.slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff);
    const length = this.#engine.slotMeta[meta + SlotMeta.PayloadLength]!;
    return convertedDuration(this.#engine.slab, offset, length, fromRate, toRate);
  }
}
