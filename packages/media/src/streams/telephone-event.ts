// DTMF and other events in RTP (RFC 4733): event, end and volume, duration; they share SSRC, sequence numbers and clock
// with the audio.

import type { CodecFormat, NegotiatedCodec } from '@rivero/sdp';

/** Place of the 16-bit duration in the payload (section 2.3). */
export const DURATION_OFFSET = 2;
const PAYLOAD_LENGTH = 4;
const MAX_DURATION = 0xffff;

export function isTelephoneEvent({ name }: CodecFormat): boolean {
  return name.toLowerCase() === 'telephone-event';
}

/**
 * The format in which a receiver gets events of `source`: one of the same clock rate, else another one, for which the
 * duration has to be converted. Gateways often offer Opus with events of 8 kHz only.
 */
export function eventFormat(
  source: NegotiatedCodec,
  accepted: readonly NegotiatedCodec[],
): NegotiatedCodec | undefined {
  let other: NegotiatedCodec | undefined;
  for (const codec of accepted) {
    if (!isTelephoneEvent(codec)) continue;
    if (codec.clockRate === source.clockRate) return codec;
    other ??= codec;
  }
  return other;
}

/**
 * Duration of an event in units of another clock, at most the longest that a segment can have.
 * @param offset of the payload in `slab` @returns -1 when the payload is too short to be an event
 */
export function convertedDuration(
  slab: Uint8Array,
  offset: number,
  length: number,
  fromRate: number,
  toRate: number,
): number {
  if (length < PAYLOAD_LENGTH) return -1;
  const duration = (slab[offset + DURATION_OFFSET]! << 8) | slab[offset + DURATION_OFFSET + 1]!;
  return Math.min(MAX_DURATION, Math.round((duration * toRate) / fromRate));
}
