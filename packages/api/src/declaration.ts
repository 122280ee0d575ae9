// The form in which the API is declared: plain data, so that validation, dispatch, descriptors, reference
// pages and TypeScript types can all be derived from one place. Third-party modules use the same form.

// `beyond` marks what Kurento does not have: additions to its classes, found by name by clients that know of them and
// invisible to all others.

/** A JSON value. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [member: string]: Json | undefined };

/**
 * Name of a type: `String`, `int` (32 bits), `int64`, `float` (32 bits), `double`, `boolean`, the name of an
 * enum, register or remote class, `T[]` (list of T) or `T<>` (object from string to T).
 */
export type TypeName = string;

/** A parameter of a constructor or method. `optional`, or a `default`, means that it may be left out. */
export interface ParamDecl {
  readonly name: string;
  readonly type: TypeName;
  readonly optional?: true;
  readonly default?: Json;
  readonly beyond?: true;
  readonly doc: string;
}

/**
 * A property: read by the operation `getX`, written by `setX`.
 * `final` is fixed at construction, `readonly` changes only by the server's doing; neither has a setter.
 * `default` is what a fresh object answers.
 */
export interface PropertyDecl {
  readonly name: string;
  readonly type: TypeName;
  readonly final?: true;
  readonly readonly?: true;
  readonly default?: Json;
  readonly beyond?: true;
  readonly doc: string;
}

export interface MethodDecl {
  readonly name: string;
  readonly params: readonly ParamDecl[];
  readonly returns?: TypeName;
  readonly returnDoc?: string;
  readonly beyond?: true;
  readonly doc: string;
}

export interface ClassDecl {
  readonly name: string;
  readonly abstract?: true;
  readonly extends?: string;
  readonly constructorParams?: readonly ParamDecl[];
  readonly properties?: readonly PropertyDecl[];
  readonly methods?: readonly MethodDecl[];
  readonly events?: readonly string[];
  readonly doc: string;
  /** A short piece of client code (JavaScript) for the reference pages. */
  readonly example?: string;
}

export interface EnumDecl {
  readonly kind: 'enum';
  readonly name: string;
  readonly values: readonly string[];
  readonly beyond?: true;
  readonly doc: string;
}

/** A value with named members. A member with `optional` or a `default` may be left out. */
export interface RegisterDecl {
  readonly kind: 'register';
  readonly name: string;
  readonly extends?: string;
  readonly members: readonly ParamDecl[];
  readonly beyond?: true;
  readonly doc: string;
}

export type ComplexTypeDecl = EnumDecl | RegisterDecl;

export interface EventDecl {
  readonly name: string;
  readonly extends?: string;
  readonly members: readonly ParamDecl[];
  readonly beyond?: true;
  readonly doc: string;
}

/** Where the client packages of a module are found; only descriptors (kmd) need it. */
export interface ModuleCode {
  readonly java?: {
    readonly packageName: string;
    readonly mavenGroupId: string;
    readonly mavenArtifactId: string;
  };
  readonly js?: { readonly nodeName: string };
}

export interface ModuleDecl {
  readonly name: string;
  readonly version: string;
  /** The Kurento API version the module needs, such as `^7.1.0`. */
  readonly kurentoVersion: string;
  /** Modules whose types may be used here, in order of look-up. */
  readonly imports: readonly string[];
  /** Ranges of versions of imports; for an import that is not named here `kurentoVersion` holds if it is Kurento's, and any will do if not. */
  readonly importVersions?: Readonly<Record<string, string>>;
  /**
   * Prefix of qualified class names and the `__module__` of registers. Kurento's own three modules use
   * `kurento`; others use their name, which is the default.
   */
  readonly namespace?: string;
  readonly code?: ModuleCode;
  readonly doc: string;
  readonly classes: readonly ClassDecl[];
  readonly complexTypes: readonly ComplexTypeDecl[];
  readonly events: readonly EventDecl[];
}
