import type { IceTiming } from './settings.js';

/**
 * Consent to send on a selected pair (RFC 7675): when to ask, and when it is lost. A request is never repeated; one that is not answered soon is
 * followed by a new one earlier than usual, so that a single loss neither looks like a broken path nor costs the time of an interval.
 */
export class Consent {
  readonly #timing: IceTiming;
  #lastAnswer: number;
  #unanswered = 0;
  #regularNext: number;
  #next: number;
  /** Whether the path has been silent for so long that the agent is `disconnected`. */
  disconnected = false;

  /** `random` is 0 (inclusive) to 1. */
  constructor(timing: IceTiming, now: number, random: number) {
    this.#timing = timing;
    this.#lastAnswer = now;
    this.#regularNext = now + this.#interval(random);
    this.#next = this.#regularNext;
  }

  #interval(random: number): number {
    return this.#timing.consentInterval * (0.8 + 0.4 * random);
  }

  /** A request has been sent. */
  sent(now: number, random: number, roundTripTime: number | undefined): void {
    this.#regularNext = now + this.#interval(random);
    const retry = Math.max(this.#timing.consentRetry, 2 * (roundTripTime ?? 0));
    this.#next = Math.min(this.#regularNext, now + retry);
    this.#unanswered++;
  }

  /** A valid response has come. */
  answered(now: number): void {
    this.#lastAnswer = now;
    this.#unanswered = 0;
    this.#next = this.#regularNext;
    this.disconnected = false;
  }

  /** Ask at the next opportunity, unless that was done a moment ago. */
  hurry(now: number): void {
    if (this.#unanswered === 0) this.#next = Math.min(this.#next, now);
  }

  due(now: number): boolean {
    return now >= this.#next;
  }

  /** True once per silence. */
  becomesDisconnected(now: number): boolean {
    if (
      this.disconnected ||
      this.#unanswered === 0 ||
      now < this.#lastAnswer + this.#timing.disconnectedAfter
    ) {
      return false;
    }
    this.disconnected = true;
    return true;
  }

  /** After a pause in which nothing could be asked (a suspended process) one question is allowed first. */
  expired(now: number): boolean {
    return this.#unanswered > 1 && now >= this.#lastAnswer + this.#timing.consentTimeout;
  }

  nextTimeout(): number {
    if (this.#unanswered === 0) return this.#next;
    const { disconnectedAfter, consentTimeout } = this.#timing;
    const deadline = this.#lastAnswer + (this.disconnected ? consentTimeout : disconnectedAfter);
    return this.#unanswered > 1 || !this.disconnected ? Math.min(this.#next, deadline) : this.#next;
  }
}
