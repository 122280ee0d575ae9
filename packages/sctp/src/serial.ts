/**
 * Sequence numbers that wrap on the wire are kept as plain numbers that do not: within one association they only grow,
 * far below 2^53. Writing one to the wire truncates it.
 */

/** The number nearest to `reference` whose low 32 bits are `wire` (RFC 1982; TSNs, request sequence numbers). */
export function unwrap32(reference: number, wire: number): number {
  return reference + ((wire - reference) | 0);
}

/** The number nearest to `reference` whose low 16 bits are `wire` (stream sequence numbers). */
export function unwrap16(reference: number, wire: number): number {
  return reference + (((wire - reference) << 16) >> 16);
}
