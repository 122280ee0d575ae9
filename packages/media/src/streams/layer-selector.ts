/** An estimate must exceed the next layer's bitrate by so much before it is chosen at once. */
const UP_MARGIN = 1.1;
/** An estimate this much above what is sent shows that there is room, though it cannot show how much. */
const HEADROOM = 1.15;
/** A layer is left when the estimate falls below this part of its bitrate. */
const DOWN_MARGIN = 0.9;
/** Falling by more than this part, an estimate says that too much was sent. */
const FALL = 0.96;
/** An estimate that grows so many times in a row has not met the end of the path, wherever it stands. */
const RISE = 1.02;
const RISES = 2;
/** Not growing for so long, one that is too low for what is sent stays so, ms. */
const STALE_MS = 2500;
/** How long things must go well before a higher layer is tried, ms. */
const STABLE_MS = 2000;
/** A receiver's estimate grows by 8 % a second: a layer that takes up to so many times what is sent is tried without waiting for it. */
const TRIAL_STEP = 2;
/** A higher layer that fails within this time was too much, ms. */
const TRIAL_MS = 5000;
const FIRST_BACKOFF_MS = 8000;
const MAX_BACKOFF_MS = 60_000;
/** Left again within this time, a layer was chosen by an estimate of probes that swings about its bitrate, ms. */
const SWING_MS = 10_000;
/** It must be exceeded by so much then, for a time that grows like that of a failed trial. */
const SWING_MARGIN = 1.3;
/** Expected of a receiver of which nothing is known, bit/s, as browsers do. */
const START_BPS = 300_000;
/** A receiver that has said nothing for so long since it came never will: only the application's bound counts, ms. */
const SILENT_MS = 5000;

/**
 * Chooses the encoding of a simulcast source for one receiver, from the receiver's bandwidth estimate. A receiver-side
 * estimate (REMB) can only grow slowly beyond what is being received, so a higher layer is tried when the estimate shows headroom
 * or grows, and left again, for longer each time, when the estimate then falls. An estimate below what is sent means nothing
 * while it grows. Without clock or I/O.
 */
export class LayerSelector {
  #estimate = Number.POSITIVE_INFINITY;
  #known = false;
  /** What was looked at last; it falls at the first look. */
  #seen = Number.POSITIVE_INFINITY;
  #fallen = false;
  #rises = 0;
  /** When it grew last, or what is sent changed, ms. */
  #roseMs = Number.NEGATIVE_INFINITY;
  #firstMs = -1;
  #probed = false;
  #changedMs = Number.NEGATIVE_INFINITY;
  /** Set while a higher layer is on trial. */
  #trial = false;
  /** What was sent before it, and what turned out to be too much the last time, bit/s. */
  #trialFrom = 0;
  #failed = 0;
  #backoffMs = FIRST_BACKOFF_MS;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  /** When the estimate last led to a higher layer, ms. */
  #upMs = Number.NEGATIVE_INFINITY;
  /** Bitrate of the layer about which it swings, bit/s, and until when that counts, ms. */
  #swinging = 0;
  #swingsUntilMs = Number.NEGATIVE_INFINITY;
  #swingBackoffMs = FIRST_BACKOFF_MS;

  /** Whether there is no estimate yet, and there may be one soon. */
  isNew(nowMs: number): boolean {
    return !this.#known && (this.#firstMs < 0 || nowMs - this.#firstMs < SILENT_MS);
  }

  /** @param bitrate the receiver's estimate, bit/s @param probed it comes from probes: then nothing has to be tried */
  onEstimate(bitrate: number, probed = false): void {
    this.#estimate = bitrate;
    this.#known = true;
    this.#probed = probed;
  }

  /**
   * @param bitrates of the layers, ascending, bit/s
   * @param current index of the layer that is sent, -1 when it is none of them
   * @param limit bound that the application set, bit/s; 0 = none
   * @returns index of the layer to send
   */
  select(nowMs: number, bitrates: readonly number[], current: number, limit: number): number {
    if (this.#firstMs < 0) this.#firstMs = nowMs;
    const top = bitrates.length - 1;
    const allowed = limit > 0 ? highest(bitrates, limit) : top;
    if (current < 0)
      return this.#change(
        nowMs,
        Math.min(allowed, highest(bitrates, this.#known ? this.#estimate : START_BPS)),
      );
    if (current > allowed) return this.#change(nowMs, allowed);
    // Bitrates vary: what only just fits is not changed to.
    const reachable = limit > 0 ? Math.max(current, highest(bitrates, limit / UP_MARGIN)) : top;
    if (!this.#known) return nowMs - this.#firstMs >= SILENT_MS ? reachable : current;
    this.#look(nowMs);
    const tooMuch = this.#estimate < bitrates[current]! * DOWN_MARGIN;
    const final = this.#probed || this.#fallen || nowMs - this.#roseMs >= STALE_MS;
    if (current > 0 && tooMuch && final) {
      if (this.#trial && nowMs - this.#changedMs < TRIAL_MS) {
        this.#notBeforeMs = nowMs + this.#backoffMs;
        this.#backoffMs = Math.min(MAX_BACKOFF_MS, this.#backoffMs * 2);
        this.#failed = bitrates[current]!;
      } else if (this.#probed) this.#noteSwing(nowMs, bitrates[current]!);
      // An estimate that was too low before the trial tells only that it failed.
      const back = this.#trial && !this.#fallen ? this.#trialFrom : this.#estimate;
      this.#trial = false;
      return this.#change(nowMs, Math.min(current - 1, highest(bitrates, back)));
    }
    if (this.#trial && nowMs - this.#changedMs >= TRIAL_MS) {
      this.#trial = false;
      this.#backoffMs = FIRST_BACKOFF_MS;
    }
    if (current >= reachable) return current;
    if (this.#estimate >= bitrates[current + 1]! * UP_MARGIN) {
      const swings = nowMs < this.#swingsUntilMs && this.#estimate < this.#swinging * SWING_MARGIN;
      const within = swings ? Math.min(this.#estimate, this.#swinging * DOWN_MARGIN) : this.#estimate;
      const next = Math.min(reachable, highest(bitrates, within / UP_MARGIN));
      if (next <= current) return current;
      this.#upMs = nowMs;
      return this.#change(nowMs, next);
    }
    if (this.#probed) return current;
    const stable = nowMs - this.#changedMs >= STABLE_MS;
    const free = this.#estimate >= bitrates[current]! * HEADROOM || this.#rises >= RISES;
    if (stable && free) {
      const far = Math.max(current + 1, highest(bitrates, bitrates[current]! * TRIAL_STEP));
      const bound = nowMs < this.#notBeforeMs ? highest(bitrates, this.#failed * DOWN_MARGIN) : reachable;
      const next = Math.min(reachable, far, bound);
      if (next <= current) return current;
      this.#trial = true;
      this.#trialFrom = bitrates[current]!;
      return this.#change(nowMs, next);
    }
    return current;
  }

  /** Whether the estimate grows or has fallen since the last change. */
  #look(nowMs: number): void {
    if (this.#estimate < this.#seen * FALL) {
      this.#fallen = true;
      this.#rises = 0;
    } else if (this.#estimate > this.#seen * RISE) {
      this.#rises++;
      this.#roseMs = nowMs;
      if (this.#rises >= RISES) this.#fallen = false;
    }
    this.#seen = this.#estimate;
  }

  /** A layer is too much. */
  #noteSwing(nowMs: number, bitrate: number): void {
    if (nowMs - this.#upMs >= SWING_MS) {
      this.#swingBackoffMs = FIRST_BACKOFF_MS;
      return;
    }
    this.#swinging = bitrate;
    this.#swingsUntilMs = nowMs + this.#swingBackoffMs;
    this.#swingBackoffMs = Math.min(MAX_BACKOFF_MS, this.#swingBackoffMs * 2);
  }

  #change(nowMs: number, layer: number): number {
    this.#changedMs = nowMs;
    this.#rises = 0;
    this.#roseMs = nowMs;
    this.#fallen = false;
    return layer;
  }
}

/** The highest layer within a bitrate; the lowest one when none is. */
function highest(bitrates: readonly number[], bitrate: number): number {
  let index = bitrates.length - 1;
  while (index > 0 && bitrates[index]! > bitrate) index--;
  return index;
}
