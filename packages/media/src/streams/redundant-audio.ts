import { type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import { RedReader, rtpHeaderLength } from '@rivero/rtp';
import type { CodecFormat, NegotiatedCodec } from '@rivero/sdp';
import type { Forwarder } from './forwarder.js';
import type { Layer } from './layer.js';
import type { ReceiveStream } from './receive-stream.js';

/** Consumers of one kind, for the forwarder. */
class ConsumerList {
  numbers = new Int32Array(4);
  count = 0;

  add(consumer: number): void {
    if (this.count === this.numbers.length) {
      const larger = new Int32Array(this.count * 2);
      larger.set(this.numbers);
      this.numbers = larger;
    }
    this.numbers[this.count++] = consumer;
  }
}

/** What is read and gathered of one packet: the worker looks at one after the other. */
const reader = new RedReader();
const plain = new ConsumerList();
const redundant = new ConsumerList();

/**
 * Audio that comes with redundancy (RED, RFC 2198). Receivers that negotiated it get the packets as they are, the others
 * the primary block alone; and what was lost on the way from the sender they get from the redundant blocks.
 *
 * In the slab a packet's payload is its primary block, as if it had come without redundancy. While it is sent whole the
 * slot is widened to the payload that came, and commands are flushed around that.
 */
export class RedundantAudio {
  readonly #engine: PacketEngine;
  readonly #forwarder: Forwarder;
  #narrowOffset = 0;
  #narrowLength = 0;

  constructor(
    engine: PacketEngine,
    forwarder: Forwarder,
    /** As the sender numbers it. */
    readonly payloadType: number,
  ) {
    this.#engine = engine;
    this.#forwarder = forwarder;
  }

  /**
   * Reads the packet in a slot and leaves its primary block as the payload.
   * @returns payload type of the primary block, -1 when the packet is malformed
   */
  unwrap(slot: number): number {
    const { slab, slotMeta } = this.#engine;
    const meta = slot * SlotMeta.Stride;
    const start = slot * SLOT_SIZE;
    const offset = slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff;
    if (!reader.parse(slab, start + offset, slotMeta[meta + SlotMeta.PayloadLength]!)) return -1;
    const primary = reader.count - 1;
    this.#setPayload(slot, reader.offsets[primary]! - start, reader.lengths[primary]!);
    return reader.payloadTypes[primary]!;
  }

  /**
   * Sends what is missing before the packet that was unwrapped last to the receivers without redundancy. The packets
   * count as received from then on: what comes late would go out under a number that was used.
   */
  recover(
    layer: Layer,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
    nowMs: number,
  ): void {
    // What was sent before the first packet is not lost.
    if (stream.statistics.packets <= 1) return;
    const { offsets, lengths, payloadTypes, timestampOffsets, count } = reader;
    const primary = count - 1;
    let split = false;
    for (let i = 0; i < primary; i++) {
      // Blocks are of the packets right before this one.
      const missing = (sequence - (primary - i)) | 0;
      if (lengths[i] === 0 || payloadTypes[i] !== layer.payloadType) continue;
      if (!stream.history.isMissing(missing, stream.highest)) continue;
      const earlier = (timestamp - timestampOffsets[i]!) | 0;
      if (!split) {
        split = true;
        this.#split(layer);
        if (plain.count === 0) return;
        this.#forwarder.flush();
      }
      this.#setPayload(slot, offsets[i]! - slot * SLOT_SIZE, lengths[i]!);
      this.#send(plain, stream, slot, missing, earlier, false);
      this.#forwarder.flush();
      // Receive number 0: no slot has it, so this cannot be sent again from here.
      stream.history.put(missing, slot, 0, earlier);
      stream.nack?.onPacket(missing, nowMs, true);
      stream.repaired++;
    }
    if (!split) return;
    this.#setPayload(slot, offsets[primary]! - slot * SLOT_SIZE, lengths[primary]!);
  }

  /** Sends the packet that was unwrapped last, whole to those who take redundancy. */
  forward(
    layer: Layer,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
    newest: boolean,
  ): void {
    this.#split(layer);
    this.#send(plain, stream, slot, sequence, timestamp, newest);
    if (redundant.count === 0) return;
    this.widen(slot);
    for (const sink of layer.sinks) if (sink.takesRedundancy) sink.markRedundant(true);
    this.#send(redundant, stream, slot, sequence, timestamp, newest);
    this.narrow(slot);
    for (const sink of layer.sinks) if (sink.takesRedundancy) sink.markRedundant(false);
  }

  /** Whether the packet in a slot came with redundancy. */
  cameRedundant(slot: number): boolean {
    return (this.#engine.slab[slot * SLOT_SIZE + 1]! & 0x7f) === this.payloadType;
  }

  /** Commands that are written from now on send the packet in a slot as it came, until `narrow`. */
  widen(slot: number): void {
    const { slab, slotMeta } = this.#engine;
    const meta = slot * SlotMeta.Stride;
    const offset = slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff;
    const length = slotMeta[meta + SlotMeta.PayloadLength]!;
    const header = rtpHeaderLength(slab, slot * SLOT_SIZE, offset);
    this.#forwarder.flush();
    this.#setPayload(slot, header, offset + length - header);
    this.#narrowOffset = offset;
    this.#narrowLength = length;
  }

  /** Back to the primary block. */
  narrow(slot: number): void {
    this.#forwarder.flush();
    this.#setPayload(slot, this.#narrowOffset, this.#narrowLength);
  }

  #split(layer: Layer): void {
    plain.count = 0;
    redundant.count = 0;
    for (const sink of layer.sinks) {
      (sink.takesRedundancy ? redundant : plain).add(sink.consumer);
    }
  }

  #send(
    { numbers, count }: ConsumerList,
    stream: ReceiveStream,
    slot: number,
    sequence: number,
    timestamp: number,
    newest: boolean,
  ): void {
    this.#forwarder.forward(
      numbers,
      count,
      stream,
      slot,
      sequence,
      timestamp,
      newest,
      true,
      undefined,
      -1,
      0,
      false,
    );
  }

  #setPayload(slot: number, offset: number, length: number): void {
    const { slotMeta } = this.#engine;
    const meta = slot * SlotMeta.Stride;
    const place = slotMeta[meta + SlotMeta.OffsetAndMarker]!;
    slotMeta[meta + SlotMeta.OffsetAndMarker] = (place & ~0xffff) | offset;
    slotMeta[meta + SlotMeta.PayloadLength] = length;
  }
}

export function isRedundancy({ name }: CodecFormat): boolean {
  return name.toLowerCase() === 'red';
}

/**
 * The format in which a receiver takes packets with redundancy of `source` as they come; undefined when it does not. The
 * numbers of the blocks' formats stand in the payload, so they must be the same on both sides.
 */
export function redundancyFor(
  source: NegotiatedCodec,
  accepted: NegotiatedCodec,
  codecs: readonly NegotiatedCodec[],
): NegotiatedCodec | undefined {
  if (accepted.payloadType !== source.receivePayloadType) return undefined;
  return codecs.find(
    (codec) =>
      isRedundancy(codec) &&
      codec.clockRate === accepted.clockRate &&
      blockTypes(codec).every((number) => number === accepted.payloadType),
  );
}

/** The formats that redundancy is made of: `111/111` (RFC 2198 section 5). */
function blockTypes({ fmtp }: NegotiatedCodec): number[] {
  const list = [...fmtp.keys()][0];
  return list === undefined ? [] : list.split('/').map(Number);
}
