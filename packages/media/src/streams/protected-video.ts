import { type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import { UlpfecDecoder } from '@rivero/rtp';
import type { NegotiatedCodec } from '@rivero/sdp';
import { FecReceiver, mutableExtensions } from './fec-receiver.js';
import type { ReceiveStream } from './receive-stream.js';
import { isRedundancy } from './redundant-audio.js';

/** One for all streams. */
const decoder = new UlpfecDecoder();

/**
 * Video that is wrapped in RED (RFC 2198, one block) so that FEC can come among it (ULPFEC, RFC 5109), as browsers send it.
 * It is unwrapped where it comes in: whoever reads or receives it sees plain packets. An FEC packet has a number of the
 * media, so receivers get an empty packet for it.
 */
export class ProtectedVideo {
  readonly #engine: PacketEngine;

  /** Undefined unless both formats were negotiated. */
  static of(engine: PacketEngine, codecs: readonly NegotiatedCodec[]): ProtectedVideo | undefined {
    const red = codecs.find(isRedundancy);
    const fec = codecs.find(({ name }) => name.toLowerCase() === 'ulpfec');
    if (red === undefined || fec === undefined) return undefined;
    return new ProtectedVideo(engine, red.receivePayloadType, fec.receivePayloadType);
  }

  constructor(
    engine: PacketEngine,
    /** Of RED, as the sender numbers it. */
    readonly payloadType: number,
    readonly fecPayloadType: number,
  ) {
    this.#engine = engine;
  }

  /**
   * Makes the packet in a slot what it was before it was wrapped, which is also what FEC protects.
   * @returns its payload type, -1 when it is malformed or has several blocks
   */
  unwrap(slot: number): number {
    const { slab, slotMeta } = this.#engine;
    const meta = slot * SlotMeta.Stride;
    const start = slot * SLOT_SIZE;
    const payload = start + (slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff);
    const length = slotMeta[meta + SlotMeta.PayloadLength]!;
    if (length < 2) return -1;
    const type = slab[payload]!;
    if (type > 0x7f) return -1;
    slab.copyWithin(payload, payload + 1, payload + length);
    slotMeta[meta + SlotMeta.PayloadLength] = length - 1;
    // A retransmission has other header extensions: it must not count as what was protected.
    if ((slab[start + 1]! & 0x7f) === this.payloadType) slab[start + 1] = (slab[start + 1]! & 0x80) | type;
    return type;
  }

  /** Keeps the FEC packet in a slot, and leaves an empty packet there. */
  takeFec(stream: ReceiveStream, slot: number, extensions: ReadonlyMap<string, number>): FecReceiver {
    stream.fec ??= new FecReceiver(this.#engine, stream, decoder, mutableExtensions(extensions));
    stream.fec.add(slot);
    this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.PayloadLength] = 0;
    return stream.fec;
  }
}
