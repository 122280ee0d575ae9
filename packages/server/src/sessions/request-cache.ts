/** Called with the answer, as text. */
export type Waiter = (answer: string) => void;

/** A request that has begun, and its answer when there is one. */
export interface CachedRequest {
  /** The request as it came: another request that uses the same id is no repetition. */
  readonly text: string;
  readonly expires: number;
  answer: string | undefined;
  waiters: Waiter[] | undefined;
  forgotten: boolean;
}

/** Bounds of all caches together. */
export class CacheBudget {
  readonly lifetimeMillis: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly now: () => number;
  bytes = 0;

  constructor(limits: { seconds: number; entries: number; bytes: number }, now: () => number = Date.now) {
    this.lifetimeMillis = limits.seconds * 1000;
    this.maxEntries = limits.entries;
    this.maxBytes = limits.bytes;
    this.now = now;
  }
}

/**
 * Answers of one session by request id, for clients that repeat a request because the answer got lost with a
 * connection. A repeated request is not run again; while the first still runs, both get its answer.
 */
export class RequestCache {
  readonly #budget: CacheBudget;
  readonly #requests = new Map<unknown, CachedRequest>();

  constructor(budget: CacheBudget) {
    this.#budget = budget;
  }

  /**
   * Notes that a request begins; {@link finish} ends it. Undefined when it is a repetition: then `waiter` gets the
   * answer, now or later, and nothing else is to be done.
   */
  begin(id: unknown, text: string, waiter: Waiter): CachedRequest | undefined {
    const earlier = this.#requests.get(id);
    const now = this.#budget.now();
    if (earlier !== undefined && earlier.expires > now && earlier.text === text) {
      if (earlier.answer !== undefined) waiter(earlier.answer);
      else if (earlier.waiters === undefined) earlier.waiters = [waiter];
      else earlier.waiters.push(waiter);
      return undefined;
    }
    if (earlier !== undefined) this.#forget(id, earlier);
    const request = {
      text,
      expires: now + this.#budget.lifetimeMillis,
      answer: undefined,
      waiters: undefined,
      forgotten: false,
    };
    this.#requests.set(id, request);
    this.#budget.bytes += text.length;
    const { maxEntries, maxBytes } = this.#budget;
    // Some more than needed at a time: single entries at the front of a Map are slow to take out one by one.
    if (this.#requests.size > maxEntries) this.#shrink(now, Math.ceil(maxEntries * 0.875));
    else if (this.#budget.bytes > maxBytes) this.#shrink(now, maxEntries);
    return request;
  }

  finish(request: CachedRequest, answer: string): void {
    const waiters = request.waiters;
    request.waiters = undefined;
    if (!request.forgotten) {
      request.answer = answer;
      this.#budget.bytes += answer.length;
    }
    for (const waiter of waiters ?? []) waiter(answer);
  }

  /** Forgets what has expired. */
  sweep(): void {
    this.#shrink(this.#budget.now(), this.#budget.maxEntries);
  }

  clear(): void {
    for (const [id, request] of this.#requests) this.#forget(id, request);
  }

  get size(): number {
    return this.#requests.size;
  }

  /** Oldest first, until what is left is young enough and within the bounds. */
  #shrink(now: number, entries: number): void {
    for (const [id, request] of this.#requests) {
      const { bytes, maxBytes } = this.#budget;
      if (request.expires > now && this.#requests.size <= entries && bytes <= maxBytes) return;
      this.#forget(id, request);
    }
  }

  #forget(id: unknown, request: CachedRequest): void {
    this.#requests.delete(id);
    request.forgotten = true;
    this.#budget.bytes -= request.text.length + (request.answer?.length ?? 0);
  }
}
