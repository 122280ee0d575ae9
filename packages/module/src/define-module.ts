import type { ModuleDecl } from '@rivero/api';
import type { CreatableClass } from './declared-types.js';
import type { ElementKind } from './element-kind.js';

/** What a module's main file default-exports. */
export interface ModuleDefinition {
  /** Form of this definition. */
  readonly riveroModule: 1;
  readonly declaration: ModuleDecl;
  /** Range of versions of Rivero that the module works with: `^0.1.0`. */
  readonly rivero: string;
  /** Implementations of the classes that can be created, by class name. */
  readonly elements: Readonly<Record<string, ElementKind>>;
}

/** Describes a module; every class that can be created needs an implementation. */
export function defineModule<const D extends ModuleDecl>(module: {
  readonly declaration: D;
  readonly rivero: string;
  readonly elements: { readonly [C in CreatableClass<D>]: ElementKind };
}): ModuleDefinition {
  return { riveroModule: 1, ...module };
}
