/** Packets sent within so many ms belong together: they were one burst. */
const GROUP_MS = 5;
/** Packets that arrive so soon after each other, faster than they were sent, left a queue together. */
const BURST_DELTA_MS = 5;
const MAX_BURST_MS = 100;
/** A jump of the arrival clock that is no delay of the network. */
const CLOCK_JUMP_MS = 3000;
const MAX_REORDERED = 3;

/**
 * Puts packets into groups and gives the differences in send and arrival time between groups (libwebrtc's
 * InterArrivalDelta; draft-ietf-rmcat-gcc-02 section 5.2). Nothing is allocated after construction.
 */
export class InterArrival {
  /** Differences of the last two complete groups, ms; valid when `onPacket` has returned true. */
  sendDeltaMs = 0;
  arrivalDeltaMs = 0;
  // the group that grows, and the complete one before it; first send time < 0: none
  #firstSent = -1;
  #lastSent = 0;
  #firstArrival = 0;
  #lastArrival = 0;
  #previousLastSent = -1;
  #previousLastArrival = 0;
  #reordered = 0;

  /** Takes the packets in the order of their sequence numbers. @returns whether another group is complete */
  onPacket(sentMs: number, arrivalMs: number): boolean {
    if (this.#firstSent < 0) {
      this.#start(sentMs, arrivalMs);
      return false;
    }
    if (sentMs < this.#firstSent) return false;
    if (!this.#startsGroup(sentMs, arrivalMs)) {
      this.#lastSent = Math.max(this.#lastSent, sentMs);
      this.#lastArrival = Math.max(this.#lastArrival, arrivalMs);
      return false;
    }
    const complete = this.#compare();
    if (this.#firstSent >= 0) {
      this.#previousLastSent = this.#lastSent;
      this.#previousLastArrival = this.#lastArrival;
    }
    this.#start(sentMs, arrivalMs);
    return complete;
  }

  reset(): void {
    this.#firstSent = -1;
    this.#previousLastSent = -1;
    this.#reordered = 0;
  }

  #start(sentMs: number, arrivalMs: number): void {
    this.#firstSent = sentMs;
    this.#lastSent = sentMs;
    this.#firstArrival = arrivalMs;
    this.#lastArrival = arrivalMs;
  }

  #startsGroup(sentMs: number, arrivalMs: number): boolean {
    const arrivalDelta = arrivalMs - this.#lastArrival;
    const sendDelta = sentMs - this.#lastSent;
    if (sendDelta === 0) return false;
    const leftQueueTogether =
      arrivalDelta < sendDelta &&
      arrivalDelta <= BURST_DELTA_MS &&
      arrivalMs - this.#firstArrival < MAX_BURST_MS;
    return !leftQueueTogether && sentMs - this.#firstSent > GROUP_MS;
  }

  #compare(): boolean {
    if (this.#previousLastSent < 0) return false;
    this.sendDeltaMs = this.#lastSent - this.#previousLastSent;
    this.arrivalDeltaMs = this.#lastArrival - this.#previousLastArrival;
    if (this.arrivalDeltaMs - this.sendDeltaMs >= CLOCK_JUMP_MS) {
      this.reset();
      return false;
    }
    if (this.arrivalDeltaMs < 0) {
      if (++this.#reordered >= MAX_REORDERED) this.reset();
      return false;
    }
    this.#reordered = 0;
    return true;
  }
}
