import { randomUUID } from 'node:crypto';
import {
  type ApiRegistry,
  KurentoError,
  api as kurentoApi,
  type Operation,
  objectNotFound,
  objectOfWrongClass,
} from '@rivero/api';
import type { WorkerEvents } from '@rivero/channel';
import { eventText } from '../rpc/answers.js';
import { sortMembers } from '../rpc/json.js';
import type { Session } from '../sessions/session.js';
import type { SessionStore } from '../sessions/session-store.js';
import type { WorkerHandle } from '../workers/worker-handle.js';
import type { ObjectDirectory } from './directory.js';
import { Kurento6Names } from './kurento6-names.js';
import type { MediaObject } from './media-object.js';
import { Subscriptions } from './subscriptions.js';

/** Ends an operation with a value that is ready for the wire, or an error. */
export type Outcome = (error: KurentoError | undefined, value?: unknown) => void;

/** Operations of the one object that lives in this process. */
export interface Manager {
  invoke(operation: string, params: Record<string, unknown>, session: Session, outcome: Outcome): void;
  /** What its events carry. */
  eventTags(): { key: string; value: string }[];
}

export interface ObjectLimits {
  objectsPerSession: number;
  subscriptionsPerSession: number;
}

export interface UrlPublisher {
  /** @throws KurentoError */
  publish(object: MediaObject, internal: string): string;
}

/** Chooses a worker for a new pipeline. */
export type Placement = (chosen: (error: KurentoError | undefined, worker?: WorkerHandle) => void) => void;

/** Everything that clients do with media objects: checks it, keeps the directory, and has the workers do it. */
export class ObjectService {
  /** Kurento's API and that of the modules. */
  readonly api: ApiRegistry;
  readonly #directory: ObjectDirectory;
  readonly #sessions: SessionStore;
  readonly #place: Placement;
  readonly #limits: ObjectLimits;
  readonly #subscriptions: Subscriptions;
  readonly #now: () => number;
  readonly #names: Kurento6Names;
  readonly #parentParams = new Map<string, string | undefined>();
  #manager: Manager | undefined;
  readonly #urls = new Map<string, UrlPublisher>();

  constructor(
    directory: ObjectDirectory,
    sessions: SessionStore,
    place: Placement,
    limits: ObjectLimits,
    now: () => number = Date.now,
    names = new Kurento6Names(kurentoApi, false),
    api = kurentoApi,
  ) {
    this.api = api;
    this.#directory = directory;
    this.#sessions = sessions;
    this.#place = place;
    this.#limits = limits;
    this.#now = now;
    this.#names = names;
    this.#subscriptions = new Subscriptions((object, unwanted) => {
      const event = names.event(unwanted);
      if (this.#isWanted(object, event)) return;
      object.worker?.call('unsubscribe', { object: object.id, event }, () => {});
    });
  }

  /** Whether anybody subscribed to an event, under whichever name. */
  #isWanted(object: MediaObject, event: string): boolean {
    const { subscriptions } = object;
    return (
      subscriptions !== undefined &&
      (subscriptions.has(event) || this.#names.namesOf(event).some((name) => subscriptions.has(name)))
    );
  }

  setManager(manager: Manager): void {
    this.#manager = manager;
  }

  /** Who turns the URLs inside this machine that an operation gives into those that clients get. */
  setUrls(operation: string, urls: UrlPublisher): void {
    this.#urls.set(operation, urls);
  }

  /** `realm`: what the client sees. */
  find(id: string, realm: string): MediaObject | undefined {
    return this.#directory.findIn(realm, id);
  }

  /** The outcome's value is the id. `session` is asked for when the request is known to be valid. */
  create(
    type: string,
    constructorParams: unknown,
    realm: string,
    session: () => Session,
    outcome: Outcome,
  ): void {
    const className = this.api.requireCreatable(type).name;
    const params = this.api.decodeConstructorParams(
      className,
      constructorParams,
      (id, wanted) => this.#resolve(id, wanted, realm).id,
    );
    const parentId = params[this.#parentParam(className) ?? ''];
    const parent = typeof parentId === 'string' ? this.#resolve(parentId, 'MediaObject', realm) : undefined;
    const owner = session();
    if (owner.objects.size + owner.creating >= this.#limits.objectsPerSession) {
      throw new KurentoError(
        'NOT_ENOUGH_RESOURCES',
        `The session holds too many objects (limits.objectsPerSession is ${this.#limits.objectsPerSession})`,
      );
    }
    owner.creating++;
    const done: Outcome = (error, value) => {
      owner.creating--;
      outcome(error, value);
    };
    const suffix = `${randomUUID()}_${this.api.describe(className)?.qualifiedType}`;
    if (parent?.worker !== undefined) {
      this.#createIn(parent.worker, `${parent.id}/${suffix}`, className, parent, params, owner, done);
      return;
    }
    this.#place((error, worker) => {
      if (worker === undefined) done(error);
      else this.#createIn(worker, suffix, className, undefined, params, owner, done);
    });
  }

  #createIn(
    worker: WorkerHandle,
    id: string,
    className: string,
    parent: MediaObject | undefined,
    params: Record<string, unknown>,
    owner: Session,
    outcome: Outcome,
  ): void {
    const object = this.#directory.add(id, className, parent, worker, owner.realm);
    worker.call('create', { id, type: className, parent: parent?.id ?? null, params }, (error) => {
      if (error !== undefined) {
        this.#directory.remove(object);
        outcome(error);
        return;
      }
      // Released, with what it hangs below, while the worker was making it.
      if (!this.#directory.confirm(object)) {
        outcome(objectNotFound(parent?.id ?? id));
        return;
      }
      this.#directory.hold(this.#sessions.adopt(owner), object);
      this.#managerEvent('ObjectCreated', { object: id }, object);
      outcome(undefined, id);
    });
  }

  invoke(
    session: Session,
    object: MediaObject,
    requested: string,
    requestedParams: unknown,
    outcome: Outcome,
  ): void {
    const [name, operationParams] = this.#names.operation(object.className, requested, requestedParams);
    const operation = this.api.requireOperation(object.className, name, operationParams);
    let foreign = false;
    const params = this.api.decodeOperationParams(operation, operationParams, (id, wanted) => {
      const other = this.#resolve(id, wanted, session.realm);
      if (other.pipeline !== object.pipeline) foreign = true;
      return id;
    });
    if (foreign) throw new KurentoError('CONNECT_ERROR', 'Media elements do not share pipeline');
    this.hold(session, object);
    const done: Outcome = (error, value) => {
      if (error !== undefined) outcome(error);
      else encodeResult(this.api, operation, value, outcome);
    };
    const urls = this.#urls.get(name);
    if (urls !== undefined) {
      this.#publicUrl(urls, object, name, done);
      return;
    }
    if (object.worker === undefined) this.#manager?.invoke(name, params, session, done);
    else object.worker.call('invoke', { object: object.id, operation: name, params }, done);
  }

  #publicUrl(urls: UrlPublisher, object: MediaObject, operation: string, done: Outcome): void {
    object.worker?.call('invoke', { object: object.id, operation, params: {} }, (error, value) => {
      if (error !== undefined) {
        done(error);
        return;
      }
      try {
        done(undefined, urls.publish(object, String(value)));
      } catch (refusal) {
        done(KurentoError.from(refusal));
      }
    });
  }

  /** The outcome's value is the id of the subscription. */
  subscribe(session: Session, object: MediaObject, event: string, outcome: Outcome): void {
    const meant = this.#names.event(event);
    this.api.requireEvent(object.className, meant);
    if (session.subscriptions.size >= this.#limits.subscriptionsPerSession) {
      throw new KurentoError(
        'NOT_ENOUGH_RESOURCES',
        `The session has too many subscriptions (limits.subscriptionsPerSession is ${this.#limits.subscriptionsPerSession})`,
      );
    }
    this.hold(session, object);
    const { id, first } = this.#subscriptions.add(session, object, event);
    if (!first || object.worker === undefined) {
      outcome(undefined, id);
      return;
    }
    object.worker.call('subscribe', { object: object.id, event: meant }, (error) => {
      if (error === undefined) {
        outcome(undefined, id);
        return;
      }
      this.#subscriptions.remove(object, id);
      outcome(error);
    });
  }

  unsubscribe(object: MediaObject, subscription: string): void {
    this.#subscriptions.remove(object, subscription);
  }

  /** The session holds the object, and what it hangs below, until it gives it up or ends. */
  hold(session: Session, object: MediaObject): void {
    this.#directory.hold(session, object);
  }

  /** The session gives the object up; when it was the last one, the object ends. */
  letGo(session: Session, object: MediaObject, done: () => void): void {
    if (this.#directory.letGo(session, object)) this.release(object, done);
    else done();
  }

  /** Ends an object and everything below it. `done` is called when the worker has done so too. */
  release(object: MediaObject, done: () => void): void {
    const removed = this.#directory.remove(object);
    for (const gone of removed) this.#subscriptions.removeObject(gone);
    if (object.worker === undefined || removed.length === 0) {
      done();
      return;
    }
    object.worker.call('release', { object: object.id }, () => {
      for (const gone of removed) this.#managerEvent('ObjectDestroyed', { objectId: gone.id }, gone);
      done();
    });
  }

  /** Ends a session: what nobody else holds ends with it, or all that it holds. */
  closeSession(session: Session, done: () => void, which: 'unheld' | 'all' = 'unheld'): void {
    this.#subscriptions.removeSession(session);
    const orphans = this.#directory.letGoAll(session, which);
    this.#sessions.dropIfUnused(session);
    let left = orphans.length;
    if (left === 0) done();
    for (const object of orphans) {
      this.release(object, () => {
        if (--left === 0) done();
      });
    }
  }

  /** An object has an event: everybody who wants it gets it. */
  objectEvent({ object: id, type, timestampMillis, tags, data }: WorkerEvents['objectEvent']): void {
    const object = this.#directory.find(id);
    if (object?.subscriptions === undefined) return;
    const encoded = this.api.encodeEvent(type, data);
    if (object.subscriptions.has(type)) this.#deliver(object, type, timestampMillis, tags, encoded);
    for (const name of this.#names.namesOf(type)) {
      if (!object.subscriptions.has(name)) continue;
      this.#deliver(object, name, timestampMillis, tags, { ...encoded, type: name });
    }
  }

  /**
   * A worker died: its pipelines are gone. Who listens to errors of an object is told, then the destruction of
   * all objects is announced.
   */
  workerEnded(worker: WorkerHandle): void {
    const now = this.#now();
    for (const pipeline of [...worker.pipelines]) {
      const removed = this.#directory.remove(pipeline);
      for (const object of removed) {
        if (!object.subscriptions?.has('Error')) continue;
        this.#deliver(object, 'Error', now, [], {
          description: 'The media worker of this object ended; the object and its pipeline are gone',
          errorCode: 40003,
          type: 'UNEXPECTED_ERROR',
        });
      }
      for (const object of removed) {
        this.#subscriptions.removeObject(object);
        this.#managerEvent('ObjectDestroyed', { objectId: object.id }, object);
      }
    }
  }

  /** Who cannot see the object that it is about is not told. */
  #managerEvent(type: string, data: Record<string, unknown>, { realm }: MediaObject): void {
    const { manager } = this.#directory;
    if (manager.subscriptions?.has(type)) {
      this.#deliver(manager, type, this.#now(), this.#manager?.eventTags() ?? [], data, realm);
    }
  }

  #deliver(
    object: MediaObject,
    type: string,
    timestampMillis: number,
    tags: { key: string; value: string }[],
    data: Record<string, unknown>,
    realm = object.realm,
  ): void {
    const bySession = object.subscriptions?.get(type);
    if (bySession === undefined) return;
    const text = eventText(object.id, type, {
      ...data,
      source: object.id,
      tags: tags.length === 0 ? tags : this.api.encodeValue('Tag[]', tags),
      timestampMillis: String(timestampMillis),
    });
    for (const session of bySession.keys()) {
      if (session.realm === realm) session.current?.sendEvent(text);
    }
  }

  /** The constructor parameter that says below what an object hangs; a pipeline has none. */
  #parentParam(className: string): string | undefined {
    if (!this.#parentParams.has(className)) {
      const params = this.api.findClass(className)?.constructorParams ?? [];
      const parent = params.find(({ type }) => type === 'MediaPipeline' || type === 'Hub');
      this.#parentParams.set(className, parent?.name);
    }
    return this.#parentParams.get(className);
  }

  #resolve(id: string, className: string, realm: string): MediaObject {
    const object = this.#directory.findIn(realm, id);
    if (object === undefined) throw objectNotFound(id);
    if (!this.api.isSubclass(object.className, className)) throw objectOfWrongClass(id, className);
    return object;
  }
}

/** A result that does not fit its declared type is a mistake of the worker: the client must get an answer all the same. */
function encodeResult(api: ApiRegistry, operation: Operation, value: unknown, outcome: Outcome): void {
  let encoded: unknown;
  try {
    encoded = sortMembers(api.encodeResult(operation, value));
  } catch (error) {
    outcome(KurentoError.from(error));
    return;
  }
  outcome(undefined, encoded);
}
