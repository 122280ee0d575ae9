// Serial number arithmetic (RFC 1982) on int32. An extended sequence number is roll-over count << 16 | sequence
// number as int32; it wraps too (after 2^32 packets), so order is always told by the sign of a difference.

/** Signed distance from 16-bit `b` to 16-bit `a`, -32768 … 32767; positive when `a` is newer. */
export function sequenceDelta(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** Whether `a` is newer than `b`: extended sequence numbers or RTP timestamps. */
export function isNewerExtended(a: number, b: number): boolean {
  return ((a - b) | 0) > 0;
}

/** The extended sequence number nearest to `reference` whose low 16 bits are `sequence`. */
export function extendSequence(sequence: number, reference: number): number {
  return (reference + sequenceDelta(sequence, reference)) | 0;
}
