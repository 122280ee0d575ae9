/**
 * Kurento's RembParams (the factors of its loss-based control), with its defaults.
 * An update here is normalised to Kurento's interval of 200 ms.
 */
export interface RembParams {
  /** packets over which the loss is averaged at least */
  packetsRecvIntervalTop: number;
  /** growth per update below the threshold */
  exponentialFactor: number;
  /** least growth per update above the threshold, bit/s */
  linealFactorMin: number;
  /** updates in which the last top bitrate is reached again from the threshold */
  linealFactorGrade: number;
  /** what is left of the bitrate after too many losses */
  decrementFactor: number;
  /** threshold between fast and slow growth, as part of the bitrate at which losses came */
  thresholdFactor: number;
  /** losses in 1/256 from which on they are too many */
  upLosses: number;
}

export const DEFAULT_REMB_PARAMS: Readonly<RembParams> = {
  packetsRecvIntervalTop: 100,
  exponentialFactor: 0.04,
  linealFactorMin: 100,
  linealFactorGrade: 30,
  decrementFactor: 0.5,
  thresholdFactor: 0.8,
  upLosses: 12,
};

/** Kurento's bounds: never less is asked for, and never more than twice what came. */
const REMB_MIN = 30000;
const MAX_FACTOR_INPUT = 2;
const UPDATE_MS = 200;
/** Below this part of upLosses (2 % by default) losses are taken for chance, as libwebrtc's loss control does. */
const CHANCE_PART = 0.4;
/** Growth on a clean network: one and a half times what came, as libwebrtc's AIMD control allows. */
const HEADROOM_FACTOR = 1.5;
const HEADROOM_BPS = 10000;
/**
 * Losses that stay although less was received are not of our making (radio links): from this part of the former loss, at this
 * part of the former bitrate. They are then taken off, up to a fifth of all packets.
 */
const STEADY_LOSS_PART = 0.7;
const STEADY_RATE_PART = 0.8;
const MAX_STEADY_LOSS = 51;
/** Packets over which losses are averaged to tell steady ones. */
const STEADY_PACKETS = 500;
/** After a decrease the next one waits until the sender can have followed, ms. */
const DECREASE_HOLD_MS = 600;

export interface RembOptions {
  params?: Partial<RembParams>;
  /** minVideoRecvBandwidth and maxVideoRecvBandwidth, kbit/s; 0 or less = none */
  minKbps?: number;
  maxKbps?: number;
  /** asked for until something is known, bit/s (default 1000000): libwebrtc's sender jumps to it within its first two seconds */
  initialBps?: number;
}

/**
 * The bitrate to ask a video sender for by REMB: Kurento's loss-based control with its parameters, made faster where that
 * is safe (growth with the received bitrate until the first congestion, small losses ignored). Without clock: update() about
 * every 200 ms.
 */
export class RembController {
  readonly #initialBps: number;
  #params: RembParams;
  #minBps = 0;
  #maxBps = 0;
  #estimate: number;
  /** bitrate from which on growth is slow; Infinity until losses came */
  #threshold = Number.POSITIVE_INFINITY;
  #linealFactor: number;
  #maxReceived = 0;
  #averageReceived = 0;
  #lossRecord = 0;
  /** all losses, averaged over more packets; the steady part of them; and what they were at the last decrease, in 1/256 */
  #averageLoss = 0;
  #steadyLoss = 0;
  #decreaseLoss = 0;
  #decreaseReceived = 0;
  #lastUpdateMs = -1;
  #lastDecreaseMs = Number.NEGATIVE_INFINITY;

  constructor(options: RembOptions = {}) {
    this.#initialBps = options.initialBps ?? 1_000_000;
    this.#estimate = this.#initialBps;
    this.#params = { ...DEFAULT_REMB_PARAMS };
    this.#linealFactor = this.#params.linealFactorMin;
    if (options.params !== undefined) this.setParams(options.params);
    this.setLimits(options.minKbps ?? 0, options.maxKbps ?? 0);
  }

  /** The estimate without minimum and viewers, bit/s. */
  get estimate(): number {
    return this.#estimate;
  }

  /** Losses averaged over at least packetsRecvIntervalTop packets, in 1/256, without steady ones. */
  get lossRecord(): number {
    return this.#lossRecord;
  }

  /** Replaces the parameters; those left out take their defaults. */
  setParams(params: Partial<RembParams>): void {
    this.#params = { ...DEFAULT_REMB_PARAMS, ...params };
    this.#params.packetsRecvIntervalTop = Math.max(1, this.#params.packetsRecvIntervalTop);
  }

  /** @param minKbps minVideoRecvBandwidth @param maxKbps maxVideoRecvBandwidth; 0 or less = none */
  setLimits(minKbps: number, maxKbps: number): void {
    this.#minBps = minKbps > 0 ? minKbps * 1000 : 0;
    this.#maxBps = maxKbps > 0 ? maxKbps * 1000 : 0;
  }

  /**
   * Takes what came since the last update and gives the bitrate to ask for.
   * @param receivedBps bitrate received, bit/s, over half a second or so
   * @param fractionLost in 1/256, over the packets of this update
   * @param packets received since the last update; 0 leaves the estimate as it is
   * @param viewersBps least bitrate that all viewers can receive (RembCombiner), Infinity when nobody says
   * @returns bit/s
   */
  update(
    nowMs: number,
    receivedBps: number,
    fractionLost: number,
    packets: number,
    viewersBps = Number.POSITIVE_INFINITY,
  ): number {
    if (packets > 0 && receivedBps > 0) {
      const updates =
        this.#lastUpdateMs < 0 ? 1 : Math.max(0, Math.min(5, (nowMs - this.#lastUpdateMs) / UPDATE_MS));
      this.#adapt(nowMs, receivedBps, fractionLost, packets, updates);
    }
    this.#lastUpdateMs = nowMs;
    return Math.max(Math.min(this.#estimate, viewersBps), this.#minBps, REMB_MIN);
  }

  #adapt(nowMs: number, receivedBps: number, fractionLost: number, packets: number, updates: number): void {
    const params = this.#params;
    const top = Math.max(params.packetsRecvIntervalTop, packets);
    const loss = Math.max(0, fractionLost - this.#learnSteadyLoss(fractionLost, packets));
    this.#lossRecord = (this.#lossRecord * (top - packets) + loss * packets) / top;
    this.#maxReceived = Math.max(this.#maxReceived, receivedBps);
    this.#averageReceived =
      this.#averageReceived === 0 ? receivedBps : (this.#averageReceived * 7 + receivedBps) / 8;
    if (this.#lossRecord < Math.max(1, params.upLosses * CHANCE_PART)) {
      this.#grow(receivedBps, updates);
    } else {
      this.#onLoss(nowMs, receivedBps);
    }
    if (this.#maxBps > 0) this.#estimate = Math.min(this.#estimate, this.#maxBps);
  }

  /** @returns losses in 1/256 that are there at any bitrate */
  #learnSteadyLoss(fractionLost: number, packets: number): number {
    const weight = Math.min(1, packets / STEADY_PACKETS);
    this.#averageLoss += (fractionLost - this.#averageLoss) * weight;
    // they may have gone meanwhile; a little above the average, so that chance does not wear them down
    this.#steadyLoss = Math.min(this.#steadyLoss, this.#averageLoss * 1.2);
    return this.#steadyLoss;
  }

  #grow(receivedBps: number, updates: number): void {
    const params = this.#params;
    // more came through than at the last congestion: what was learnt there no longer holds
    if (receivedBps * params.thresholdFactor > this.#threshold) this.#threshold = Number.POSITIVE_INFINITY;
    const base = Math.max(this.#estimate, this.#maxReceived);
    let next: number;
    if (base < this.#threshold) {
      next = Math.max(
        base * (1 + params.exponentialFactor) ** updates,
        receivedBps * HEADROOM_FACTOR + HEADROOM_BPS,
      );
      // fast growth ends where it became too much the last time
      if (next > this.#threshold) next = Math.max(base, this.#threshold);
    } else {
      next = base + this.#linealFactor * updates;
    }
    // the initial bitrate is a trial, good until the network has shown that it is too much
    const trial = this.#threshold === Number.POSITIVE_INFINITY ? this.#initialBps : 0;
    const limit = Math.max(this.#maxReceived * MAX_FACTOR_INPUT, trial);
    this.#estimate = Math.max(this.#estimate, Math.min(next, limit));
  }

  #onLoss(nowMs: number, receivedBps: number): void {
    const params = this.#params;
    // while the sender has not yet followed the last decrease, losses are still those of before
    if (nowMs - this.#lastDecreaseMs < DECREASE_HOLD_MS) return;
    // under congestion what came through is what the network can do; a much higher estimate was never tried
    const base = Math.min(Math.max(this.#estimate, this.#averageReceived), receivedBps * 1.2);
    this.#threshold = base * params.thresholdFactor;
    this.#linealFactor = Math.max(
      params.linealFactorMin,
      (base - this.#threshold) / Math.max(1, params.linealFactorGrade),
    );
    if (this.#lossRecord < params.upLosses) {
      // bearable losses: no more than what was received
      this.#estimate = Math.min(this.#estimate, this.#maxReceived);
      return;
    }
    this.#lastDecreaseMs = nowMs;
    const loss = this.#lossRecord + this.#steadyLoss;
    if (
      this.#decreaseLoss > 0 &&
      loss <= MAX_STEADY_LOSS &&
      loss >= this.#decreaseLoss * STEADY_LOSS_PART &&
      receivedBps <= this.#decreaseReceived * STEADY_RATE_PART
    ) {
      this.#steadyLoss = loss;
      this.#averageLoss = loss;
      this.#decreaseLoss = 0;
      this.#lossRecord = 0;
      return;
    }
    this.#decreaseLoss = loss;
    this.#decreaseReceived = receivedBps;
    this.#estimate = base * params.decrementFactor;
    this.#lossRecord = 0;
    this.#maxReceived = 0;
    this.#averageReceived = 0;
  }
}
