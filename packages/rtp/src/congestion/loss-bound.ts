/** Losses are judged over at least so much sending, ms, and so many packets. */
const OBSERVATION_MS = 500;
const MIN_PACKETS = 20;
/** Losses that are borne on any path. */
const BEARABLE_LOSS = 0.02;
/** More cannot be inherent to a path that media is worth sending over. */
const MAX_INHERENT_LOSS = 0.3;
/** Losses count above what is known to be inherent by so much, and by so many standard deviations. */
const INHERENT_MARGIN = 1.3;
const DEVIATIONS = 3;
/** Weight of the newest observation in the average; what was inherent is forgotten when the average falls to a third. */
const SMOOTHING = 0.15;
const FORGET_FACTOR = 3;
/** What is kept of the bitrate that arrives, to see whether losses go with the bitrate. */
const BACKOFF = 0.9;
/** A decrease by less proves nothing; losses that stay above this part of the former ones are inherent. */
const TRIED_PART = 0.95;
const STAYING_PART = 0.6;
/** Losses beside a queue of this length are those of the queue, ms. */
const QUEUE_MS = 50;
/** Growth per second after losses have bound the bitrate: slow near where they came, faster as time goes by. */
const GROWTH_PER_SECOND = 0.03;
const GROWTH_ACCELERATION = 0.01;

/**
 * Bound on the bitrate from losses. Losses that come with the bitrate (a policer, a short queue) bound it at what arrives;
 * losses that do not go away when the bitrate falls (radio) are inherent to the path and bound nothing: which of both it is,
 * is tried out once. Without clock; nothing is allocated after construction.
 */
export class LossBound {
  #bandwidth = Number.POSITIVE_INFINITY;
  // the observation that grows
  #packets = 0;
  #lost = 0;
  #bytes = 0;
  #sinceMs = -1;
  /** Share of packets lost in the last observations, smoothed. */
  averageLoss = 0;
  #inherentLoss = 0;
  /** The decrease whose effect is waited for: losses and rate before it, and the bound to return to. */
  #trialSinceMs = -1;
  #trialLoss = 0;
  #trialRate = 0;
  #restored = Number.POSITIVE_INFINITY;
  #decreasedMs = 0;
  #grownMs = 0;

  /** Losses and not delays determine the bitrate. */
  get limited(): boolean {
    return this.#bandwidth !== Number.POSITIVE_INFINITY;
  }

  /** @param lost 1, 0, or -1 for a packet that was told as lost before and came after all */
  onPacket(bytes: number, lost: number): void {
    if (lost >= 0) {
      this.#packets++;
      this.#bytes += bytes;
    }
    this.#lost += lost;
  }

  /**
   * @param sentMs when the newest reported packet was sent
   * @param acknowledged bitrate that arrives, bit/s; 0 = unknown
   * @param delayBased estimate from delays, bit/s
   * @param queueMs how long packets wait in a queue of the path
   * @returns the estimate of both, bit/s
   */
  update(sentMs: number, acknowledged: number, delayBased: number, queueMs: number, rttMs: number): number {
    if (this.#sinceMs < 0) this.#sinceMs = sentMs;
    const duration = sentMs - this.#sinceMs;
    if (duration >= OBSERVATION_MS && this.#packets >= MIN_PACKETS) {
      this.#judge(sentMs, duration, acknowledged, delayBased, queueMs, rttMs);
      this.#packets = 0;
      this.#lost = 0;
      this.#bytes = 0;
      this.#sinceMs = sentMs;
    }
    return Math.min(this.#bandwidth, delayBased);
  }

  #judge(
    nowMs: number,
    duration: number,
    acknowledged: number,
    delayBased: number,
    queueMs: number,
    rttMs: number,
  ): void {
    const lost = Math.max(0, this.#lost);
    const loss = lost / this.#packets;
    this.averageLoss += (loss - this.averageLoss) * SMOOTHING;
    // what was inherent may have gone
    this.#inherentLoss = Math.min(this.#inherentLoss, this.averageLoss * FORGET_FACTOR);
    const rate = (this.#bytes * 8000) / duration;
    if (this.#trialSinceMs >= 0) {
      // what was sent before the decrease, and what still stands in the queue, proves nothing
      if (nowMs - this.#trialSinceMs < Math.max(OBSERVATION_MS, rttMs) + OBSERVATION_MS) return;
      this.#endTrial(loss, rate, queueMs);
      return;
    }
    const borne = Math.max(BEARABLE_LOSS, this.#inherentLoss * INHERENT_MARGIN);
    const deviation = Math.sqrt(this.#packets * borne * (1 - borne));
    if (lost <= this.#packets * borne + DEVIATIONS * deviation + 1) {
      this.#grow(nowMs, delayBased);
      return;
    }
    if (acknowledged === 0) return;
    this.#restored = this.#bandwidth;
    this.#bandwidth = Math.min(this.#bandwidth, delayBased, acknowledged * BACKOFF);
    this.#trialSinceMs = nowMs;
    this.#trialLoss = loss;
    this.#trialRate = rate;
    this.#decreasedMs = nowMs;
    this.#grownMs = nowMs;
  }

  #endTrial(loss: number, rate: number, queueMs: number): void {
    this.#trialSinceMs = -1;
    const stays = loss >= this.#trialLoss * STAYING_PART;
    const tried = rate <= this.#trialRate * TRIED_PART;
    if (!stays || !tried || queueMs > QUEUE_MS || this.#trialLoss > MAX_INHERENT_LOSS) return;
    this.#inherentLoss = Math.max(loss, this.#trialLoss);
    this.averageLoss = this.#inherentLoss;
    this.#bandwidth = this.#restored;
  }

  #grow(nowMs: number, delayBased: number): void {
    if (!this.limited) return;
    const seconds = (nowMs - this.#grownMs) / 1000;
    const sinceDecrease = (nowMs - this.#decreasedMs) / 1000;
    this.#grownMs = nowMs;
    this.#bandwidth *= 1 + (GROWTH_PER_SECOND + GROWTH_ACCELERATION * sinceDecrease) * seconds;
    if (this.#bandwidth >= delayBased) this.#bandwidth = Number.POSITIVE_INFINITY;
  }
}
