import type { Session } from '../sessions/session.js';
import type { WorkerHandle } from '../workers/worker-handle.js';
import type { MediaObject } from './media-object.js';

export const MANAGER_ID = 'manager_ServerManager';

/**
 * All media objects of the server: a tree for each pipeline, and the manager. It keeps three relations
 * consistent: parent and children, object and worker, object and the sessions that hold it.
 */
export class ObjectDirectory {
  readonly manager: MediaObject;
  readonly #objects = new Map<string, MediaObject>();
  readonly #pipelines = new Set<MediaObject>();

  constructor() {
    this.manager = entry(MANAGER_ID, 'ServerManager', undefined, undefined, undefined);
    this.manager.state = 'live';
    this.#objects.set(MANAGER_ID, this.manager);
  }

  /** Objects that a client may name. */
  find(id: string): MediaObject | undefined {
    const object = this.#objects.get(id);
    return object?.state === 'live' ? object : undefined;
  }

  /** The same for a client that sees one realm. */
  findIn(realm: string, id: string): MediaObject | undefined {
    const object = this.find(id);
    return object === undefined || (object.realm !== realm && object.realm !== undefined)
      ? undefined
      : object;
  }

  /** Number of objects, those in creation too, without the manager. */
  get size(): number {
    return this.#objects.size - 1;
  }

  get pipelines(): MediaObject[] {
    return [...this.#pipelines].filter((pipeline) => pipeline.state === 'live');
  }

  /**
   * Enters an object that is about to be created, so that a release of its parent takes it along. `parent`
   * must be in the directory; without one it is a pipeline, and `worker` says where.
   */
  add(
    id: string,
    className: string,
    parent: MediaObject | undefined,
    worker: WorkerHandle,
    realm = '',
  ): MediaObject {
    if (this.#objects.has(id)) throw new Error(`Object id ${id} exists already`);
    if (parent !== undefined && this.#objects.get(parent.id) !== parent) {
      throw new Error(`Parent ${parent.id} of ${id} is not in the directory`);
    }
    const object = entry(id, className, parent, parent?.worker ?? worker, parent?.realm ?? realm);
    this.#objects.set(id, object);
    if (parent !== undefined) parent.children.add(object);
    else {
      this.#pipelines.add(object);
      worker.pipelines.add(object);
    }
    return object;
  }

  /** The worker has created it. False when it was released in the meantime. */
  confirm(object: MediaObject): boolean {
    if (object.state !== 'creating') return false;
    object.state = 'live';
    return true;
  }

  /**
   * Takes an object and everything below it out, and gives back those that clients knew, children before their
   * parent. References to them end. The manager stays. What has gone already gives an empty list.
   */
  remove(object: MediaObject): MediaObject[] {
    const removed: MediaObject[] = [];
    if (object === this.manager || object.state === 'gone') return removed;
    object.parent?.children.delete(object);
    this.#remove(object, removed);
    return removed;
  }

  #remove(object: MediaObject, removed: MediaObject[]): void {
    for (const child of object.children) this.#remove(child, removed);
    object.children.clear();
    const known = object.state === 'live';
    object.state = 'gone';
    this.#objects.delete(object.id);
    if (object.parent === undefined) {
      this.#pipelines.delete(object);
      object.worker?.pipelines.delete(object);
    }
    for (const session of object.holders) session.objects.delete(object);
    object.holders.clear();
    if (known) removed.push(object);
  }

  /** The session holds the object from now on, and with it what the object hangs below. */
  hold(session: Session, object: MediaObject): void {
    for (let held: MediaObject | undefined = object; held !== undefined; held = held.parent) {
      if (held.state === 'gone' || held.holders.has(session)) continue;
      held.holders.add(session);
      session.objects.add(held);
    }
  }

  /** The session gives the object up. True when nobody holds it any more, so that it has to end. */
  letGo(session: Session, object: MediaObject): boolean {
    if (!object.holders.delete(session)) return false;
    session.objects.delete(object);
    return object.holders.size === 0 && object !== this.manager;
  }

  /**
   * The session gives everything up. Gives back what nobody else holds, or all that it held: the topmost objects of what has to end.
   */
  letGoAll(session: Session, which: 'unheld' | 'all' = 'unheld'): MediaObject[] {
    const orphans = new Set<MediaObject>();
    for (const object of session.objects) {
      object.holders.delete(session);
      if ((which === 'all' || object.holders.size === 0) && object !== this.manager) orphans.add(object);
    }
    session.objects.clear();
    return [...orphans].filter((object) => !hasAncestorIn(object, orphans));
  }
}

function entry(
  id: string,
  className: string,
  parent: MediaObject | undefined,
  worker: WorkerHandle | undefined,
  realm: string | undefined,
): MediaObject {
  const object = {
    id,
    className,
    parent,
    pipeline: parent?.pipeline,
    worker,
    realm,
    children: new Set<MediaObject>(),
    holders: new Set<Session>(),
    subscriptions: undefined,
    state: 'creating' as const,
  };
  if (parent === undefined && worker !== undefined) object.pipeline = object;
  return object;
}

function hasAncestorIn(object: MediaObject, set: ReadonlySet<MediaObject>): boolean {
  for (let ancestor = object.parent; ancestor !== undefined; ancestor = ancestor.parent) {
    if (set.has(ancestor)) return true;
  }
  return false;
}
