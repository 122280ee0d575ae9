import { KurentoError, type Operation } from '@rivero/api';
import { SmallMap, SmallSet } from '../runtime/small-map.js';
import type { ObjectContext, ObjectInit } from './context.js';

export interface Tag {
  key: string;
  value: string;
}

type Operations = Record<string, ((params: Record<string, unknown>) => unknown) | undefined>;

/**
 * Root of the object model: identity, tree, tags, properties, events (Kurento: MediaObject).
 *
 * An operation is carried out by the method of the same name when a class has one; otherwise a getter or setter works on
 * the stored properties, whose initial values are the declared defaults. So a class writes down only what it does.
 */
export abstract class MediaObject {
  readonly id: string;
  readonly type: string;
  readonly parent: MediaObject | undefined;
  readonly children = new SmallSet<MediaObject>();
  /** Seconds since 1970. */
  readonly creationTime = Math.floor(Date.now() / 1000);
  protected readonly context: ObjectContext;
  /** Decoded constructor parameters; those that are properties too have become their values. */
  protected readonly params: Readonly<Record<string, unknown>>;
  /** Declared defaults, shared by all objects of the type, and what differs from them. */
  readonly #defaults: ReadonlyMap<string, unknown>;
  readonly #properties = new SmallMap<string, unknown>();
  #tags: SmallMap<string, string> | undefined;
  #name: string;
  #released = false;

  constructor(context: ObjectContext, init: ObjectInit) {
    this.context = context;
    this.id = init.id;
    this.type = init.type;
    this.parent = init.parent;
    this.#name = init.id;
    this.params = init.params;
    this.#defaults = defaultsOf(context.api, init.type);
    for (const property of context.api.properties(init.type)) {
      const value = init.params[property.name];
      if (value !== undefined) this.setProperty(property.name, value);
    }
    init.parent?.children.add(this);
  }

  /** What has to come about before the object counts as created; the creation fails with what it rejects with. */
  protected creation: Promise<unknown> | undefined;

  /** Resolves when the object is there. */
  get created(): Promise<unknown> | undefined {
    return this.creation;
  }

  /** A child has been made, and is complete. */
  childAdded(_child: MediaObject): void {}

  /** A child is gone. */
  childRemoved(_child: MediaObject): void {}

  get released(): boolean {
    return this.#released;
  }

  /** The pipeline this object lives in. */
  get pipeline(): MediaObject {
    return this.parent === undefined ? this : this.parent.pipeline;
  }

  /** Carries out an operation with decoded parameters. @throws KurentoError */
  invoke(operation: Operation, params: Record<string, unknown>): unknown {
    const method = (this as unknown as Operations)[operation.name];
    if (method !== undefined) return method.call(this, params);
    if (operation.kind === 'getter') {
      const name = operation.property!;
      if (this.#properties.has(name) || this.#defaults.has(name)) return this.property(name);
    }
    if (operation.kind === 'setter') {
      this.setProperty(operation.property!, params[operation.property!]);
      return null;
    }
    throw new KurentoError('NOT_IMPLEMENTED', `${this.type}.${operation.name} is not implemented`);
  }

  /** Latencies of the pipeline's media are measured from now on, or no longer. */
  measureLatency(on: boolean): void {
    for (const child of this.children) child.measureLatency(on);
  }

  property(name: string): unknown {
    return this.#properties.has(name) ? this.#properties.get(name) : this.#defaults.get(name);
  }

  protected setProperty(name: string, value: unknown): void {
    if (this.#defaults.has(name) && this.#defaults.get(name) === value) this.#properties.delete(name);
    else this.#properties.set(name, value);
  }

  /** Ends this object and everything below it, children first. Idempotent. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    for (const child of [...this.children]) child.release();
    this.onRelease();
    this.parent?.children.delete(this);
    this.parent?.childRemoved(this);
  }

  /** Frees what the class holds; the children are gone already. */
  protected onRelease(): void {}

  /** Whether somebody has subscribed to an event of this object. */
  protected isWanted(type: string): boolean {
    return !this.#released && this.context.isWanted(this, type);
  }

  /** Somebody has subscribed to an event of this object, or no longer wants one. */
  subscriptionsChanged(): void {}

  /** Sends an event, unless the object has been released. */
  protected emit(type: string, data: Record<string, unknown> = {}): void {
    if (!this.#released) this.context.emit(this, type, data);
  }

  /** Sends an Error event (errors that belong to no request). */
  protected emitError(type: string, errorCode: number, description: string): void {
    this.context.log.warn({ object: this.id, errorCode, errorType: type }, description);
    this.emit('Error', { description, errorCode, type });
  }

  /** Tags for the object's events: empty unless `sendTagsInEvents` is on. */
  get eventTags(): Tag[] {
    return this.property('sendTagsInEvents') === true ? this.getTags() : [];
  }

  getId(): string {
    return this.id;
  }

  getParent(): string | null {
    return this.parent?.id ?? null;
  }

  getMediaPipeline(): string {
    return this.pipeline.id;
  }

  getChildren(): string[] {
    return [...this.children].map((child) => child.id);
  }

  getCreationTime(): number {
    return this.creationTime;
  }

  getName(): string {
    return this.#name;
  }

  /** An empty name restores the id. */
  setName(params: { name?: string }): null {
    this.#name = params.name ? params.name : this.id;
    return null;
  }

  addTag(params: Tag): null {
    this.#tags ??= new SmallMap();
    this.#tags.set(params.key, params.value);
    return null;
  }

  removeTag(params: { key: string }): null {
    this.#tags?.delete(params.key);
    return null;
  }

  getTag(params: { key: string }): string {
    const value = this.#tags?.get(params.key);
    if (value === undefined) throw new KurentoError('MEDIA_OBJECT_TAG_KEY_NOT_FOUND', 'Tag key not found');
    return value;
  }

  getTags(): Tag[] {
    return [...(this.#tags ?? [])].map(([key, value]) => ({ key, value }));
  }
}

const defaults = new WeakMap<object, Map<string, ReadonlyMap<string, unknown>>>();

function defaultsOf(api: ObjectContext['api'], type: string): ReadonlyMap<string, unknown> {
  let types = defaults.get(api);
  if (types === undefined) {
    types = new Map();
    defaults.set(api, types);
  }
  let found = types.get(type);
  if (found === undefined) {
    const declared = api.properties(type).filter((property) => property.default !== undefined);
    found = new Map(declared.map((property) => [property.name, property.default]));
    types.set(type, found);
  }
  return found;
}
