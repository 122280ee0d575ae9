import { type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import { ExtensionUri, extendSequence, type FecDecoder, rtpHeaderLength } from '@rivero/rtp';
import type { ReceiveStream } from './receive-stream.js';

const NOTHING = -1;
const SEVERAL = -2;
/** FEC packets kept while more than one of the packets that they protect is missing; a power of two. */
const PENDING = 8;

/** Ids of the header extensions that FEC does not protect, because they are written after it was made. */
export function mutableExtensions(extensions: ReadonlyMap<string, number>): number[] {
  return [ExtensionUri.AbsoluteSendTime, ExtensionUri.TransportWideSequence, ExtensionUri.TransmissionOffset]
    .map((uri) => extensions.get(uri))
    .filter((id) => id !== undefined);
}

/**
 * FEC for one stream of media. What it protects lies in the receive ring; a packet that is made again is put into the slot
 * of the FEC packet it was made from.
 */
export class FecReceiver {
  /** The packet that `recover` made. */
  slot = 0;
  sequence = 0;
  timestamp = 0;
  payloadType = 0;
  readonly #engine: PacketEngine;
  readonly #stream: ReceiveStream;
  readonly #decoder: FecDecoder;
  readonly #mutable: readonly number[];
  readonly #slots = new Int32Array(PENDING).fill(-1);
  readonly #receiveNumbers = new Uint32Array(PENDING);
  /** Where the payload is. */
  readonly #offsets = new Int32Array(PENDING);
  readonly #lengths = new Int32Array(PENDING);
  #next = 0;

  /**
   * @param decoder may be shared: a packet is made and used before the next one
   * @param mutable ids of header extensions that FEC does not protect
   */
  constructor(engine: PacketEngine, stream: ReceiveStream, decoder: FecDecoder, mutable: readonly number[]) {
    this.#engine = engine;
    this.#stream = stream;
    this.#decoder = decoder;
    this.#mutable = mutable;
  }

  /** An FEC packet has come. */
  add(slot: number): void {
    const meta = slot * SlotMeta.Stride;
    this.#slots[this.#next] = slot;
    this.#offsets[this.#next] = this.#engine.slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff;
    this.#lengths[this.#next] = this.#engine.slotMeta[meta + SlotMeta.PayloadLength]!;
    this.#receiveNumbers[this.#next] = this.#receiveNumber(slot);
    this.#next = (this.#next + 1) & (PENDING - 1);
  }

  /** @returns whether a missing packet was made; call it again then, another one may have become possible */
  recover(): boolean {
    for (let i = 0; i < PENDING; i++) {
      const slot = this.#slots[i]!;
      if (slot < 0) continue;
      const missing = this.#receiveNumber(slot) === this.#receiveNumbers[i] ? this.#parse(i) : NOTHING;
      if (missing === SEVERAL) continue;
      this.#slots[i] = -1;
      if (missing !== NOTHING && this.#make(slot, missing)) return true;
    }
    return false;
  }

  /** Reads an FEC packet. @returns index of the only missing packet, or NOTHING or SEVERAL */
  #parse(pending: number): number {
    const decoder = this.#decoder;
    const { history, highest, ssrc } = this.#stream;
    const at = this.#slots[pending]! * SLOT_SIZE + this.#offsets[pending]!;
    decoder.ssrc = ssrc;
    if (!decoder.parse(this.#engine.slab, at, this.#lengths[pending]!) || decoder.ssrc !== ssrc)
      return NOTHING;
    let missing = NOTHING;
    for (let i = 0; i < decoder.count; i++) {
      const sequence = extendSequence(decoder.sequences[i]!, highest);
      if (history.find(sequence) >= 0) continue;
      if (missing !== NOTHING) return SEVERAL;
      missing = i;
    }
    return missing;
  }

  #make(fecSlot: number, missing: number): boolean {
    const { slab, slotMeta } = this.#engine;
    const decoder = this.#decoder;
    const { history, highest, layer } = this.#stream;
    for (let i = 0; i < decoder.count; i++) {
      if (i === missing) continue;
      const entry = history.find(extendSequence(decoder.sequences[i]!, highest));
      const slot = history.slot(entry);
      const start = slot * SLOT_SIZE;
      if (this.#receiveNumber(slot) !== history.receiveNumber(entry)) return false;
      // A retransmission has other extensions than what was protected.
      if ((slab[start + 1]! & 0x7f) !== layer?.payloadType) return false;
      const meta = slot * SlotMeta.Stride;
      const length =
        (slotMeta[meta + SlotMeta.OffsetAndMarker]! & 0xffff) + slotMeta[meta + SlotMeta.PayloadLength]!;
      decoder.add(slab, start, length, this.#mutable);
    }
    const sequence = decoder.sequences[missing]!;
    const length = decoder.finish(sequence);
    const { packet } = decoder;
    const header = length < 0 ? -1 : rtpHeaderLength(packet, 0, length);
    if (header < 0 || (packet[1]! & 0x7f) !== layer?.payloadType) return false;
    for (let i = 0; i < length; i++) slab[fecSlot * SLOT_SIZE + i] = packet[i]!;
    const meta = fecSlot * SlotMeta.Stride;
    slotMeta[meta + SlotMeta.OffsetAndMarker] = header | ((packet[1]! >> 7) << 16);
    slotMeta[meta + SlotMeta.PayloadLength] = length - header;
    this.slot = fecSlot;
    this.sequence = extendSequence(sequence, highest);
    this.timestamp = (packet[4]! << 24) | (packet[5]! << 16) | (packet[6]! << 8) | packet[7]!;
    this.payloadType = packet[1]! & 0x7f;
    return true;
  }

  #receiveNumber(slot: number): number {
    return this.#engine.slotMeta[slot * SlotMeta.Stride + SlotMeta.ReceiveNumber]!;
  }
}
