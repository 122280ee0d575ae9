import { callAll } from '../emitter.js';
import type { RiveroError } from '../errors.js';

/** Someone who takes the events of one type of one object. */
export interface EventSink<T = unknown> {
  event(value: T): void;
  /** No more events will come: the object or the client is gone, or the subscription failed. */
  end(error: RiveroError | undefined): void;
}

/** Asks the server for events and for their end. */
export interface SubscriptionRequests {
  /** Resolves with the id of the subscription. */
  subscribe(type: string): Promise<string>;
  unsubscribe(subscription: string): void;
  /** A subscription failed. */
  failed(type: string, error: RiveroError): void;
  /** The first sink has come, or the last has gone. */
  active(active: boolean): void;
}

/** One event type: one subscription at the server for any number of sinks. */
class EventChannel {
  readonly sinks = new Set<EventSink>();
  readonly ready: Promise<string>;

  constructor(ready: Promise<string>) {
    this.ready = ready;
  }

  end(error: RiveroError | undefined): void {
    const sinks = [...this.sinks];
    this.sinks.clear();
    for (const sink of sinks) sink.end(error);
  }
}

/** The subscriptions to the events of one object. */
export class ObjectEvents {
  readonly #requests: SubscriptionRequests;
  readonly #channels = new Map<string, EventChannel>();

  constructor(requests: SubscriptionRequests) {
    this.#requests = requests;
  }

  /** The subscription is requested at once, and ended when its last sink goes. */
  add(type: string, sink: EventSink): { ready: Promise<void>; remove: () => void } {
    const channel = this.#channels.get(type) ?? this.#open(type);
    channel.sinks.add(sink);
    const remove = () => {
      if (!channel.sinks.delete(sink) || channel.sinks.size > 0) return;
      this.#forget(type, channel);
      channel.ready.then(
        (id) => this.#requests.unsubscribe(id),
        () => {},
      );
    };
    return { ready: channel.ready.then(() => {}), remove };
  }

  wants(type: string): boolean {
    return this.#channels.has(type);
  }

  deliver(type: string, value: unknown): void {
    const channel = this.#channels.get(type);
    if (channel === undefined) return;
    callAll(
      [...channel.sinks].map((sink) => (event: unknown) => sink.event(event)),
      value,
    );
  }

  /** The subscriptions are gone, and the server knows. */
  end(error: RiveroError | undefined): void {
    if (this.#channels.size === 0) return;
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const channel of channels) channel.end(error);
    this.#requests.active(false);
  }

  #open(type: string): EventChannel {
    const channel = new EventChannel(this.#requests.subscribe(type));
    this.#channels.set(type, channel);
    if (this.#channels.size === 1) this.#requests.active(true);
    channel.ready.catch((error: RiveroError) => {
      if (this.#channels.get(type) !== channel) return;
      this.#forget(type, channel);
      channel.end(error);
      this.#requests.failed(type, error);
    });
    return channel;
  }

  #forget(type: string, channel: EventChannel): void {
    if (this.#channels.get(type) !== channel) return;
    this.#channels.delete(type);
    if (this.#channels.size === 0) this.#requests.active(false);
  }
}
