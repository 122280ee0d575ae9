/** An estimate must exceed the next layer's bitrate by so much before it is chosen at once. */
const UP_MARGIN = 1.1;
/** An estimate this much above what is sent shows that there is room, though it cannot show how much. */
const HEADROOM = 1.15;
/** A layer is left when the estimate falls below this part of its bitrate. */
const DOWN_MARGIN = 0.9;
/** How long things must go well before a higher layer is tried, ms. */
const STABLE_MS = 3000;
/** A higher layer that fails within this time was too much, ms. */
const TRIAL_MS = 5000;
const FIRST_BACKOFF_MS = 8000;
const MAX_BACKOFF_MS = 60_000;
/** A receiver that has said nothing for so long since it came never will: only the application's bound counts, ms. */
const SILENT_MS = 5000;

/**
 * Chooses the encoding of a simulcast source for one receiver, from the receiver's bandwidth estimate. A receiver-side
 * estimate cannot grow far beyond what is being received, so a higher layer is tried when the estimate shows headroom,
 * and left again, for longer each time, when the estimate then falls. Without clock or I/O.
 */
export class LayerSelector {
  #estimate = Number.POSITIVE_INFINITY;
  #known = false;
  #firstMs = -1;
  #probed = false;
  #changedMs = Number.NEGATIVE_INFINITY;
  /** Set while a higher layer is on trial. */
  #trial = false;
  #backoffMs = FIRST_BACKOFF_MS;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

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
      return this.#change(nowMs, Math.min(allowed, this.#known ? highest(bitrates, this.#estimate) : 0));
    if (current > allowed) return this.#change(nowMs, allowed);
    // Bitrates vary: what only just fits is not changed to.
    const reachable = limit > 0 ? Math.max(current, highest(bitrates, limit / UP_MARGIN)) : top;
    if (!this.#known) return nowMs - this.#firstMs >= SILENT_MS ? reachable : current;
    if (current > 0 && this.#estimate < bitrates[current]! * DOWN_MARGIN) {
      if (this.#trial && nowMs - this.#changedMs < TRIAL_MS) {
        this.#notBeforeMs = nowMs + this.#backoffMs;
        this.#backoffMs = Math.min(MAX_BACKOFF_MS, this.#backoffMs * 2);
      }
      this.#trial = false;
      return this.#change(nowMs, Math.min(current - 1, highest(bitrates, this.#estimate)));
    }
    if (this.#trial && nowMs - this.#changedMs >= TRIAL_MS) {
      this.#trial = false;
      this.#backoffMs = FIRST_BACKOFF_MS;
    }
    if (current >= reachable) return current;
    if (this.#estimate >= bitrates[current + 1]! * UP_MARGIN) {
      return this.#change(nowMs, Math.min(reachable, highest(bitrates, this.#estimate / UP_MARGIN)));
    }
    if (this.#probed) return current;
    const stable = nowMs - this.#changedMs >= STABLE_MS && nowMs >= this.#notBeforeMs;
    if (stable && this.#estimate >= bitrates[current]! * HEADROOM) {
      this.#trial = true;
      return this.#change(nowMs, current + 1);
    }
    return current;
  }

  #change(nowMs: number, layer: number): number {
    this.#changedMs = nowMs;
    return layer;
  }
}

/** The highest layer within a bitrate; the lowest one when none is. */
function highest(bitrates: readonly number[], bitrate: number): number {
  let index = bitrates.length - 1;
  while (index > 0 && bitrates[index]! > bitrate) index--;
  return index;
}
