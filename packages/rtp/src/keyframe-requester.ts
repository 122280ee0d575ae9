export interface KeyFrameRequesterOptions {
  /** shortest time between two requests, ms (default 500) */
  intervalMs?: number;
  /** requests without an answer before it gives up until asked again (default 20) */
  maxAttempts?: number;
}

/**
 * Decides when to send PLI or FIR to one source: at once when the first viewer asks, then at most once an interval until a key
 * frame comes. Any number of askers share the requests.
 */
export class KeyFrameRequester {
  /** requests sent, asked for, and given up without an answer */
  sent = 0;
  asked = 0;
  unanswered = 0;
  /** For FIR: one more for each new request, unchanged for its repetitions, 0 … 255 (RFC 5104 section 4.3.1.1). */
  commandSequence = 0;

  readonly #intervalMs: number;
  readonly #maxAttempts: number;
  #pending = false;
  #attempts = 0;
  #lastSentMs = Number.NEGATIVE_INFINITY;

  constructor(options: KeyFrameRequesterOptions = {}) {
    this.#intervalMs = options.intervalMs ?? 500;
    this.#maxAttempts = options.maxAttempts ?? 20;
  }

  /** A key frame is waited for. */
  get pending(): boolean {
    return this.#pending;
  }

  /**
   * Someone needs a key frame.
   * @returns true when a request is to be sent now; it counts as sent
   */
  ask(nowMs: number): boolean {
    this.asked++;
    if (!this.#pending) {
      this.#pending = true;
      this.#attempts = 0;
      this.commandSequence = (this.commandSequence + 1) & 0xff;
    }
    return this.poll(nowMs);
  }

  /** @returns true when a request, first or repeated, is due now; it counts as sent */
  poll(nowMs: number): boolean {
    if (!this.#pending || nowMs - this.#lastSentMs < this.#intervalMs) return false;
    if (this.#attempts >= this.#maxAttempts) {
      this.#pending = false;
      this.unanswered++;
      return false;
    }
    this.#attempts++;
    this.#lastSentMs = nowMs;
    this.sent++;
    return true;
  }

  /** A key frame began to arrive: everybody who asked is served. */
  onKeyFrame(): void {
    this.#pending = false;
  }

  /** When poll() is to be called next, ms; Infinity while nobody waits. */
  nextTimeout(): number {
    return this.#pending ? this.#lastSentMs + this.#intervalMs : Number.POSITIVE_INFINITY;
  }
}
