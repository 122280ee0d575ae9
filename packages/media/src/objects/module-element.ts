import type { Operation } from '@rivero/api';
import type { ElementKind } from '@rivero/module';
import {
  type ElementCalls,
  type ElementStart,
  type ElementTells,
  elementStart,
  OwnMembers,
} from '@rivero/module/host';
import type { MediaKind } from '../routing/media.js';
import type { ObjectContext, ObjectInit } from './context.js';
import { Filter } from './filter.js';

/**
 * An element of a module: its implementation is in the graph process, and does what the module's classes declare. What they
 * inherit from Kurento's classes is done here, as for every other element.
 */
export class ModuleElement extends Filter {
  readonly #isFilter: boolean;
  readonly #implementation: ElementKind;
  readonly #timeoutMs: number;
  readonly #own: OwnMembers;
  #kept: Record<string, unknown> = {};

  constructor(context: ObjectContext, init: ObjectInit, implementation: ElementKind) {
    super(context, init);
    const { api, modules, configuration } = context;
    this.#isFilter = api.isSubclass(init.type, 'Filter');
    this.#implementation = implementation;
    this.#timeoutMs = configuration.graphTimeoutSeconds * 1000;
    this.#own = new OwnMembers(api, init.type, (name) => modules.declares(name));
    this.creation = this.#make();
  }

  async #make(): Promise<void> {
    const { kind } = (await this.startInGraph('Module', { ...this.#start() })) as { kind?: MediaKind };
    if (kind !== undefined) this.kind = kind;
  }

  #start(): ElementStart {
    return elementStart(this.#own, this.#implementation, this.type, {
      params: this.params,
      kept: this.#kept,
      timeoutMs: this.#timeoutMs,
      initial: (property) => this.property(property),
    });
  }

  /** A filter works on one kind of media; an element that is none takes and gives both. */
  protected override changes(kind: MediaKind): boolean {
    return this.#isFilter ? super.changes(kind) : true;
  }

  override invoke(operation: Operation, params: Record<string, unknown>): unknown {
    if (!this.#own.operations.includes(operation)) return super.invoke(operation, params);
    const { kind, name, property = '' } = operation;
    switch (kind) {
      case 'method':
        return this.#call('call', { name, params });
      case 'getter':
        return this.#get(property);
      case 'setter':
        return this.#set(property, params[property]);
    }
  }

  #call<K extends keyof ElementCalls>(method: K, params: ElementCalls[K]): Promise<unknown> {
    return this.call(method, { ...params });
  }

  /** What the implementation does not have, such as constructor parameters that are properties, too, is here. */
  async #get(name: string): Promise<unknown> {
    return (await this.#call('get', { name })) ?? this.property(name);
  }

  async #set(name: string, value: unknown): Promise<null> {
    await this.#call('set', { name, value });
    // For a fresh graph process.
    this.setProperty(name, value);
    return null;
  }

  override graphEvent(type: string, data: Record<string, unknown>): void {
    switch (type as keyof ElementTells) {
      case 'event': {
        const event = data as ElementTells['event'];
        this.emit(event.name, event.data);
        return;
      }
      case 'keep':
        this.#kept = { ...this.#kept, ...(data as ElementTells['keep']).values };
        return;
      case 'log': {
        const { level, message, data: more } = data as ElementTells['log'];
        this.context.log[level]({ ...more, object: this.id }, message);
        return;
      }
      default:
        super.graphEvent(type, data);
    }
  }

  protected override restartParams({ type }: { type: string; params: Record<string, unknown> }): {
    type: string;
    params: Record<string, unknown>;
  } {
    return { type, params: { ...this.#start() } };
  }
}
