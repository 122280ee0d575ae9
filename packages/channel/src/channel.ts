import { KurentoError } from '@rivero/api';
import { type CarriedError, decodeError, encodeError } from './errors.js';
import type { Link } from './link.js';

/** Methods by name with what goes in and comes out; an interface will do. */
export type MethodTable<T> = { [K in keyof T]: { params: unknown; result: unknown } };

type Params<T, K extends keyof T> = T[K] extends { params: infer P } ? P : never;
type Result<T, K extends keyof T> = T[K] extends { result: infer R } ? R : never;
type Handler = (params: unknown) => unknown;

/** Gets the result, or the error: called once, in the order in which answers and events arrived. */
export type Done<R> = (error: Error | undefined, result?: R) => void;

export interface ChannelOptions {
  /** Requests that may wait for an answer at a time; more are refused with NOT_ENOUGH_RESOURCES. */
  maxPending?: number;
  /** Told what a listener or a completion threw. Without it the error is rethrown outside of the channel. */
  onError?: (error: unknown) => void;
}

/** The link ended before the answer came, or the request came after the end. */
export class ChannelClosedError extends Error {
  override readonly name = 'ChannelClosedError';
}

// The first member of every message on the link.
const Kind = { Request: 0, Result: 1, Error: 2, Event: 3 } as const;

/**
 * Requests, replies and events with types over a {@link Link}.
 *
 * Everything keeps its order: requests reach the handlers as they were sent, and replies and events leave and
 * arrive in the order in which they came about (the answer of a handler that returns a plain value is on its way
 * before anything that it emits afterwards). `Local` are the methods handled here, `Remote` those of the other
 * side.
 */
export class Channel<
  Local extends MethodTable<Local>,
  Remote extends MethodTable<Remote>,
  LocalEvents,
  RemoteEvents,
> {
  /** Resolves when the link has ended, whoever ended it, after all pending requests have failed. */
  readonly closed: Promise<void>;
  readonly #link: Link;
  readonly #maxPending: number;
  readonly #onError: (error: unknown) => void;
  readonly #handlers = new Map<string, Handler>();
  readonly #listeners = new Map<string, ((payload: unknown) => void)[]>();
  readonly #pending = new Map<number, Done<unknown>>();
  #nextId = 1;
  #open = true;
  #why = '';

  constructor(link: Link, options: ChannelOptions = {}) {
    this.#link = link;
    this.#maxPending = options.maxPending ?? 65_536;
    this.#onError =
      options.onError ??
      ((error) =>
        queueMicrotask(() => {
          throw error;
        }));
    this.closed = new Promise((resolve) => {
      link.onClose((why) => {
        this.#end(why ?? 'link closed');
        resolve();
      });
    });
    link.onMessage((message) => this.#accept(message));
  }

  /** Sets the handler of a method. What it throws or rejects with goes to the other side as an error. */
  handle<K extends keyof Local & string>(
    method: K,
    handler: (params: Params<Local, K>) => Result<Local, K> | Promise<Result<Local, K>>,
  ): void {
    this.#handlers.set(method, handler as Handler);
  }

  /**
   * Calls a method of the other side. Rejects with the KurentoError thrown there, a {@link RemoteError} for
   * any other one, or {@link ChannelClosedError}.
   */
  request<K extends keyof Remote & string>(method: K, params: Params<Remote, K>): Promise<Result<Remote, K>> {
    return new Promise((resolve, reject) => {
      this.call(method, params, (error, result) => {
        if (error === undefined) resolve(result as Result<Remote, K>);
        else reject(error);
      });
    });
  }

  /**
   * As {@link request}, but `done` runs synchronously when the answer arrives. Who also listens to events needs
   * this to see both in their order.
   */
  call<K extends keyof Remote & string>(
    method: K,
    params: Params<Remote, K>,
    done: Done<Result<Remote, K>>,
  ): void {
    if (!this.#open) {
      queueMicrotask(() => this.#run(() => done(this.#closedError(method))));
      return;
    }
    if (this.#pending.size >= this.#maxPending) {
      const error = new KurentoError('NOT_ENOUGH_RESOURCES', 'Too many requests wait for the media worker');
      queueMicrotask(() => this.#run(() => done(error)));
      return;
    }
    const id = this.#nextId++;
    this.#pending.set(id, done as Done<unknown>);
    this.#link.send([Kind.Request, id, method, params]);
  }

  emit<K extends keyof LocalEvents & string>(event: K, payload: LocalEvents[K]): void {
    if (this.#open) this.#link.send([Kind.Event, event, payload], 'patient');
  }

  on<K extends keyof RemoteEvents & string>(event: K, listener: (payload: RemoteEvents[K]) => void): void {
    const listeners = this.#listeners.get(event);
    if (listeners === undefined) this.#listeners.set(event, [listener as (payload: unknown) => void]);
    else listeners.push(listener as (payload: unknown) => void);
  }

  /** Ends the link: pending requests fail, the other side sees the end. Idempotent. */
  close(): void {
    this.#link.close();
  }

  #accept(message: unknown): void {
    if (!this.#open || !Array.isArray(message)) return;
    switch (message[0]) {
      case Kind.Request:
        this.#serve(message[1], message[2], message[3]);
        break;
      case Kind.Result:
        this.#settle(message[1], undefined, message[2]);
        break;
      case Kind.Error:
        this.#settle(message[1], decodeError(message[2] as CarriedError), undefined);
        break;
      case Kind.Event:
        for (const listener of this.#listeners.get(message[1]) ?? []) this.#run(() => listener(message[2]));
        break;
    }
  }

  #serve(id: number, method: string, params: unknown): void {
    const handler = this.#handlers.get(method);
    let result: unknown;
    try {
      if (handler === undefined) throw new Error(`No handler for '${method}'`);
      result = handler(params);
    } catch (error) {
      this.#sendError(id, error);
      return;
    }
    if (result instanceof Promise) {
      result.then(
        (value: unknown) => this.#sendResult(id, value),
        (error: unknown) => this.#sendError(id, error),
      );
    } else {
      this.#sendResult(id, result);
    }
  }

  #sendResult(id: number, value: unknown): void {
    if (this.#open) this.#link.send([Kind.Result, id, value ?? null]);
  }

  #sendError(id: number, error: unknown): void {
    if (this.#open) this.#link.send([Kind.Error, id, encodeError(error)]);
  }

  #settle(id: number, error: Error | undefined, result: unknown): void {
    const done = this.#pending.get(id);
    if (done === undefined) return;
    this.#pending.delete(id);
    this.#run(() => done(error, result));
  }

  #end(why: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#why = why;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const done of pending) this.#run(() => done(this.#closedError()));
  }

  #closedError(method?: string): ChannelClosedError {
    return new ChannelClosedError(`${method === undefined ? '' : `${method}: `}channel closed: ${this.#why}`);
  }

  /** One listener that throws must not keep the messages behind it from being seen. */
  #run(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#onError(error);
    }
  }
}
