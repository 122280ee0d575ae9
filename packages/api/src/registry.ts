import { buildClassTable, type ClassDescription, type ClassEntry, type Operation } from './class-table.js';
import type { ClassDecl, EventDecl, Json, ModuleDecl, PropertyDecl, TypeName } from './declaration.js';
import { eventNotSupported, factoryNotFound, KurentoError, operationNotFound } from './errors.js';
import { buildEventTable, type EventEntry, encodeEventData } from './event-table.js';
import { describeModule } from './kmd.js';
import { DeclarationError, TypeTable } from './type-table.js';
import { decodeMembers, isPlainObject, type ObjectResolver, type Parameter } from './value-codec.js';

/** What the server manager says about a module. */
export interface ModuleSummary {
  readonly name: string;
  readonly version: string;
  /** The classes that can be created, by name. */
  readonly factories: readonly string[];
}

/**
 * A set of modules, ready for use: look-up of classes, operations and events, and conversion of values from
 * requests and to answers. It never changes; `with` makes a larger one. All look-ups take constant time.
 */
export class ApiRegistry {
  readonly modules: readonly ModuleDecl[];
  readonly #types: TypeTable;
  readonly #classes: ReadonlyMap<string, ClassEntry>;
  readonly #events: ReadonlyMap<string, EventEntry>;

  /** Throws DeclarationError when the modules contradict themselves or each other. */
  constructor(modules: readonly ModuleDecl[]) {
    this.modules = modules;
    this.#types = new TypeTable(modules);
    this.#classes = buildClassTable(modules, this.#types);
    this.#events = buildEventTable(modules, this.#types);
    for (const { decl, events } of this.#classes.values()) {
      for (const event of events) {
        if (!this.#events.has(event)) {
          throw new DeclarationError(`Class '${decl.name}' names the unknown event '${event}'`);
        }
      }
    }
  }

  /** A registry with further modules. */
  with(...modules: readonly ModuleDecl[]): ApiRegistry {
    return new ApiRegistry([...this.modules, ...modules]);
  }

  /** By name or qualified name (`X`, `kurento.X`), abstract classes too. */
  findClass(name: string): ClassDecl | undefined {
    return this.#classes.get(name)?.decl;
  }

  /** By name or qualified name, but only what `create` can make. */
  creatable(name: string): ClassDecl | undefined {
    const entry = this.#classes.get(name);
    return entry?.creatable ? entry.decl : undefined;
  }

  /** Like creatable; throws MEDIA_OBJECT_NOT_AVAILABLE. */
  requireCreatable(name: string): ClassDecl {
    const decl = this.creatable(name);
    if (!decl) throw factoryNotFound(name);
    return decl;
  }

  /** Unqualified names of the ancestors, nearest first, without the class itself. */
  hierarchy(className: string): readonly string[] {
    return this.#classes.get(className)?.hierarchy ?? [];
  }

  /** Type, qualified type and qualified hierarchy, as `describe` answers them. */
  describe(className: string): ClassDescription | undefined {
    return this.#classes.get(className)?.description;
  }

  /** Whether a class is another one or extends it. */
  isSubclass(className: string, ancestor: string): boolean {
    return this.#classes.get(className)?.lineage.has(ancestor) ?? false;
  }

  /** A getter, setter or method of the class, inherited ones included. */
  resolveOperation(className: string, operation: string): Operation | undefined {
    return this.#classes.get(className)?.operations.get(operation);
  }

  /** Like resolveOperation; throws MALFORMED_TRANSACTION. `params` are only counted. */
  requireOperation(className: string, operation: string, params: unknown): Operation {
    const found = this.resolveOperation(className, operation);
    if (!found) throw operationNotFound(operation, params);
    return found;
  }

  /** All operations of a class, inherited ones included. */
  operations(className: string): readonly Operation[] {
    return [...(this.#classes.get(className)?.operations.values() ?? [])];
  }

  /** All properties of a class, those of the ancestors first. */
  properties(className: string): readonly PropertyDecl[] {
    return this.#classes.get(className)?.properties ?? [];
  }

  /** Names of all events that objects of the class may emit. */
  events(className: string): readonly string[] {
    return [...(this.#classes.get(className)?.events ?? [])];
  }

  supportsEvent(className: string, event: string): boolean {
    return this.#classes.get(className)?.events.has(event) ?? false;
  }

  /** Throws MEDIA_OBJECT_EVENT_NOT_SUPPORTED when objects of the class never emit the event. */
  requireEvent(className: string, event: string): void {
    if (!this.supportsEvent(className, event)) throw eventNotSupported(event);
  }

  findEvent(name: string): EventDecl | undefined {
    return this.#events.get(name)?.decl;
  }

  /**
   * The parameters of `create`, converted and with defaults filled in; `properties` and other members that
   * are not declared are ignored. Throws KurentoError.
   */
  decodeConstructorParams(className: string, raw: unknown, resolve: ObjectResolver): Record<string, unknown> {
    const entry = this.#classes.get(className);
    if (!entry) throw factoryNotFound(className);
    if (raw === undefined) {
      if (entry.constructorParams.some(isRequired)) {
        throw new KurentoError('MARSHALL_ERROR', "'constructorParams' is required");
      }
      return decodeMembers(entry.constructorParams, {}, 'parameter', resolve);
    }
    if (raw !== null && !isPlainObject(raw)) {
      throw new KurentoError('MARSHALL_ERROR', "'constructorParams' should be an object");
    }
    return decodeMembers(entry.constructorParams, raw ?? {}, 'parameter', resolve);
  }

  /**
   * The parameters of `invoke`, converted and with defaults filled in. Operations without parameters take
   * anything; `raw` may be absent or null when all parameters are optional. Throws KurentoError.
   */
  decodeOperationParams(
    operation: Operation,
    raw: unknown,
    resolve: ObjectResolver,
  ): Record<string, unknown> {
    if (operation.params.length === 0) return {};
    if (isPlainObject(raw)) return decodeMembers(operation.params, raw, 'parameter', resolve);
    if ((raw === undefined || raw === null) && !operation.params.some(isRequired)) {
      return decodeMembers(operation.params, {}, 'parameter', resolve);
    }
    throw new KurentoError('MARSHALL_ERROR', "'operationParams' is required");
  }

  /**
   * A value as it goes into an answer: registers get their hints, floats are rounded to 32 bits, an empty
   * `T<>` and everything undefined become null. A register value may name a subtype in `__type__`.
   */
  encodeValue(type: TypeName | undefined, value: unknown): Json {
    if (type === undefined || value === undefined) return null;
    const codec = this.#types.find(type);
    if (!codec) throw new DeclarationError(`Unknown type '${type}'`);
    return codec.encode(value);
  }

  /** What an operation returned, as it goes into the answer. */
  encodeResult(operation: Operation, value: unknown): Json {
    return operation.result?.encode(value) ?? null;
  }

  /**
   * The data of an event as it goes into a notification: declared members only. Events of media get their
   * name as `type`. Throws MEDIA_OBJECT_EVENT_NOT_SUPPORTED for an unknown event.
   */
  encodeEvent(event: string, data: Record<string, unknown>): Record<string, Json> {
    const entry = this.#events.get(event);
    if (!entry) throw eventNotSupported(event);
    return encodeEventData(entry, data);
  }

  /** The modules with what can be created of them, for ServerManager.info. */
  moduleSummaries(): readonly ModuleSummary[] {
    return this.modules.map(({ name, version, classes }) => ({
      name,
      version,
      factories: classes
        .map((decl) => decl.name)
        .filter((className) => this.creatable(className))
        .toSorted(),
    }));
  }

  /** The descriptor of a module in Kurento's format; undefined when it is not loaded. */
  kmd(moduleName: string): Json | undefined {
    const module = this.modules.find(({ name }) => name === moduleName);
    return module && describeModule(module, this.modules);
  }
}

function isRequired(param: Parameter): boolean {
  return !param.optional && param.default === undefined;
}
