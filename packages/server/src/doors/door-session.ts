import { randomUUID } from 'node:crypto';
import { type ApiRegistry, KurentoError } from '@rivero/api';
import type { MediaObject } from '../objects/media-object.js';
import type { ObjectService } from '../objects/object-service.js';
import type { EventSink, Session } from '../sessions/session.js';
import type { SessionStore } from '../sessions/session-store.js';

/** An event as clients get it. */
export interface DoorEvent {
  object: string;
  type: string;
  data: Record<string, unknown>;
}

/**
 * A session of the server's own on behalf of somebody who comes by HTTP: it holds what it makes like any client's session, under the
 * same isolation and limits, and everything ends with it.
 */
export class DoorSession implements EventSink {
  readonly #objects: ObjectService;
  readonly #sessions: SessionStore;
  readonly #session: Session;
  readonly #onEvent: (event: DoorEvent) => void;
  #closed = false;

  /** @throws KurentoError NOT_ENOUGH_RESOURCES when there are too many sessions */
  constructor(
    objects: ObjectService,
    sessions: SessionStore,
    subject: string,
    onEvent: (event: DoorEvent) => void,
  ) {
    this.#objects = objects;
    this.#sessions = sessions;
    this.#onEvent = onEvent;
    this.#session = sessions.obtain(randomUUID(), sessions.isolation.owner(subject));
    sessions.bind(this.#session, this, undefined);
  }

  /** Whether something that it holds exists still. */
  get holdsObjects(): boolean {
    return this.#session.objects.size > 0;
  }

  find(id: string): MediaObject | undefined {
    return this.#objects.find(id, this.#session.realm);
  }

  async create(type: string, params: Record<string, unknown>): Promise<MediaObject> {
    const id = await this.#run<string>((done) =>
      this.#objects.create(type, params, this.#session.realm, () => this.#session, done),
    );
    const object = this.find(id);
    if (object === undefined) throw new KurentoError('MEDIA_OBJECT_NOT_FOUND', `Object '${id}' not found`);
    return object;
  }

  invoke<T>(object: MediaObject, operation: string, params: Record<string, unknown> = {}): Promise<T> {
    return this.#run<T>((done) => this.#objects.invoke(this.#session, object, operation, params, done));
  }

  subscribe(object: MediaObject, event: string): Promise<string> {
    return this.#run<string>((done) => this.#objects.subscribe(this.#session, object, event, done));
  }

  /** Holds nothing but this object any more: what it hangs below ends when the application that made it ends. */
  keepOnly(kept: MediaObject): void {
    for (const object of [...this.#session.objects]) {
      if (object !== kept) this.#objects.letGo(this.#session, object, () => {});
    }
  }

  sendEvent(text: string): void {
    const message = JSON.parse(text) as { params: { value: DoorEvent } };
    this.#onEvent(message.params.value);
  }

  /** Ends an object, whoever else holds it. */
  release(object: MediaObject): void {
    if (object.state !== 'gone') this.#objects.release(object, () => {});
  }

  /** Ends the session and what nobody else holds of it. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sessions.unbind(this.#session, this);
    this.#objects.closeSession(this.#session, () => {});
  }

  #run<T>(start: (done: (error: KurentoError | undefined, value?: unknown) => void) => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      start((error, value) => {
        if (error === undefined) resolve(value as T);
        else reject(error);
      });
    });
  }
}

/** Whether media can be played from it or published into it. */
export function isElement(api: ApiRegistry, object: MediaObject): boolean {
  return api.isSubclass(object.className, 'MediaElement');
}
