import { randomUUID } from 'node:crypto';
import { KurentoError } from '@rivero/api';
import { Isolation } from './isolation.js';
import type { EventSink, Session } from './session.js';

const MAX_ID_LENGTH = 256;

/** The sessions and which connection belongs to which. */
export class SessionStore {
  readonly isolation: Isolation;
  /** By owner and id. */
  readonly #sessions = new Map<string, Session>();
  readonly #limit: number;
  readonly #now: () => number;
  readonly #nobody: string;

  constructor(limit: number, isolation = new Isolation('none'), now: () => number = Date.now) {
    this.isolation = isolation;
    this.#nobody = isolation.owner('');
    this.#limit = limit;
    this.#now = now;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** `owner`: whose session it must be, see {@link Isolation}. */
  find(id: string, owner = this.#nobody): Session | undefined {
    return this.#sessions.get(owner + id);
  }

  /** The sessions that hold an object; only these exist for clients. */
  *known(): Iterable<Session> {
    for (const session of this.#sessions.values()) if (session.objects.size > 0) yield session;
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#sessions.values();
  }

  /** A new id that no session has. */
  newId(): string {
    return randomUUID();
  }

  /** The session of this id, made when there is none: clients may invent ids. */
  obtain(id: string, owner = this.#nobody): Session {
    let session = this.#sessions.get(owner + id);
    if (session === undefined) {
      if (id.length > MAX_ID_LENGTH) {
        throw new KurentoError(
          'SERVER_ERROR',
          `'sessionId' parameter should have at most ${MAX_ID_LENGTH} characters`,
        );
      }
      if (this.#sessions.size >= this.#limit) {
        throw new KurentoError(
          'NOT_ENOUGH_RESOURCES',
          `Too many sessions (limits.sessions is ${this.#limit})`,
        );
      }
      session = {
        id,
        owner,
        realm: this.isolation.realm(owner, id),
        objects: new Set(),
        subscriptions: new Map(),
        connections: new Set(),
        current: undefined,
        pending: 0,
        creating: 0,
        lastRequest: this.#now(),
        cache: undefined,
      };
      this.#sessions.set(owner + id, session);
    }
    return session;
  }

  /** The session as it is now in use: one that was dropped while a request of it ran comes back. */
  adopt(session: Session): Session {
    const current = this.#sessions.get(session.owner + session.id);
    if (current !== undefined) return current;
    this.#sessions.set(session.owner + session.id, session);
    session.lastRequest = this.#now();
    return session;
  }

  /** A request of the session came over this connection: it belongs to the session, and events go there. */
  bind(session: Session, connection: EventSink, previous: Session | undefined): void {
    if (previous !== session) {
      if (previous !== undefined) this.unbind(previous, connection);
      session.connections.add(connection);
    }
    session.current = connection;
    session.lastRequest = this.#now();
  }

  /** The connection ended or went to another session. */
  unbind(session: Session, connection: EventSink): void {
    session.connections.delete(connection);
    session.lastRequest = this.#now();
    if (session.current === connection) session.current = lastOf(session.connections);
    this.dropIfUnused(session);
  }

  requestEnded(session: Session): void {
    session.pending--;
    if (session.connections.size === 0) this.dropIfUnused(session);
  }

  /** Forgets a session that holds nothing and has no connection; its id can be used again. */
  dropIfUnused(session: Session): void {
    const { objects, connections, pending } = session;
    if (objects.size > 0 || connections.size > 0 || pending > 0) return;
    session.cache?.clear();
    session.cache = undefined;
    if (this.#sessions.get(session.owner + session.id) === session)
      this.#sessions.delete(session.owner + session.id);
  }

  /** Sessions without a connection whose last request is longer ago than this. */
  dead(periodMillis: number): Session[] {
    const before = this.#now() - periodMillis;
    const dead: Session[] = [];
    for (const session of this.#sessions.values()) {
      if (session.connections.size === 0 && session.lastRequest <= before) dead.push(session);
    }
    return dead;
  }
}

function lastOf<T>(set: ReadonlySet<T>): T | undefined {
  let last: T | undefined;
  for (const item of set) last = item;
  return last;
}
