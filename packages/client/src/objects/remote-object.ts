/// <reference lib="esnext.disposable" preserve="true" />

import { clientError, RiveroError } from '../errors.js';
import { EventStream, type StreamOptions } from '../events/event-stream.js';
import { ObjectEvents } from '../events/object-events.js';
import type { Subscription } from '../events/subscription.js';
import type { CallOptions, Parameters, Scope } from './scope.js';

/** The key under which a class declares the types of its events; there is no such member at run time. */
export declare const eventTypes: unique symbol;

/** Something that lives in the server, seen from here. */
export abstract class RemoteObject {
  declare readonly [eventTypes]: object;

  #scope: Scope;
  #id: string;
  #events: ObjectEvents;

  /** Not to be called directly: objects come from `create`, `object` and from other objects. */
  constructor(scope: Scope, id: string) {
    this.#scope = scope;
    this.#id = id;
    this.#events = new ObjectEvents({
      subscribe: async (type) => (await this.#scope.request(...this.#subscribe(type))) as string,
      unsubscribe: (subscription) => {
        const params = { object: this.#id, subscription };
        this.#scope.request('unsubscribe', params, { idempotent: true }).catch(() => {});
      },
      failed: (type, error) => this.#scope.subscriptionFailed(this, type, error),
      active: (active) => this.#scope.listening(this, active),
    });
  }

  /** Id of the object at the server; in a transaction a placeholder until it is committed. */
  get id(): string {
    return this.#id;
  }

  /** Name of the class, such as `WebRtcEndpoint`. */
  get className(): string {
    return (this.constructor as typeof RemoteObject & { className: string }).className;
  }

  /**
   * Calls a listener for every event of a type. What it throws is an uncaught exception and does not concern other
   * listeners. Should the server refuse the subscription, `ready` rejects and the client emits `error`.
   */
  on<Type extends keyof this[typeof eventTypes] & string>(
    type: Type,
    listener: (event: this[typeof eventTypes][Type]) => void,
    options: CallOptions = {},
  ): Subscription {
    const { signal } = options;
    const off = () => {
      signal?.removeEventListener('abort', off);
      remove();
    };
    const { ready, remove } = this.#events.add(type, {
      event: (event) => listener(event as this[typeof eventTypes][Type]),
      end: () => signal?.removeEventListener('abort', off),
    });
    ready.catch(() => {});
    signal?.addEventListener('abort', off);
    if (signal?.aborted) off();
    return { ready, off, [Symbol.asyncDispose]: async () => off() };
  }

  /** Waits for the next event of a type. Rejects with the reason of the signal, or when the object is released. */
  async once<Type extends keyof this[typeof eventTypes] & string>(
    type: Type,
    options: CallOptions = {},
  ): Promise<this[typeof eventTypes][Type]> {
    const stream = this.events(type, options);
    try {
      const { done, value } = await stream.next();
      if (done) throw clientError('OBJECT_RELEASED', `'${this.#id}' was released`);
      return value;
    } finally {
      await stream.return();
    }
  }

  /**
   * The events of a type from now on, to be read with `for await`. The loop ends when the object is released, and
   * throws the reason of the signal, EVENT_QUEUE_FULL, SESSION_LOST, or why the server refused the subscription.
   */
  events<Type extends keyof this[typeof eventTypes] & string>(
    type: Type,
    options: StreamOptions = {},
  ): EventStream<this[typeof eventTypes][Type]> {
    type Event = this[typeof eventTypes][Type];
    const { signal } = options;
    let subscription: { ready: Promise<void>; remove: () => void } | undefined;
    const abort = () => stream.fail(signal?.reason);
    const stream = new EventStream<Event>(options, () => {
      signal?.removeEventListener('abort', abort);
      subscription?.remove();
    });
    if (signal?.aborted) {
      stream.fail(signal.reason);
      return stream;
    }
    subscription = this.#events.add(type, {
      event: (event) => stream.push(event as Event),
      end: (error) => (error === undefined ? stream.end() : stream.fail(error)),
    });
    subscription.ready.catch(() => {});
    signal?.addEventListener('abort', abort);
    return stream;
  }

  /** Releases the object and everything below it. Releasing what is gone already succeeds. */
  release(options: CallOptions = {}): Promise<void> {
    const scope = this.#scope;
    const released = () => scope.released(this.#id);
    const request = { signal: options.signal, idempotent: true, late: released };
    return scope.watch(scope.request('release', { object: this.#id }, request).then(released));
  }

  /** Releases the object, if it still can be released. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.release();
    } catch (error) {
      // Without its session or connection there is nothing to release.
      if (!(error instanceof RiveroError)) throw error;
    }
  }

  /** Calls an operation of which this package knows nothing. */
  invoke(operation: string, params: Parameters = {}, options: CallOptions = {}): Promise<unknown> {
    return this.#invoke(operation, params, options, false, (value) => value);
  }

  /** Objects are sent as their ids. */
  toJSON(): string {
    return this.#id;
  }

  /** What `console.log` shows in Node.js. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.className} <${this.#id}>`;
  }

  /** A call that changes nothing, so that it may be repeated. */
  protected read<T>(
    operation: string,
    params: Parameters,
    options: CallOptions | undefined,
    type?: string,
  ): Promise<T> {
    return this.#invoke(operation, params, options, true, (value) => this.#revive<T>(type, value));
  }

  protected call<T>(
    operation: string,
    params: Parameters,
    options: CallOptions | undefined,
    type?: string,
  ): Promise<T> {
    return this.#invoke(operation, params, options, false, (value) => this.#revive<T>(type, value));
  }

  protected run(operation: string, params: Parameters, options: CallOptions | undefined): Promise<void> {
    return this.#invoke(operation, params, options, false, () => {});
  }

  protected createChild<T>(
    className: string,
    constructorParams: Parameters,
    options: CallOptions | undefined,
  ): Promise<T> {
    const created = createObject(this.#scope, className, constructorParams, options);
    return this.#scope.watch(created) as Promise<T>;
  }

  #invoke<T>(
    operation: string,
    operationParams: Parameters,
    options: CallOptions | undefined,
    idempotent: boolean,
    read: (value: unknown) => T,
  ): Promise<T> {
    const params = { object: this.#id, operation, operationParams };
    const answer = this.#scope.request('invoke', params, { signal: options?.signal, idempotent });
    return this.#scope.watch(answer.then(read));
  }

  #revive<T>(type: string | undefined, value: unknown): T {
    return (type === undefined ? value : this.#scope.revive(type, value)) as T;
  }

  #subscribe(type: string): [string, Parameters, object] {
    return ['subscribe', { object: this.#id, type }, {}];
  }

  /** What the package's own modules may do with an object and its user may not. */
  static readonly internals = {
    bind(object: RemoteObject, scope: Scope, id: string): void {
      object.#scope = scope;
      object.#id = id;
    },
    /** The object stands for the same one at the server as another. */
    shareEvents(object: RemoteObject, other: RemoteObject): void {
      object.#events = other.#events;
    },
    scope: (object: RemoteObject): Scope => object.#scope,
    events: (object: RemoteObject): ObjectEvents => object.#events,
  };
}

/** Has the server create an object. One whose creator no longer waits is released again. */
export async function createObject(
  scope: Scope,
  className: string,
  constructorParams: Parameters,
  options: CallOptions = {},
): Promise<RemoteObject> {
  const id = await scope.request(
    'create',
    { type: className, constructorParams },
    {
      signal: options.signal,
      late: (value) => {
        scope.request('release', { object: value }, { idempotent: true }).catch(() => {});
      },
    },
  );
  return scope.created(className, id as string);
}
