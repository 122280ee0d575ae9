/** Gives `n` random bytes from a cryptographic source. */
export type RandomBytes = (n: number) => Uint8Array;

/** Hands out SSRCs that are in use nowhere else in their set (RFC 3550 section 8.1). SSRCs are int32 bit patterns. */
export class SsrcAllocator {
  readonly #random: RandomBytes;
  readonly #used = new Set<number>();

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** A random SSRC, never 0, which some implementations take for "none". */
  allocate(): number {
    for (;;) {
      const bytes = this.#random(4);
      const ssrc = (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
      if (ssrc !== 0 && this.reserve(ssrc)) return ssrc;
    }
  }

  /** Takes an SSRC that others chose. @returns false when it was in use already */
  reserve(ssrc: number): boolean {
    if (this.#used.has(ssrc)) return false;
    this.#used.add(ssrc);
    return true;
  }

  release(ssrc: number): void {
    this.#used.delete(ssrc);
  }
}

/** A short-term persistent CNAME: 96 random bits in Base64, 16 characters (RFC 7022 section 4.2). */
export function randomCname(random: RandomBytes): string {
  return Buffer.from(random(12)).toString('base64');
}

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
