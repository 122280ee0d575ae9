import type { Json, ParamDecl, TypeName } from './declaration.js';
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

export function shouldBe(what: string, name: string, place: Place): KurentoError {
  return new KurentoError('MARSHALL_ERROR', `'${name}' ${place} should be a ${what}`);
}

/** What Kurento's JSON library can convert to a string: numbers, booleans and null. */
export function toText(raw: unknown): string | undefined {
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
export function toNumber(raw: unknown): number | undefined {
  switch (typeof raw) {
    case 'number':
      return raw;
    case 'boolean':
      return raw ? 1 : 0;
    default:
      return raw === null ? 0 : undefined;
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
export function ownMember(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
