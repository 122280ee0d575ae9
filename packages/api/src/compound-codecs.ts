import type { Json, RegisterDecl, TypeName } from './declaration.js';
import type { KurentoError } from './errors.js';
import {
  compareNames,
  decodeMembers,
  encodeMembers,
  isPlainObject,
  type ObjectResolver,
  ownMember,
  type Parameter,
  type Place,
  shouldBe,
  type ValueCodec,
} from './value-codec.js';

export class ListCodec implements ValueCodec {
  constructor(
    readonly type: TypeName,
    readonly element: ValueCodec,
  ) {}

  decode(raw: unknown, name: string, place: Place, resolve: ObjectResolver): unknown[] {
    if (raw === null) return [];
    if (!Array.isArray(raw)) throw this.missing(name, place);
    return raw.map((value, index) => this.element.decode(value, `${name}[${index}]`, place, resolve));
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('list', name, place);
  }

  encode(value: unknown): Json {
    if (!Array.isArray(value)) return null;
    return value.map((element) => this.element.encode(element));
  }
}

export class MapCodec implements ValueCodec {
  constructor(
    readonly type: TypeName,
    readonly element: ValueCodec,
  ) {}

  decode(raw: unknown, name: string, place: Place, resolve: ObjectResolver): Record<string, unknown> {
    if (raw === null) return {};
    if (!isPlainObject(raw)) throw this.missing(name, place);
    // fromEntries defines members, so that a key "__proto__" is a key like any other.
    return Object.fromEntries(
      Object.entries(raw).map(([key, value]) => [key, this.element.decode(value, key, 'property', resolve)]),
    );
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('object', name, place);
  }

  /** As Kurento does it, an empty map is null. */
  encode(value: unknown): Json {
    if (!isPlainObject(value)) return null;
    const entries = Object.entries(value);
    if (entries.length === 0) return null;
    return Object.fromEntries(entries.map(([key, element]) => [key, this.element.encode(element)]));
  }
}

/**
 * A register. In requests the hints `__module__` and `__type__` may be there or not; in answers they always
 * are. A value whose `__type__` names a register that extends the declared one is treated as that one.
 */
export class RegisterCodec implements ValueCodec {
  readonly type: TypeName;
  readonly module: string;
  /** Own and inherited members, those of the ancestors first. Filled when all types are known. */
  #members: readonly Parameter[] = [];
  #sorted: readonly Parameter[] = [];
  readonly #subtypes = new Map<string, RegisterCodec>();

  constructor(decl: RegisterDecl, namespace: string) {
    this.type = decl.name;
    this.module = namespace;
  }

  complete(members: readonly Parameter[]): void {
    this.#members = members;
    this.#sorted = members.toSorted((a, b) => compareNames(a.name, b.name));
  }

  addSubtype(subtype: RegisterCodec): void {
    this.#subtypes.set(subtype.type, subtype);
  }

  decode(raw: unknown, name: string, place: Place, resolve: ObjectResolver): Record<string, unknown> {
    if (raw !== null && !isPlainObject(raw)) throw this.missing(name, place);
    const given = raw ?? {};
    return decodeMembers(this.#actual(given).#members, given, 'property', resolve);
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('object', name, place);
  }

  /** Members that are undefined are left out, members that are not declared are dropped. */
  encode(value: unknown): Json {
    if (!isPlainObject(value)) return null;
    const actual = this.#actual(value);
    const encoded: Record<string, Json> = { __module__: actual.module, __type__: actual.type };
    encodeMembers(actual.#sorted, value, encoded);
    return encoded;
  }

  #actual(value: object): RegisterCodec {
    if (this.#subtypes.size === 0) return this;
    const hint = ownMember(value, '__type__');
    return (typeof hint === 'string' ? this.#subtypes.get(hint) : undefined) ?? this;
  }
}
