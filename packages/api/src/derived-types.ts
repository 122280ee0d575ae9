// TypeScript types derived from the declaration of Kurento's own modules.

import type { builtInModules } from './modules/index.js';

type Module = (typeof builtInModules)[number];
type AnyClass = Module['classes'][number];
type AnyComplexType = Module['complexTypes'][number];
type AnyEvent = Module['events'][number];
type AnyEnum = Extract<AnyComplexType, { kind: 'enum' }>;
type AnyRegister = Extract<AnyComplexType, { kind: 'register' }>;

interface Member {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}
type Members = readonly Member[];
type ClassTable = { [C in AnyClass as C['name']]: C };
type RegisterTable = { [R in AnyRegister as R['name']]: R };
type EnumTable = { [E in AnyEnum as E['name']]: E };
type EventTable = { [E in AnyEvent as E['name']]: E };
type Simplify<T> = { [K in keyof T]: T[K] };

/** Name of a class, abstract ones included. */
export type ClassName = AnyClass['name'];
/** Name of a class that can be created. */
export type CreatableName = Extract<AnyClass, { constructorParams: Members }>['name'];
export type EnumName = AnyEnum['name'];
export type RegisterName = AnyRegister['name'];
export type EventName = AnyEvent['name'];

/** The values of an enum: EnumValue<'MediaType'> is 'AUDIO' | 'DATA' | 'VIDEO'. */
export type EnumValue<Name extends EnumName> = EnumTable[Name]['values'][number];

/** The TypeScript type of a type name; objects are their ids. */
export type TypeValue<Name extends string> = Name extends `${infer Element}[]`
  ? TypeValue<Element>[]
  : Name extends `${infer Element}<>`
    ? Record<string, TypeValue<Element>>
    : Name extends 'String'
      ? string
      : Name extends 'int' | 'int64' | 'float' | 'double'
        ? number
        : Name extends 'boolean'
          ? boolean
          : Name extends EnumName
            ? EnumValue<Name>
            : Name extends RegisterName
              ? RegisterValue<Name>
              : Name extends ClassName
                ? string
                : never;

type HasDefault = { readonly default: unknown };
type IsOptional = { readonly optional: true };

/** Members as they are after decoding: what has a default is always there. */
type Decoded<M extends Member> = Simplify<
  { [Each in Exclude<M, IsOptional> as Each['name']]: TypeValue<Each['type']> } & {
    [Each in Extract<M, IsOptional> as Each['name']]?: TypeValue<Each['type']>;
  }
>;

/** Members as a caller gives them: what has a default may be left out. */
type Given<M extends Member> = Simplify<
  { [Each in Exclude<M, IsOptional | HasDefault> as Each['name']]: TypeValue<Each['type']> } & {
    [Each in Extract<M, IsOptional | HasDefault> as Each['name']]?: TypeValue<Each['type']>;
  }
>;

type RegisterLineage<Name extends RegisterName> = RegisterTable[Name] extends {
  extends: infer Parent extends RegisterName;
}
  ? Name | RegisterLineage<Parent>
  : Name;
type RegisterMember<Name extends RegisterName> = RegisterTable[RegisterLineage<Name>]['members'][number];

/** A register's members as decoded, inherited ones included: RegisterValue<'IceCandidate'>. */
export type RegisterValue<Name extends RegisterName> = Decoded<RegisterMember<Name>>;

/** A register as a caller or an answer gives it: members with a default may be left out. */
export type RegisterInit<Name extends RegisterName> = Given<RegisterMember<Name>>;

/** A register that says what it is, where a supertype is declared: an answer of getStats has these. */
export type TaggedRegister<Name extends RegisterName> = Name extends RegisterName
  ? RegisterInit<Name> & { __type__: Name }
  : never;

/** An event and its ancestors. */
type EventLineage<Name extends EventName> = EventTable[Name] extends {
  extends: infer Parent extends EventName;
}
  ? Name | EventLineage<Parent>
  : Name;

/** What an event says, without what every event carries (source, tags, timestampMillis, type). */
export type EventData<Name extends EventName> = Decoded<
  EventTable[Exclude<EventLineage<Name>, 'RaiseBase' | 'Media'>]['members'][number]
>;

/** All that an event carries on the wire. */
export type EventPayload<Name extends EventName> = Decoded<EventTable[EventLineage<Name>]['members'][number]>;

/** A class and its ancestors. */
export type Lineage<Name extends ClassName> = ClassTable[Name] extends {
  extends: infer Parent extends ClassName;
}
  ? Name | Lineage<Parent>
  : Name;

type ConstructorParam<Name extends CreatableName> = ClassTable[Name] extends {
  constructorParams: infer List extends Members;
}
  ? List[number]
  : never;

/** The parameters of a constructor after decoding. */
export type ConstructorParams<Name extends CreatableName> = Decoded<ConstructorParam<Name>>;
/** The parameters of a constructor as a caller gives them. */
export type ConstructorInit<Name extends CreatableName> = Given<ConstructorParam<Name>>;

/** Distributes over classes. */
type PropertyOf<Class> = Class extends { properties: infer List extends Members } ? List[number] : never;
type AnyProperty<Name extends ClassName> = PropertyOf<ClassTable[Lineage<Name>]>;

/** The properties of a class, inherited ones included. */
export type Properties<Name extends ClassName> = {
  [P in AnyProperty<Name> as P['name']]: TypeValue<P['type']>;
};
/** The properties of a class that have a setter, inherited ones included. */
export type WritableProperties<Name extends ClassName> = {
  [P in Exclude<AnyProperty<Name>, { readonly: true } | { final: true }> as P['name']]: TypeValue<P['type']>;
};

interface Method {
  readonly name: string;
  readonly params: Members;
}
/** Distributes over classes. */
type MethodOf<Class> = Class extends { methods: infer List extends readonly Method[] } ? List[number] : never;
type AnyMethod<Name extends ClassName> = MethodOf<ClassTable[Lineage<Name>]>;

/** Names of the methods of a class, inherited ones included. */
export type MethodName<Name extends ClassName> = AnyMethod<Name>['name'];

/** The parameters of a method after decoding. */
export type MethodParams<Name extends ClassName, Operation extends MethodName<Name>> = Decoded<
  Extract<AnyMethod<Name>, { name: Operation }>['params'][number]
>;
/** The parameters of a method as a caller gives them. */
export type MethodInit<Name extends ClassName, Operation extends MethodName<Name>> = Given<
  Extract<AnyMethod<Name>, { name: Operation }>['params'][number]
>;
/** What a method returns; undefined when it returns nothing. */
export type MethodResult<Name extends ClassName, Operation extends MethodName<Name>> =
  Extract<AnyMethod<Name>, { name: Operation }> extends { returns: infer Type extends string }
    ? TypeValue<Type>
    : undefined;

/** Distributes over classes. */
type EventOf<Class> = Class extends { events: infer List extends readonly string[] } ? List[number] : never;

/** Names of the events that objects of a class may emit, inherited ones included. */
export type ClassEvent<Name extends ClassName> = EventOf<ClassTable[Lineage<Name>]>;
