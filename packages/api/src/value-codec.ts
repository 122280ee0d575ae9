import type { Json, ParamDecl, RegisterDecl, TypeName } from './declaration.js';
import { KurentoError } from './errors.js';

/** Checks that an object id is known and of the class (or a subclass), gives the id or throws KurentoError. */
export type ObjectResolver = (id: string, className: string) => string;

/** Where a value stands: a parameter of an operation, or a member ("property") of a register. */
export type Place = 'parameter' | 'property';

/** Converts values of one type from requests (decode) and to answers and events (encode). */
export interface ValueCodec {
  readonly type: TypeName;
  /** Throws KurentoError (MARSHALL_ERROR, or what `resolve` throws). */
  decode(raw: unknown, name: string, place: Place, resolve: ObjectResolver): unknown;
  /** The error for a value that is not there. */
  missing(name: string, place: Place): KurentoError;
  encode(value: unknown): Json;
}

/** A declared parameter, ready to be decoded. */
export interface Parameter extends ParamDecl {
  readonly codec: ValueCodec;
}

function shouldBe(what: string, name: string, place: Place): KurentoError {
  return new KurentoError('MARSHALL_ERROR', `'${name}' ${place} should be a ${what}`);
}

/** What Kurento's JSON library can convert to a string: numbers, booleans and null. */
function toText(raw: unknown): string | undefined {
  switch (typeof raw) {
    case 'string':
      return raw;
    case 'number':
    case 'boolean':
      return String(raw);
    default:
      return raw === null ? '' : undefined;
  }
}

/** What Kurento's JSON library can convert to a number: booleans and null, but no strings. */
function toNumber(raw: unknown): number | undefined {
  switch (typeof raw) {
    case 'number':
      return raw;
    case 'boolean':
      return raw ? 1 : 0;
    default:
      return raw === null ? 0 : undefined;
  }
}

class StringCodec implements ValueCodec {
  readonly type = 'String';

  decode(raw: unknown, name: string, place: Place): string {
    const text = toText(raw);
    if (text === undefined) throw this.missing(name, place);
    return text;
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('string', name, place);
  }

  encode(value: unknown): Json {
    if (value === undefined || value === null) return null;
    return typeof value === 'string' ? value : String(value);
  }
}

class IntegerCodec implements ValueCodec {
  readonly #description: string;
  readonly #lowest: number;
  readonly #highest: number;

  constructor(
    readonly type: 'int' | 'int64',
    description: string,
    bits: number,
  ) {
    this.#description = description;
    this.#lowest = -(2 ** (bits - 1));
    // There is no double for 2^63 - 1.
    this.#highest = bits > 53 ? 2 ** (bits - 1) : 2 ** (bits - 1) - 1;
  }

  decode(raw: unknown, name: string, place: Place): number {
    const number = toNumber(raw);
    if (number === undefined || !(number >= this.#lowest && number <= this.#highest)) {
      throw this.missing(name, place);
    }
    return Math.trunc(number) + 0; // + 0 turns -0 into 0
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe(this.#description, name, place);
  }

  encode(value: unknown): Json {
    if (value === undefined || value === null) return null;
    const number = Number(value);
    return Number.isFinite(number) ? Math.trunc(number) : null;
  }
}

class FloatCodec implements ValueCodec {
  readonly #round: (value: number) => number;

  constructor(readonly type: 'float' | 'double') {
    this.#round = type === 'float' ? Math.fround : (value) => value;
  }

  /** The value keeps its full precision here; what counts is that it fits the type. */
  decode(raw: unknown, name: string, place: Place): number {
    const number = toNumber(raw);
    if (number === undefined || !Number.isFinite(this.#round(number))) throw this.missing(name, place);
    return number;
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('double', name, place);
  }

  encode(value: unknown): Json {
    if (value === undefined || value === null) return null;
    const number = this.#round(Number(value));
    return Number.isFinite(number) ? number : null;
  }
}

class BooleanCodec implements ValueCodec {
  readonly type = 'boolean';

  decode(raw: unknown, name: string, place: Place): boolean {
    const number = toNumber(raw);
    if (number === undefined) throw this.missing(name, place);
    return number !== 0;
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('boolean', name, place);
  }

  encode(value: unknown): Json {
    return value === undefined || value === null ? null : Boolean(value);
  }
}

export const primitiveCodecs: ReadonlyMap<TypeName, ValueCodec> = new Map(
  [
    new StringCodec(),
    new IntegerCodec('int', 'integer', 32),
    new IntegerCodec('int64', 'int64', 64),
    new FloatCodec('float'),
    new FloatCodec('double'),
    new BooleanCodec(),
  ].map((codec) => [codec.type, codec]),
);

export class EnumCodec implements ValueCodec {
  readonly #values: ReadonlySet<string>;

  constructor(
    readonly type: TypeName,
    values: readonly string[],
  ) {
    this.#values = new Set(values);
  }

  decode(raw: unknown, name: string, place: Place): string {
    const text = toText(raw);
    if (text === undefined) throw this.missing(name, place);
    if (!this.#values.has(text)) throw new KurentoError('MARSHALL_ERROR', `Invalid value for '${this.type}'`);
    return text;
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('string', name, place);
  }

  encode(value: unknown): Json {
    return value === undefined || value === null ? null : String(value);
  }
}

/** A remote class: its objects travel as their ids. */
export class ObjectCodec implements ValueCodec {
  constructor(readonly type: TypeName) {}

  decode(raw: unknown, name: string, place: Place, resolve: ObjectResolver): string {
    const id = toText(raw);
    if (id === undefined) throw this.missing(name, place);
    return resolve(id, this.type);
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('string', name, place);
  }

  encode(value: unknown): Json {
    return value === undefined || value === null ? null : String(value);
  }
}

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

/** Decodes declared members in their order; members that are not declared are ignored. */
export function decodeMembers(
  members: readonly Parameter[],
  given: object,
  place: Place,
  resolve: ObjectResolver,
): Record<string, unknown> {
  const decoded: Record<string, unknown> = {};
  for (const member of members) {
    const own = ownMember(given, member.name);
    const raw = own === undefined ? member.default : own; // null is a value, and is converted as one
    if (raw !== undefined) decoded[member.name] = member.codec.decode(raw, member.name, place, resolve);
    else if (!member.optional) throw member.codec.missing(member.name, place);
  }
  return decoded;
}

export function encodeMembers(
  members: readonly Parameter[],
  value: object,
  encoded: Record<string, Json>,
): void {
  for (const member of members) {
    const given = ownMember(value, member.name);
    if (given !== undefined) encoded[member.name] = member.codec.encode(given);
  }
}

/** A JSON object (or anything like one), not null and not a list. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The order of members on the wire: by name, as in Kurento. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Never reads what an object inherits, such as `constructor`. */
function ownMember(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
