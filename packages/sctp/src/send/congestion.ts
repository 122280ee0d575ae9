/** Congestion control of one path (RFC 9260 section 7.2). All sizes in bytes. */
export class CongestionControl {
  readonly #mtu: number;
  readonly #max: number;
  #window: number;
  #threshold = Number.POSITIVE_INFINITY;
  #partial = 0;
  /** Fast recovery lasts until this TSN is acknowledged. */
  #recoveryEnd: number | undefined;
  #lastSent: number | undefined;

  /** `mtu`: chunks of a full packet, its common header not counted (PMDCS). */
  constructor(mtu: number, max: number) {
    this.#mtu = mtu;
    this.#max = Math.max(max, 4 * mtu);
    this.#window = Math.min(4 * mtu, Math.max(2 * mtu, 4404));
  }

  get window(): number {
    return this.#window;
  }

  get slowStartThreshold(): number {
    return this.#threshold;
  }

  get inRecovery(): boolean {
    return this.#recoveryEnd !== undefined;
  }

  /** The cumulative TSN advanced and `bytes` are newly acknowledged; `flightBefore` were in flight before that. */
  acknowledged(bytes: number, flightBefore: number, cumulativeTsn: number, nothingLeft: boolean): void {
    if (this.#recoveryEnd !== undefined) {
      if (cumulativeTsn >= this.#recoveryEnd) this.#recoveryEnd = undefined;
      return;
    }
    const wasFull = flightBefore + this.#mtu > this.#window;
    if (this.#window <= this.#threshold) {
      if (wasFull) this.#grow(Math.min(bytes, this.#mtu));
    } else {
      this.#partial += bytes;
      if (this.#partial >= this.#window && wasFull) {
        this.#partial -= this.#window;
        this.#grow(this.#mtu);
      } else if (this.#partial > this.#window) {
        this.#partial = this.#window;
      }
    }
    if (nothingLeft) this.#partial = 0;
  }

  /** A chunk was found missing: fast recovery until all that is sent now is acknowledged. */
  lost(highestTsn: number): void {
    if (this.#recoveryEnd !== undefined) return;
    this.#threshold = Math.max(this.#window / 2, 4 * this.#mtu);
    this.#window = this.#threshold;
    this.#partial = 0;
    this.#recoveryEnd = highestTsn;
  }

  /** T3-rtx expired. */
  timedOut(): void {
    this.#threshold = Math.max(this.#window / 2, 4 * this.#mtu);
    this.#window = this.#mtu;
    this.#partial = 0;
    this.#recoveryEnd = undefined;
  }

  /** Before data is sent with nothing in flight: an unused window shrinks once per RTO (section 7.2.1). */
  restart(now: number, rto: number): void {
    if (this.#lastSent !== undefined) {
      for (let idle = now - this.#lastSent; idle >= rto && this.#window > 4 * this.#mtu; idle -= rto) {
        this.#window = Math.max(this.#window / 2, 4 * this.#mtu);
      }
    }
  }

  sent(now: number): void {
    this.#lastSent = now;
  }

  #grow(bytes: number): void {
    this.#window = Math.min(this.#max, this.#window + bytes);
  }
}
