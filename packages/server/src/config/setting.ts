import type { Kind } from './kinds.js';

/** One setting of the server: the values that it takes, the one that it has when nobody sets it, and the line of help. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  readonly default: T;
  readonly doc: string;
  /** Not to be printed. */
  readonly secret?: true;
}

/** A setting that may be printed. */
export function setting<T>(kind: Kind<T>, defaultValue: T, doc: string): Setting<T> {
  return { kind, default: defaultValue, doc };
}

/** A setting that `--print-config` does not tell. */
export function secret<T>(kind: Kind<T>, defaultValue: T, doc: string): Setting<T> {
  return { kind, default: defaultValue, doc, secret: true };
}
