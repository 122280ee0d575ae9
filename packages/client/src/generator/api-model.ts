import type { ClassDecl, ComplexTypeDecl, EventDecl, ModuleDecl, ParamDecl, TypeName } from '@rivero/api';

const primitives: Readonly<Record<string, string>> = {
  String: 'string',
  int: 'number',
  int64: 'number',
  float: 'number',
  double: 'number',
  boolean: 'boolean',
};

/** A declared thing with the name under which it is exported and the module it belongs to. */
export interface Named<Decl> {
  readonly decl: Decl;
  readonly module: ModuleDecl;
  readonly exported: string;
}

export type AnyType = Named<ComplexTypeDecl> | Named<ClassDecl>;

/** Answers the generator's questions about the declaration. */
export class ApiModel {
  readonly modules: readonly ModuleDecl[];
  readonly #events = new Map<string, Named<EventDecl>>();
  readonly #types = new Map<ModuleDecl, Map<string, AnyType>>();

  constructor(modules: readonly ModuleDecl[]) {
    this.modules = modules;
    const count = new Map<string, number>();
    for (const { complexTypes, classes } of modules) {
      for (const { name } of [...complexTypes, ...classes]) count.set(name, (count.get(name) ?? 0) + 1);
    }
    for (const module of modules) {
      const types = new Map<string, AnyType>();
      for (const decl of [...module.complexTypes, ...module.classes]) {
        // Two modules may declare a type of the same name.
        const unique = count.get(decl.name) === 1;
        const exported = unique ? decl.name : capital(module.name) + decl.name;
        types.set(decl.name, { decl, module, exported } as AnyType);
      }
      this.#types.set(module, types);
      for (const decl of module.events) {
        this.#events.set(decl.name, { decl, module, exported: `${decl.name}Event` });
      }
    }
  }

  /** A type by name as a module sees it: its own first, then those it imports. */
  type(name: TypeName, module: ModuleDecl): AnyType | undefined {
    const visible = [module, ...module.imports.map((each) => this.#module(each))];
    for (const each of visible) {
      const found = this.#types.get(each)?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  class(name: string, module: ModuleDecl): Named<ClassDecl> {
    const found = this.type(name, module);
    if (found === undefined || 'kind' in found.decl) throw new Error(`${name} is no class`);
    return found as Named<ClassDecl>;
  }

  event(name: string): Named<EventDecl> {
    const found = this.#events.get(name);
    if (found === undefined) throw new Error(`Unknown event ${name}`);
    return found;
  }

  /** The registers that extend a register, at any depth. */
  subtypes(name: string): Named<ComplexTypeDecl>[] {
    return [...this.#types.values()].flatMap((types) =>
      [...types.values()].filter((type): type is Named<ComplexTypeDecl> => {
        for (let current = type.decl; 'kind' in current && current.kind === 'register'; ) {
          const parent = current.extends;
          if (parent === name) return true;
          const next: AnyType | undefined = parent === undefined ? undefined : this.type(parent, type.module);
          if (next === undefined) return false;
          current = next.decl;
        }
        return false;
      }),
    );
  }

  /** Whether members with defaults, in it or in what it contains, make it differ between question and answer. */
  needsInit(name: string, module: ModuleDecl): boolean {
    const found = this.type(elementOf(name), module);
    if (found === undefined || !('kind' in found.decl) || found.decl.kind !== 'register') return false;
    return found.decl.members.some(
      (member) => member.default !== undefined || this.needsInit(member.type, found.module),
    );
  }

  /** Whether a value of the type is or contains an object. */
  refers(name: TypeName, module: ModuleDecl): boolean {
    const found = this.type(elementOf(name), module);
    if (found === undefined) return false;
    if (!('kind' in found.decl)) return true;
    return (
      found.decl.kind === 'register' && found.decl.members.some((m) => this.refers(m.type, found.module))
    );
  }

  /** The class and its ancestors, nearest first. */
  lineage(name: string, module: ModuleDecl): Named<ClassDecl>[] {
    const own = this.class(name, module);
    return own.decl.extends === undefined ? [own] : [own, ...this.lineage(own.decl.extends, own.module)];
  }

  #module(name: string): ModuleDecl {
    const found = this.modules.find((module) => module.name === name);
    if (found === undefined) throw new Error(`Unknown module ${name}`);
    return found;
  }
}

export function primitive(type: TypeName): string | undefined {
  return Object.hasOwn(primitives, type) ? primitives[type] : undefined;
}

/** The type in a list or map, else the type itself. */
export function elementOf(type: TypeName): TypeName {
  return type.replace(/(\[\]|<>)+$/, '');
}

/** What a constructor's parameter attaches the new object to. */
export function parentParam(decl: ClassDecl): ParamDecl | undefined {
  return decl.constructorParams?.find(
    ({ name, type }) =>
      (name === 'mediaPipeline' && type === 'MediaPipeline') || (name === 'hub' && type === 'Hub'),
  );
}

export function mayBeLeftOut({ optional, default: value }: ParamDecl): boolean {
  return optional === true || value !== undefined;
}

export function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
