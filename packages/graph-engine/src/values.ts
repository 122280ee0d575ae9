import type { NativeValue } from './addon.js';
import { GstObject } from './object.js';
import { isHandle, wrap } from './wrap.js';

/**
 * A value of a property, a signal's argument or a structure's field.
 *
 * Read: enums and flags come as their nick, caps, fractions, ranges and the like as the string that GStreamer writes,
 * times as nanoseconds (-1 for none), buffers and samples as null. Written: any value may be given as such a string,
 * too.
 */
export type GstValue = null | boolean | number | string | GstObject | GstStructure | readonly GstValue[];

/** A named set of fields: caps, element messages, custom events, statistics. */
export interface GstStructure {
  readonly name: string;
  readonly fields: Readonly<Record<string, GstValue>>;
}

export function fromNative(value: NativeValue): GstValue {
  if (value === null || typeof value !== 'object') return value;
  if (isHandle(value)) return wrap(value);
  if (Array.isArray(value)) return value.map(fromNative);
  const structure = value as { name: string; fields: Record<string, NativeValue> };
  return { name: structure.name, fields: fieldsFromNative(structure.fields) };
}

export function fieldsFromNative(fields: Record<string, NativeValue>): Record<string, GstValue> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, fromNative(value)]));
}

export function toNative(value: GstValue): NativeValue {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof GstObject) return value.handle;
  if (Array.isArray(value)) return value.map(toNative);
  const structure = value as GstStructure;
  return { name: structure.name, fields: toNativeFields(structure.fields) };
}

export function toNativeFields(fields: Readonly<Record<string, GstValue>>): Record<string, NativeValue> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, toNative(value)]));
}
