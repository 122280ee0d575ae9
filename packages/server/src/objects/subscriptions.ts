import { randomUUID } from 'node:crypto';
import type { Session } from '../sessions/session.js';
import type { MediaObject } from './media-object.js';

/** The subscriptions to one event of one object: ids by session, so that a session gets an event once. */
export type EventSubscriptions = Map<Session, Set<string>>;

/** Who wants which event of which object. */
export class Subscriptions {
  readonly #unwanted: (object: MediaObject, event: string) => void;

  /** `unwanted` is told when the last subscription to an event ends while the object lives on. */
  constructor(unwanted: (object: MediaObject, event: string) => void) {
    this.#unwanted = unwanted;
  }

  /** Gives the id of the new subscription and whether it is the first to this event of this object. */
  add(session: Session, object: MediaObject, event: string): { id: string; first: boolean } {
    const id = randomUUID();
    object.subscriptions ??= new Map();
    let bySession = object.subscriptions.get(event);
    const first = bySession === undefined;
    if (bySession === undefined) {
      bySession = new Map();
      object.subscriptions.set(event, bySession);
    }
    const ids = bySession.get(session);
    if (ids === undefined) bySession.set(session, new Set([id]));
    else ids.add(id);
    session.subscriptions.set(id, { object, event });
    return { id, first };
  }

  /** Ends a subscription to an event of the object, whichever session made it. Unknown ones are no error. */
  remove(object: MediaObject, id: string): void {
    for (const [event, bySession] of object.subscriptions ?? []) {
      for (const [session, ids] of bySession) {
        if (ids.has(id)) {
          this.#remove(session, id, object, event);
          return;
        }
      }
    }
  }

  /** Ends all subscriptions of a session. */
  removeSession(session: Session): void {
    for (const [id, { object, event }] of session.subscriptions) this.#remove(session, id, object, event);
  }

  /** Forgets the subscriptions to events of an object that is gone. */
  removeObject(object: MediaObject): void {
    for (const bySession of object.subscriptions?.values() ?? []) {
      for (const [session, ids] of bySession) {
        for (const id of ids) session.subscriptions.delete(id);
      }
    }
    object.subscriptions = undefined;
  }

  #remove(session: Session, id: string, object: MediaObject, event: string): void {
    session.subscriptions.delete(id);
    const bySession = object.subscriptions?.get(event);
    const ids = bySession?.get(session);
    if (bySession === undefined || ids === undefined) return;
    ids.delete(id);
    if (ids.size > 0) return;
    bySession.delete(session);
    if (bySession.size > 0) return;
    object.subscriptions?.delete(event);
    if (object.state === 'live') this.#unwanted(object, event);
  }
}
