/** Gives `n` random bytes from a cryptographic source. */
export type RandomBytes = (n: number) => Uint8Array;

/** A random first sequence number in the lower half, so that no roll-over comes within the first packets. */
export function randomSequence(random: RandomBytes): number {
  const bytes = random(2);
  return ((bytes[0]! & 0x7f) << 8) | bytes[1]!;
}

/** A random first RTP timestamp, int32. */
export function randomTimestamp(random: RandomBytes): number {
  const bytes = random(4);
  return (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
}
