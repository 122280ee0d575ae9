import type { IceTiming } from './settings.js';

/** So many requests in a row must stay unanswered before silence means anything. */
const UNANSWERED = 4;
/** Between requests that the peer's own traffic sets off (ms). */
const MIN_INTERVAL = 100;
/** Requests that were hurried say something after so long at the least (ms), and after so many round trips. */
const HURRIED_SILENCE = 500;
const HURRIED_ROUND_TRIPS = 3;

/**
 * Consent to send on a selected pair (RFC 7675): when to ask, and when it is lost. A request is never repeated; one that is not answered soon is
 * followed by a new one earlier than usual, so that a single loss neither looks like a broken path nor costs the time of an interval.
 */
export class Consent {
  readonly #timing: IceTiming;
  #lastAnswer: number;
  #lastSent = Number.NEGATIVE_INFINITY;
  #unanswered = 0;
  /** When the first of those was sent. */
  #askedSince = Number.POSITIVE_INFINITY;
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
    const retry = Math.max(this.#timing.consentRetry, 2 * (roundTripTime ?? 0)) * (this.disconnected ? 2 : 1);
    this.#next = Math.min(this.#regularNext, now + retry);
    this.#lastSent = now;
    if (this.#unanswered++ === 0) this.#askedSince = now;
  }

  /** A valid response has come. */
  answered(now: number): void {
    this.#lastAnswer = now;
    this.#unanswered = 0;
    this.#next = this.#regularNext;
    this.disconnected = false;
  }

  /** The peer is heard again: ask at once, unless that was done a moment ago. */
  hurry(now: number): void {
    this.#next = Math.min(this.#next, Math.max(now, this.#lastSent + MIN_INTERVAL));
  }

  /** The path is known to be gone. */
  interrupt(): void {
    this.disconnected = true;
  }

  /** Whether several requests had time to be answered, and none was: sooner known than `disconnected` where they were hurried. */
  silent(now: number, roundTripTime = 0): boolean {
    const wait = Math.max(HURRIED_SILENCE, HURRIED_ROUND_TRIPS * roundTripTime);
    return this.#unanswered >= UNANSWERED && now - this.#askedSince >= wait;
  }

  due(now: number): boolean {
    return now >= this.#next;
  }

  /** True once per silence. */
  becomesDisconnected(now: number): boolean {
    if (this.disconnected || this.#unanswered < UNANSWERED || now < this.#disconnectedAt) return false;
    this.disconnected = true;
    return true;
  }

  /** After a pause in which nothing could be asked (a suspended process) some questions are allowed first. */
  expired(now: number): boolean {
    return this.#unanswered >= UNANSWERED && now >= this.#lastAnswer + this.#timing.consentTimeout;
  }

  get #disconnectedAt(): number {
    return this.#lastAnswer + this.#timing.disconnectedAfter;
  }

  nextTimeout(): number {
    if (this.#unanswered < UNANSWERED) return this.#next;
    const { consentTimeout } = this.#timing;
    return Math.min(this.#next, this.disconnected ? this.#lastAnswer + consentTimeout : this.#disconnectedAt);
  }
}
