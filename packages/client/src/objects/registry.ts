import type { RemoteObject } from './remote-object.js';

/**
 * The instances by object id, so that an object is the same instance wherever it comes from. Only instances that
 * somebody uses or listens to are kept.
 */
export class ObjectRegistry {
  readonly #instances = new Map<string, WeakRef<RemoteObject>>();
  readonly #listening = new Set<RemoteObject>();
  /** What the session created or took hold of. */
  readonly #held = new Set<string>();
  readonly #collected = new FinalizationRegistry<string>((id) => {
    if (this.#instances.get(id)?.deref() === undefined) this.#instances.delete(id);
  });

  find(id: string): RemoteObject | undefined {
    return this.#instances.get(id)?.deref();
  }

  add(object: RemoteObject): void {
    this.#instances.set(object.id, new WeakRef(object));
    this.#collected.register(object, object.id);
  }

  hold(id: string): void {
    this.#held.add(id);
  }

  get holdsObjects(): boolean {
    return this.#held.size > 0;
  }

  /** Number of objects that the session holds, as far as this client knows. */
  get held(): number {
    return this.#held.size;
  }

  listening(object: RemoteObject, active: boolean): void {
    if (active) this.#listening.add(object);
    else this.#listening.delete(object);
  }

  /** Forgets an object and everything below it; gives the instances with listeners among them. */
  release(id: string): RemoteObject[] {
    const below = `${id}/`;
    for (const held of this.#held) if (held === id || held.startsWith(below)) this.#held.delete(held);
    return [...this.#listening].filter((object) => object.id === id || object.id.startsWith(below));
  }

  /** Forgets what the session held; gives all instances with listeners. */
  clear(): RemoteObject[] {
    this.#held.clear();
    return [...this.#listening];
  }
}
