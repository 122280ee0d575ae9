import { clientError } from '../errors.js';

/** How an event stream deals with a reader that is too slow. */
export interface StreamOptions {
  readonly signal?: AbortSignal | undefined;
  /** Events that may wait to be read. Default 1000. */
  readonly queueSize?: number;
  /** When the queue is full: end with EVENT_QUEUE_FULL (default), or drop the oldest event. */
  readonly overflow?: 'error' | 'drop-oldest';
}

const DEFAULT_QUEUE_SIZE = 1000;

interface Reader<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: unknown): void;
}

/** Events in the order of their arrival, to be read with `for await`. Leaving the loop ends the subscription. */
export class EventStream<T> implements AsyncIterableIterator<T, undefined> {
  readonly #queueSize: number;
  readonly #overflow: 'error' | 'drop-oldest';
  readonly #release: () => void;
  readonly #queue: T[] = [];
  readonly #readers: Reader<T>[] = [];
  #ended = false;
  #failure: { error: unknown } | undefined;

  /** `release` is called once, when the stream ends. */
  constructor({ queueSize = DEFAULT_QUEUE_SIZE, overflow = 'error' }: StreamOptions, release: () => void) {
    if (!Number.isInteger(queueSize) || queueSize < 1) {
      throw new RangeError('queueSize must be an integer of at least 1');
    }
    this.#queueSize = queueSize;
    this.#overflow = overflow;
    this.#release = release;
  }

  push(event: T): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ done: false, value: event });
      return;
    }
    if (this.#queue.length >= this.#queueSize) {
      if (this.#overflow === 'error') {
        this.fail(clientError('EVENT_QUEUE_FULL', `${this.#queueSize} events were not read in time`));
        return;
      }
      this.#queue.shift();
    }
    this.#queue.push(event);
  }

  /** What waits can still be read, then the stream ends. */
  end(): void {
    this.#finish();
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
  }

  /** What waits can still be read, then the reader gets the error, once. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#finish();
    const readers = this.#readers.splice(0);
    const first = readers.shift();
    if (first === undefined) this.#failure = { error };
    else first.reject(error);
    for (const reader of readers) reader.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#queue.length > 0) return Promise.resolve({ done: false, value: this.#queue.shift() as T });
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  /** Ends the stream; what waits is dropped. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.end();
    this.#queue.length = 0;
    this.#failure = undefined;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
  }
}
