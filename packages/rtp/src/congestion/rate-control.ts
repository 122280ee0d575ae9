import { PathUsage } from './trendline.js';

/** What is left of the throughput after overuse. */
const BACKOFF = 0.85;
/** Growth per second while the capacity is unknown. */
const GROWTH_PER_SECOND = 0.08;
const MIN_GROWTH = 1000;
/** The estimate never exceeds what arrives by more. */
const HEADROOM = 1.5;
const HEADROOM_BPS = 10_000;
const MIN_ADDITIVE_PER_SECOND = 4000;

/** Mean of the throughputs at which the path was overused, with its variance (libwebrtc's LinkCapacityEstimator). */
class LinkCapacity {
  #kbps = -1;
  #deviation = 0.4;

  get known(): boolean {
    return this.#kbps >= 0;
  }

  get bitrate(): number {
    return this.#kbps * 1000;
  }

  get upper(): number {
    return this.known ? (this.#kbps + 3 * this.#spread()) * 1000 : Number.POSITIVE_INFINITY;
  }

  get lower(): number {
    return this.known ? Math.max(0, this.#kbps - 3 * this.#spread()) * 1000 : 0;
  }

  reset(): void {
    this.#kbps = -1;
  }

  onOveruse(bitrate: number): void {
    const sample = bitrate / 1000;
    const weight = 0.05;
    this.#kbps = this.known ? (1 - weight) * this.#kbps + weight * sample : sample;
    const norm = Math.max(this.#kbps, 1);
    const error = this.#kbps - sample;
    this.#deviation = (1 - weight) * this.#deviation + (weight * error * error) / norm;
    this.#deviation = Math.max(0.4, Math.min(2.5, this.#deviation));
  }

  #spread(): number {
    return Math.sqrt(this.#deviation * this.#kbps);
  }
}

/**
 * Additive increase, multiplicative decrease, driven by the delay (libwebrtc's AimdRateControl, draft-ietf-rmcat-gcc-02
 * section 5.5). Without clock.
 */
export class RateControl {
  readonly #capacity = new LinkCapacity();
  readonly #minBps: number;
  #bitrate: number;
  #increasing = false;
  #lastChangeMs = -1;
  rttMs = 200;

  /** @param startBps estimate until something is known @param minBps never below */
  constructor(startBps: number, minBps: number) {
    this.#bitrate = startBps;
    this.#minBps = minBps;
  }

  /** bit/s */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** The path was overused at about this bitrate, and no more has come through since. */
  get capacityKnown(): boolean {
    return this.#capacity.known;
  }

  /** Takes what a probe has shown, or what another bound says. */
  set(bitrate: number, nowMs: number): void {
    this.#bitrate = Math.max(this.#minBps, bitrate);
    this.#lastChangeMs = nowMs;
  }

  /** Whether another decrease would be about this overuse, and not an echo of the last one. */
  mayDecrease(nowMs: number, throughput: number): boolean {
    const interval = Math.max(10, Math.min(200, this.rttMs));
    return nowMs - this.#lastChangeMs >= interval || throughput < this.#bitrate / 2;
  }

  /** @param throughput bitrate that arrives, bit/s; 0 = unknown */
  update(usage: PathUsage, throughput: number, nowMs: number): void {
    if (usage === PathUsage.Overusing) {
      this.#decrease(throughput, nowMs);
      return;
    }
    if (usage === PathUsage.Underusing) {
      // the queues run empty: hold until they are
      this.#increasing = false;
      return;
    }
    if (!this.#increasing) {
      this.#increasing = true;
      this.#lastChangeMs = nowMs;
    }
    this.#increase(throughput, nowMs);
  }

  #increase(throughput: number, nowMs: number): void {
    if (throughput > this.#capacity.upper) this.#capacity.reset();
    const limit = throughput * HEADROOM + HEADROOM_BPS;
    const seconds = Math.min(1, (nowMs - this.#lastChangeMs) / 1000);
    this.#lastChangeMs = nowMs;
    if (throughput === 0 || this.#bitrate >= limit) return;
    // Forwarded media does not wait for the estimate: what has arrived, the path has carried.
    this.#bitrate = Math.max(this.#bitrate, throughput);
    const growth = this.#capacity.known
      ? this.#nearMaxIncrease() * seconds
      : Math.max(MIN_GROWTH * seconds, this.#bitrate * ((1 + GROWTH_PER_SECOND) ** seconds - 1));
    this.#bitrate = Math.min(this.#bitrate + growth, limit);
  }

  /** About one packet per response time of the whole loop, bit/s per second. */
  #nearMaxIncrease(): number {
    const bytesPerFrame = this.#bitrate / 30 / 8;
    const packetBytes = bytesPerFrame / Math.ceil(bytesPerFrame / 1200);
    const responseSeconds = ((this.rttMs + 100) * 2) / 1000;
    return Math.max(MIN_ADDITIVE_PER_SECOND, (packetBytes * 8) / responseSeconds);
  }

  #decrease(throughput: number, nowMs: number): void {
    // An estimate below what arrives was too low, overuse or not.
    if (throughput > 0) this.#bitrate = Math.max(this.#minBps, throughput * BACKOFF);
    if (throughput < this.#capacity.lower) this.#capacity.reset();
    if (throughput > 0) this.#capacity.onOveruse(throughput);
    this.#increasing = false;
    this.#lastChangeMs = nowMs;
  }
}
