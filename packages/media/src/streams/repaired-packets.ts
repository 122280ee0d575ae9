import { type PacketEngine, SLOT_SIZE, SlotMeta } from '@rivero/packet-engine';
import { originalExtended, RTX_HEADER_LENGTH } from '@rivero/rtp';
import type { FecReceiver } from './fec-receiver.js';
import type { ReceiveStream } from './receive-stream.js';

/** Turns a retransmission into the packet it repeats (RFC 4588 section 4): only the payload's place changes. */
export function takeRetransmission(
  { slab, slotMeta }: PacketEngine,
  stream: ReceiveStream,
  slot: number,
  timestamp: number,
  payloadType: number,
  length: number,
  nowMs: number,
): void {
  stream.rtxPackets++;
  stream.rtxOctets += length;
  // Without an original sequence number it is padding, sent to probe the path.
  if (length <= RTX_HEADER_LENGTH || !stream.started) return;
  const codec = stream.track.retransmittedCodec(payloadType);
  if (codec === undefined) return;
  const meta = slot * SlotMeta.Stride;
  const place = slotMeta[meta + SlotMeta.OffsetAndMarker]!;
  const offset = place & 0xffff;
  const sequence = originalExtended(slab, slot * SLOT_SIZE + offset, stream.highest);
  if (stream.history.find(sequence) >= 0) return;
  slotMeta[meta + SlotMeta.OffsetAndMarker] = (place & ~0xffff) | (offset + RTX_HEADER_LENGTH);
  slotMeta[meta + SlotMeta.PayloadLength] = length - RTX_HEADER_LENGTH;
  stream.recovered++;
  stream.nack?.onPacket(sequence, nowMs, true);
  stream.track.onRtp(stream, slot, sequence, timestamp, codec.receivePayloadType, nowMs);
}

/** Makes what is missing again from a packet of FEC, before the end of the batch at which it would be requested. */
export function takeFec(fec: FecReceiver, stream: ReceiveStream, slot: number, nowMs: number): void {
  if (!stream.started) return;
  fec.add(slot);
  repair(fec, stream, nowMs);
}

/** Makes what can be made. */
export function repair(fec: FecReceiver, stream: ReceiveStream, nowMs: number): void {
  while (fec.recover()) {
    stream.repaired++;
    stream.nack?.onPacket(fec.sequence, nowMs, true);
    stream.track.onRtp(stream, fec.slot, fec.sequence, fec.timestamp, fec.payloadType, nowMs);
  }
}
