// TypeScript types derived from the declaration of one module: what its implementations get and give.

import type { EventData, EventName, ModuleDecl, TypeValue } from '@rivero/api';

type Simplify<T> = { [K in keyof T]: T[K] };

interface Member {
  readonly name: string;
  readonly type: string;
}

type OwnClass<D extends ModuleDecl> = D['classes'][number];
type OwnType<D extends ModuleDecl> = D['complexTypes'][number];
type OwnEvent<D extends ModuleDecl> = D['events'][number];

/** Names of the classes of a module that can be created: those that need an implementation. */
export type CreatableClass<D extends ModuleDecl> = Exclude<
  Extract<OwnClass<D>, { readonly constructorParams: readonly Member[] }>,
  { readonly abstract: true }
>['name'];

/** The class and those of its ancestors that the same module declares: what an implementation answers for. */
type Lineage<D extends ModuleDecl, C extends string> = C extends string
  ? Extract<OwnClass<D>, { readonly name: C }> extends { readonly extends: infer Parent extends string }
    ? C | Lineage<D, Extract<Parent, OwnClass<D>['name']>>
    : C
  : never;
type ClassesOf<D extends ModuleDecl, C extends string> = Extract<
  OwnClass<D>,
  { readonly name: Lineage<D, C> }
>;

/** The TypeScript type of a type name as the module sees it: its own types first, then Kurento's. Objects are their ids. */
export type DeclaredValue<D extends ModuleDecl, Name extends string> = Name extends `${infer Element}[]`
  ? DeclaredValue<D, Element>[]
  : Name extends `${infer Element}<>`
    ? Record<string, DeclaredValue<D, Element>>
    : Name extends OwnType<D>['name']
      ? OwnTypeValue<D, Extract<OwnType<D>, { readonly name: Name }>>
      : Name extends OwnClass<D>['name']
        ? string
        : TypeValue<Name>;

type OwnTypeValue<D extends ModuleDecl, T> = T extends {
  readonly kind: 'enum';
  readonly values: readonly (infer V)[];
}
  ? V
  : T extends { readonly kind: 'register'; readonly members: readonly (infer M extends Member)[] }
    ? Simplify<
        Decoded<D, M> &
          (T extends { readonly extends: infer Parent extends string } ? DeclaredValue<D, Parent> : unknown)
      >
    : never;

type IsOptional = { readonly optional: true };

/** Members as they are after decoding: what has a default is always there. */
type Decoded<D extends ModuleDecl, M extends Member> = Simplify<
  { readonly [Each in Exclude<M, IsOptional> as Each['name']]: DeclaredValue<D, Each['type']> } & {
    readonly [Each in Extract<M, IsOptional> as Each['name']]?: DeclaredValue<D, Each['type']>;
  }
>;

/** The constructor parameters of a class, decoded, with defaults filled in. */
export type DeclaredParams<D extends ModuleDecl, C extends string> =
  Extract<OwnClass<D>, { readonly name: C }> extends {
    readonly constructorParams: readonly (infer P extends Member)[];
  }
    ? Decoded<D, P>
    : Record<never, never>;

/** Distributes over classes. */
type MethodOf<Class> = Class extends { readonly methods: readonly (infer M)[] } ? M : never;
type NamedMethod = {
  readonly name: string;
  readonly params: readonly Member[];
};
type MethodOfImplementation<D extends ModuleDecl, M extends NamedMethod> = M extends {
  readonly returns: infer Type extends string;
}
  ? (params: Decoded<D, M['params'][number]>) => DeclaredValue<D, Type> | Promise<DeclaredValue<D, Type>>
  : (params: Decoded<D, M['params'][number]>) => void | Promise<void>;

/** The declared methods as an implementation has them: one object with the parameters in, the result out. */
export type DeclaredMethods<D extends ModuleDecl, C extends string> = {
  [M in Extract<MethodOf<ClassesOf<D, C>>, NamedMethod> as M['name']]: MethodOfImplementation<D, M>;
};

/** Distributes over classes. */
type PropertyOf<Class> = Class extends { readonly properties: readonly (infer P extends Member)[] }
  ? P
  : never;

/** The declared properties as an implementation has them. */
export type DeclaredProperties<D extends ModuleDecl, C extends string> = {
  [P in PropertyOf<ClassesOf<D, C>> as P['name']]: DeclaredValue<D, P['type']>;
};

/** All that the declaration demands of an implementation: `class X extends GStreamerBin<D, 'X'> implements Implements<D, 'X'>`. */
export type Implements<D extends ModuleDecl, C extends string> = Simplify<
  DeclaredMethods<D, C> & DeclaredProperties<D, C>
>;

/** Distributes over classes. */
type EventsOf<Class> = Class extends { readonly events: readonly (infer E extends string)[] } ? E : never;

/** Names of the events that the class declares. */
export type DeclaredEvent<D extends ModuleDecl, C extends string> = EventsOf<ClassesOf<D, C>>;

/** What an event says, without what every event carries (source, tags, timestampMillis, type). */
export type DeclaredEventData<D extends ModuleDecl, E extends string> = E extends OwnEvent<D>['name']
  ? OwnEventData<D, Extract<OwnEvent<D>, { readonly name: E }>>
  : E extends EventName
    ? EventData<E>
    : never;

type OwnEventData<D extends ModuleDecl, Event> = Event extends {
  readonly members: readonly (infer M extends Member)[];
}
  ? Simplify<
      Decoded<D, M> &
        (Event extends { readonly extends: infer Parent extends string }
          ? Parent extends 'Media' | 'RaiseBase'
            ? unknown
            : DeclaredEventData<D, Parent>
          : unknown)
    >
  : never;
