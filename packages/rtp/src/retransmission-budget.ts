/** Part of what is sent that retransmissions may add: enough for 20 % loss, where a quarter is sent once more. */
const SHARE = 0.35;
/** Of how many milliseconds the media may be sent again at once, after an outage. */
const BURST_MS = 300;
/** What is always allowed, so that a quiet stream can repair itself too: bit/s, and bytes at once. */
const LEAST_BPS = 60_000;
const LEAST_BURST = 12_000;
/**
 * What must be refused, packets and ms, until a key frame is the better help. Its sender has to have followed the bitrate by then,
 * or it would be lost as well.
 */
const EXHAUSTED_PACKETS = 20;
const EXHAUSTED_MS = 700;
const EXHAUSTED_PAUSE_MS = 3000;
/** Over how long the bitrate of the media is averaged at least, ms. */
const WINDOW_MS = 250;

/**
 * Bounds what is sent again to one receiver, as a part of what is sent to it. Behind a link that has become too narrow most
 * packets are lost, and if all were sent again that alone would keep the link full. Without clock; a token bucket that is
 * looked at only when something is to be sent again.
 */
export class RetransmissionBudget {
  /** Packets that were refused. */
  refused = 0;
  /** Of the present time of refusing. */
  #refusals = 0;
  #refusingSinceMs = 0;
  #refusedMs = Number.NEGATIVE_INFINITY;
  #exhaustedMs = Number.NEGATIVE_INFINITY;
  #bps = 0;
  #tokens = LEAST_BURST;
  #refilledMs = Number.NEGATIVE_INFINITY;
  #measuredMs = Number.NEGATIVE_INFINITY;
  #measuredOctets = 0;

  /**
   * Whether a packet may be sent again now; counts it when it may.
   * @param bytes of the packet
   * @param mediaOctets sent to the receiver so far, without retransmissions
   */
  allow(nowMs: number, bytes: number, mediaOctets: number): boolean {
    this.#refill(nowMs, mediaOctets);
    if (this.#tokens < bytes) {
      this.#refuse(nowMs);
      return false;
    }
    this.#tokens -= bytes;
    return true;
  }

  /** Whether what was just allowed may go out twice, since so little is sent again that there is room for it; counts it when it may. */
  allowCopy(bytes: number): boolean {
    if (this.#tokens - bytes < this.#capacity / 2) return false;
    this.#tokens -= bytes;
    return true;
  }

  /**
   * True when so much was refused for so long that the receiver gets on faster with a key frame; then not again for a while.
   */
  takeExhausted(nowMs: number): boolean {
    const exhausted =
      this.#refusals >= EXHAUSTED_PACKETS &&
      nowMs - this.#refusingSinceMs >= EXHAUSTED_MS &&
      nowMs - this.#exhaustedMs >= EXHAUSTED_PAUSE_MS;
    if (exhausted) this.#exhaustedMs = nowMs;
    return exhausted;
  }

  #refuse(nowMs: number): void {
    this.refused++;
    if (nowMs - this.#refusedMs > EXHAUSTED_MS) {
      this.#refusals = 0;
      this.#refusingSinceMs = nowMs;
    }
    this.#refusals++;
    this.#refusedMs = nowMs;
  }

  get #capacity(): number {
    return Math.max(LEAST_BURST, (this.#bps * BURST_MS) / 8000);
  }

  #refill(nowMs: number, mediaOctets: number): void {
    this.#measure(nowMs, mediaOctets);
    const elapsedMs = Math.min(10_000, nowMs - this.#refilledMs);
    this.#refilledMs = nowMs;
    const refill = Math.max(LEAST_BPS, this.#bps * SHARE);
    this.#tokens = Math.min(this.#capacity, this.#tokens + (refill * elapsedMs) / 8000);
  }

  #measure(nowMs: number, mediaOctets: number): void {
    const elapsedMs = nowMs - this.#measuredMs;
    if (elapsedMs < WINDOW_MS) return;
    if (elapsedMs < Number.POSITIVE_INFINITY) {
      const bps = (Math.max(0, mediaOctets - this.#measuredOctets) * 8000) / elapsedMs;
      // A long time says enough by itself; of short ones several are averaged.
      const weight = Math.min(1, elapsedMs / (4 * WINDOW_MS));
      this.#bps = this.#bps === 0 ? bps : this.#bps + (bps - this.#bps) * weight;
    }
    this.#measuredMs = nowMs;
    this.#measuredOctets = mediaOctets;
  }
}
