/** Of the source's bitrate: whose path carries less is weak. */
const WEAK_SHARE = 0.75;
/** Of what a receiver can take: a source at so much of it is held back by this receiver. */
const BINDING_SHARE = 0.85;
/** A receiver that can take so many times more is one that a weak one must not hold back. */
const STRONGER = 1.3;
/** A receiver must be weak for so long before something is encoded for it: dips pass, ms. */
const WEAK_MS = 2000;
/** The same, where the source could give way to it and does not, ms. */
const UNHEEDED_MS = 5000;
/** So long a source may show that it sends more than a receiver holds it back to, ms. */
const TRIAL_MS = 8000;
const FIRST_TRIAL_PAUSE_MS = 30_000;
const MAX_TRIAL_PAUSE_MS = 300_000;
/** An estimate so far above the source's bitrate … */
const RECOVERED = 1.1;
/** … for so long, and the receiver gets the source again, ms. */
const RECOVERED_MS = 3000;
/** Estimates without probes can't grow far beyond what is received: so much above that is tried … */
const HEADROOM = 1.15;
/** … after this time, which doubles when it was too much, ms. */
const FIRST_RETURN_MS = 10_000;
const MAX_RETURN_MS = 160_000;
/** A receiver that becomes weak again within this time has returned too early, ms. */
const EARLY_MS = 15_000;
/** Sources below it are not worth a second encoder, bit/s. */
const MIN_SOURCE = 250_000;
/** Part by which the remembered bitrate of a source moves towards a smaller one, a second. */
const FADING = 0.04;
/** A receiver that has said nothing since it came takes what it gets, ms. */
const SILENT_MS = 5000;

/** What is known of a receiver, bit/s. */
export interface ReceiverPath {
  /** What its path carries; 0 while unknown. */
  estimate: number;
  /** The same, or more while nothing shows that the path carries no more. */
  allowed: number;
  /** Probes show when the path carries more. */
  probed: boolean;
  /** What it gets. */
  received: number;
}

/** A receiver as the policy sees it. One object as long as it has the source. */
export class WatchedReceiver {
  path: ReceiverPath = { estimate: 0, allowed: 0, probed: false, received: 0 };
  /** It gets the small encoding. */
  weak = false;
  /** What it got before the last update. */
  wasWeak = false;
  /** It does not bound what the source sends. */
  exempt = false;
  readonly sinceMs: number;
  weakSinceMs = Number.POSITIVE_INFINITY;
  unheededSinceMs = Number.POSITIVE_INFINITY;
  recoveredSinceMs = Number.POSITIVE_INFINITY;
  trialUntilMs = Number.NEGATIVE_INFINITY;
  nextTrialMs = Number.NEGATIVE_INFINITY;
  trialPauseMs = FIRST_TRIAL_PAUSE_MS;
  changedMs = Number.NEGATIVE_INFINITY;
  returnMs = FIRST_RETURN_MS;

  constructor(nowMs: number) {
    this.sinceMs = nowMs;
  }

  /** What may be sent to it; Infinity when it does not say. */
  limitAt(nowMs: number): number {
    if (this.path.estimate > 0) return this.path.allowed;
    return nowMs - this.sinceMs < SILENT_MS ? 0 : Number.POSITIVE_INFINITY;
  }
}

/**
 * Which receivers of one source are too weak for it. A source without simulcast sends what its weakest receiver can take, when it
 * heeds such bounds at all: so a receiver is weak when it would hold back others that can take clearly more, or when the source
 * does not care. A single receiver whose source gives way to it never is: the sender's own encoder does it best. Without clock or I/O.
 */
export class WeakReceiverPolicy {
  #reference = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** The source has been seen to send more than its only receivers could take. */
  #unheeding = false;

  /** What the source sends when nobody weak holds it back, bit/s. */
  get reference(): number {
    return this.#reference;
  }

  /** @param rate what the source sends now, bit/s; 0 = nothing comes, then nothing changes @param allowed whether one may be weak */
  update(nowMs: number, rate: number, receivers: Iterable<WatchedReceiver>, allowed: boolean): void {
    const all = [...receivers];
    for (const receiver of all) receiver.wasWeak = receiver.weak;
    if (!allowed) {
      for (const receiver of all) this.#strengthen(receiver, nowMs);
      return;
    }
    if (rate <= 0) return;
    const seconds = Math.min(5, (nowMs - this.#lastMs) / 1000);
    this.#lastMs = nowMs;
    this.#reference =
      rate > this.#reference
        ? rate
        : this.#reference + (rate - this.#reference) * Math.min(1, FADING * seconds);
    const strongest = new Strongest(all, nowMs);
    for (const receiver of all) {
      const limit = receiver.limitAt(nowMs);
      if (limit === 0) continue;
      const hasStronger = strongest.beside(receiver) >= limit * STRONGER;
      const { weak } = receiver;
      if (weak) this.#reviewWeak(receiver, nowMs, rate, hasStronger);
      else this.#review(receiver, nowMs, rate, limit, hasStronger);
      if (receiver.weak !== weak) strongest.changed(receiver, limit);
    }
  }

  #review(receiver: WatchedReceiver, nowMs: number, rate: number, limit: number, hasStronger: boolean): void {
    const exceeded = limit < rate * WEAK_SHARE && rate >= MIN_SOURCE;
    if (!exceeded) {
      receiver.weakSinceMs = Number.POSITIVE_INFINITY;
      receiver.unheededSinceMs = Number.POSITIVE_INFINITY;
    } else {
      receiver.weakSinceMs = Math.min(receiver.weakSinceMs, nowMs);
      if (!receiver.exempt) receiver.unheededSinceMs = Math.min(receiver.unheededSinceMs, nowMs);
    }
    if (hasStronger && exceeded && nowMs - receiver.weakSinceMs >= WEAK_MS) {
      this.#weaken(receiver, nowMs);
      return;
    }
    if (exceeded && nowMs - receiver.unheededSinceMs >= UNHEEDED_MS) {
      this.#unheeding ||= !hasStronger;
      this.#weaken(receiver, nowMs);
      return;
    }
    if (!hasStronger) {
      receiver.exempt = false;
      return;
    }
    if (receiver.exempt) {
      if (nowMs < receiver.trialUntilMs || exceeded) return;
      // The source does not want more than this one can take, or hardly.
      receiver.exempt = false;
      receiver.nextTrialMs = nowMs + receiver.trialPauseMs;
      receiver.trialPauseMs = Math.min(MAX_TRIAL_PAUSE_MS, receiver.trialPauseMs * 2);
      return;
    }
    const fell = limit < this.#reference * WEAK_SHARE && this.#reference >= MIN_SOURCE;
    if ((fell || rate >= limit * BINDING_SHARE) && nowMs >= receiver.nextTrialMs) {
      receiver.exempt = true;
      receiver.trialUntilMs = nowMs + TRIAL_MS;
    }
  }

  #reviewWeak(receiver: WatchedReceiver, nowMs: number, rate: number, hasStronger: boolean): void {
    // Nobody is left whom it would hold back.
    if (!hasStronger && !this.#unheeding) {
      this.#strengthen(receiver, nowMs);
      return;
    }
    const { estimate, probed, received } = receiver.path;
    const enough = estimate >= rate * RECOVERED;
    const headroom = !probed && received > 0 && estimate >= received * HEADROOM;
    if (!enough && !headroom) {
      receiver.recoveredSinceMs = Number.POSITIVE_INFINITY;
      return;
    }
    receiver.recoveredSinceMs = Math.min(receiver.recoveredSinceMs, nowMs);
    const wait = enough ? RECOVERED_MS : receiver.returnMs;
    if (nowMs - receiver.recoveredSinceMs >= wait) this.#strengthen(receiver, nowMs);
  }

  #weaken(receiver: WatchedReceiver, nowMs: number): void {
    const early = nowMs - receiver.changedMs < EARLY_MS;
    receiver.returnMs = early ? Math.min(MAX_RETURN_MS, receiver.returnMs * 2) : FIRST_RETURN_MS;
    receiver.weak = true;
    receiver.exempt = true;
    receiver.recoveredSinceMs = Number.POSITIVE_INFINITY;
    receiver.changedMs = nowMs;
  }

  #strengthen(receiver: WatchedReceiver, nowMs: number): void {
    receiver.exempt = false;
    receiver.weakSinceMs = Number.POSITIVE_INFINITY;
    receiver.unheededSinceMs = Number.POSITIVE_INFINITY;
    if (!receiver.weak) return;
    receiver.weak = false;
    receiver.changedMs = nowMs;
  }
}

/**
 * The two largest limits of receivers that are not weak: each of a thousand receivers need not be compared with all others. Of equal ones
 * the last two, for it is in their order that they become weak.
 */
class Strongest {
  #first: WatchedReceiver | undefined;
  #second: WatchedReceiver | undefined;
  #firstLimit = Number.NEGATIVE_INFINITY;
  #secondLimit = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly all: readonly WatchedReceiver[],
    private readonly nowMs: number,
  ) {
    this.#find();
  }

  /** The largest limit of the others, -Infinity without any. */
  beside(receiver: WatchedReceiver): number {
    return receiver === this.#first ? this.#secondLimit : this.#firstLimit;
  }

  /** A receiver has become weak, or is so no longer. */
  changed(receiver: WatchedReceiver, limit: number): void {
    if (!receiver.weak) this.#add(receiver, limit);
    else if (receiver === this.#first || receiver === this.#second) this.#find();
  }

  #find(): void {
    this.#first = undefined;
    this.#second = undefined;
    this.#firstLimit = Number.NEGATIVE_INFINITY;
    this.#secondLimit = Number.NEGATIVE_INFINITY;
    for (const receiver of this.all) if (!receiver.weak) this.#add(receiver, receiver.limitAt(this.nowMs));
  }

  #add(receiver: WatchedReceiver, limit: number): void {
    if (limit >= this.#firstLimit) {
      this.#second = this.#first;
      this.#secondLimit = this.#firstLimit;
      this.#first = receiver;
      this.#firstLimit = limit;
    } else if (limit >= this.#secondLimit) {
      this.#second = receiver;
      this.#secondLimit = limit;
    }
  }
}
