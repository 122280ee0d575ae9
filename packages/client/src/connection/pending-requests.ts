import { clientError } from '../errors.js';

/** What a request needs besides its method and parameters. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether it does no harm when the server runs it twice. */
  readonly idempotent?: boolean;
  /** Takes the result of a request that nobody waits for any more, to undo what it did. */
  readonly late?: (result: unknown) => void;
}

export interface PendingRequest {
  readonly id: number;
  readonly text: string;
  readonly idempotent: boolean;
  /** When it was first sent, in milliseconds; undefined while it waits for a connection. */
  sentAt: number | undefined;
  /** How often it was sent. */
  attempts: number;
  /** Both do nothing the second time. */
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests without an answer, in the order in which they were made. */
export class PendingRequests {
  readonly #requests = new Map<number, PendingRequest>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#requests.size;
  }

  /**
   * Notes a request and has it sent. The promise rejects with TOO_MANY_REQUESTS, or the reason of the signal: then a
   * request that was not sent is taken back, one that was sent runs on.
   */
  add(
    id: number,
    text: string,
    { signal, idempotent = false, late }: RequestOptions,
    send: (request: PendingRequest) => void,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      if (this.#requests.size >= this.#limit) {
        reject(clientError('TOO_MANY_REQUESTS', `${this.#limit} requests are waiting for their answers`));
        return;
      }
      let waiting = true;
      const settle = () => {
        waiting = false;
        signal?.removeEventListener('abort', abort);
      };
      const abort = () => {
        settle();
        if (request.sentAt === undefined) this.#requests.delete(id);
        reject(signal?.reason);
      };
      const request: PendingRequest = {
        id,
        text,
        idempotent,
        sentAt: undefined,
        attempts: 0,
        resolve: (result) => {
          if (waiting) {
            settle();
            resolve(result);
          } else late?.(result);
        },
        reject: (error) => {
          if (!waiting) return;
          settle();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort);
      this.#requests.set(id, request);
      send(request);
    });
  }

  /** The request that an answer belongs to; it is pending no more. */
  take(id: number): PendingRequest | undefined {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    return request;
  }

  /** Rejects those that a condition chooses. */
  rejectWhere(condition: (request: PendingRequest) => boolean, error: Error): void {
    for (const request of [...this.#requests.values()]) {
      if (!condition(request)) continue;
      this.#requests.delete(request.id);
      request.reject(error);
    }
  }

  [Symbol.iterator](): Iterator<PendingRequest> {
    return this.#requests.values();
  }
}
