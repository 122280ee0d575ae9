import type { Json, TypeName } from './declaration.js';
import { KurentoError } from './errors.js';
import {
  type ObjectResolver,
  type Place,
  shouldBe,
  toNumber,
  toText,
  type ValueCodec,
} from './value-codec.js';

/** An object has no number: its own `valueOf` and `toString` may be anything. */
function asNumber(value: unknown): number {
  return typeof value === 'object' ? Number.NaN : Number(value);
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
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
    return asText(value);
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
    const number = asNumber(value);
    // JSON has no negative zero.
    return Number.isFinite(number) ? Math.trunc(number) + 0 : null;
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
    const number = this.#round(asNumber(value));
    return Number.isFinite(number) ? number + 0 : null;
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
    return value === undefined || value === null ? null : asText(value);
  }
}

/** A remote class: its objects travel as their ids. */
export class ObjectCodec implements ValueCodec {
  constructor(readonly type: TypeName) {}

  decode(raw: unknown, name: string, place: Place, resolve: ObjectResolver): string {
    const id = toText(idOf(raw));
    if (id === undefined) throw this.missing(name, place);
    return resolve(id, this.type);
  }

  missing(name: string, place: Place): KurentoError {
    return shouldBe('string', name, place);
  }

  encode(value: unknown): Json {
    return value === undefined || value === null ? null : asText(value);
  }
}

/**
 * The official JavaScript client sends some objects whole instead of their ids (where no parameter is named `sink`, `hub` or `object`:
 * AlphaBlending.setMaster, DispatcherOneToMany.setSource); their id is in them.
 */
function idOf(raw: unknown): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw) || !Object.hasOwn(raw, 'id')) return raw;
  const { id } = raw as { id: unknown };
  return typeof id === 'string' ? id : raw;
}
