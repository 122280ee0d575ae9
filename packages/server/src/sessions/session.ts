import type { MediaObject } from '../objects/media-object.js';
import type { RequestCache } from './request-cache.js';

/** Where the events of a session go: a connection. */
export interface EventSink {
  sendEvent(text: string): void;
}

/** A client's session. It outlives its connections and exists for clients only while it holds an object. */
export interface Session {
  readonly id: string;
  /** Whose it is, and which objects it sees: see Isolation. */
  readonly owner: string;
  readonly realm: string;
  /** Objects it holds a reference to. */
  readonly objects: Set<MediaObject>;
  /** Its subscriptions by id. */
  readonly subscriptions: Map<string, { readonly object: MediaObject; readonly event: string }>;
  /** Connections that are bound to it. */
  readonly connections: Set<EventSink>;
  /** The one that sent the last request: events go there. */
  current: EventSink | undefined;
  /** Requests that run. */
  pending: number;
  /** Objects that are being made for it. */
  creating: number;
  /** Time of the last request, in milliseconds. */
  lastRequest: number;
  cache: RequestCache | undefined;
}
