/**
 * Spaces out key frame requests: the first goes out at once, those that come too soon after it become one request when the time has come. None
 * is lost: who asks late may have missed the key frame that the one before has brought.
 */
export class KeyFrameThrottle {
  readonly #intervalMs: number;
  readonly #send: () => void;
  #timer: NodeJS.Timeout | undefined;
  #waiting = false;
  #closed = false;

  /** @param intervalMs shortest time between two requests */
  constructor(intervalMs: number, send: () => void) {
    this.#intervalMs = intervalMs;
    this.#send = send;
  }

  request(): void {
    if (this.#closed) return;
    if (this.#timer !== undefined) {
      this.#waiting = true;
      return;
    }
    this.#timer = setTimeout(() => this.#onTime(), this.#intervalMs);
    this.#send();
  }

  #onTime(): void {
    this.#timer = undefined;
    if (!this.#waiting) return;
    this.#waiting = false;
    this.request();
  }

  /** Nothing is sent any more. Idempotent. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
