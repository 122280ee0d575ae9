import { loadAddon, type NativeHandle, type NativeKind } from './addon.js';
import type { GstObject } from './object.js';

type Constructor = (handle: NativeHandle) => GstObject;

/** One wrapper per handle, and one handle per object: the same object is the same value in TypeScript. */
const wrappers = new WeakMap<NativeHandle, GstObject>();
const constructors = new Map<NativeKind, Constructor>();

/** Each class of the binding says here what it stands for: the classes need not know each other. */
export function registerKind(kind: NativeKind, construct: Constructor): void {
  constructors.set(kind, construct);
}

export function isHandle(value: unknown): value is NativeHandle {
  return value instanceof loadAddon().Handle;
}

/** The wrapper of a handle, of the class that fits the object. */
export function wrap(handle: NativeHandle): GstObject {
  const known = wrappers.get(handle);
  if (known) return known;
  const construct = constructors.get(handle.kind());
  if (!construct) throw new Error(`no class for ${handle.kind()}`);
  const wrapper = construct(handle);
  wrappers.set(handle, wrapper);
  return wrapper;
}

/** The wrapper of a handle whose class is known. */
export function wrapAs<T extends GstObject>(handle: NativeHandle): T {
  return wrap(handle) as T;
}
