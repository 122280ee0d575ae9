import { isObject } from '../connection/messages.js';
import { RemoteObject } from './remote-object.js';
import type { Scope } from './scope.js';

/** Constructor of a generated class. */
export type RemoteClass = {
  new (scope: Scope, id: string): RemoteObject;
  readonly className: string;
};

/** Where objects are named: types of those members that are, or contain, objects. */
export type ReferenceTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Gives the instance of an object; `className` is the class by declaration. */
export type InstanceOf = (id: string, className: string) => RemoteObject;

/** The value with ids in place of instances; `idOf` may refuse an instance. */
export function encode(value: unknown, idOf: (object: RemoteObject) => string): unknown {
  if (value instanceof RemoteObject) return idOf(value);
  if (Array.isArray(value)) return value.map((item) => encode(item, idOf));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encode(member, idOf)]));
}

/** Turns ids into instances where the declaration says that a value is an object. */
export class ValueReader {
  readonly #classes: Readonly<Record<string, RemoteClass>>;
  readonly #references: ReferenceTable;

  constructor(classes: Readonly<Record<string, RemoteClass>>, references: ReferenceTable) {
    this.#classes = classes;
    this.#references = references;
  }

  /** The class that the id of an object ends with, if it is known and fits, else the one it was declared as. */
  classOf(id: string, declared: string): RemoteClass | undefined {
    const base = this.#class(declared);
    const named = /_(?:\w+\.)?([A-Za-z0-9]+)$/.exec(id)?.[1];
    const actual = named === undefined ? undefined : this.#class(named);
    if (actual === undefined || base === undefined) return actual ?? base;
    return actual === base || actual.prototype instanceof base ? actual : base;
  }

  /** A value of a type; an absent map is an empty one. */
  value(type: string, value: unknown, instanceOf: InstanceOf): unknown {
    if (type.endsWith('[]')) {
      const item = type.slice(0, -2);
      return Array.isArray(value) ? value.map((each) => this.value(item, each, instanceOf)) : value;
    }
    if (type.endsWith('<>')) {
      const item = type.slice(0, -2);
      const entries = Object.entries(isObject(value) ? value : {});
      return Object.fromEntries(entries.map(([key, each]) => [key, this.value(item, each, instanceOf)]));
    }
    if (this.#class(type) !== undefined) {
      return typeof value === 'string' && value !== '' ? instanceOf(value, type) : null;
    }
    return this.members(type, value, instanceOf);
  }

  /** A register, or the data of the event `type` (then the key in the table is `type event`). */
  members(type: string, value: unknown, instanceOf: InstanceOf): unknown {
    const references = Object.hasOwn(this.#references, type) ? this.#references[type] : undefined;
    if (references === undefined || !isObject(value)) return value;
    const members = { ...value };
    for (const [name, memberType] of Object.entries(references)) {
      if (members[name] !== undefined) members[name] = this.value(memberType, members[name], instanceOf);
    }
    return members;
  }

  #class(name: string): RemoteClass | undefined {
    return Object.hasOwn(this.#classes, name) ? this.#classes[name] : undefined;
  }
}
