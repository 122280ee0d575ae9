import { ListCodec, MapCodec, RegisterCodec } from './compound-codecs.js';
import type { ClassDecl, ModuleDecl, ParamDecl, RegisterDecl, TypeName } from './declaration.js';
import { EnumCodec, ObjectCodec, primitiveCodecs } from './primitive-codecs.js';
import type { Parameter, ValueCodec } from './value-codec.js';

/** A module is declared wrongly: an unknown type, a name used twice, and so on. */
export class DeclarationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DeclarationError';
  }
}

const NAME = /^[A-Za-z]\w*$/;

export function checkName(name: string, where: string): void {
  if (!NAME.test(name)) throw new DeclarationError(`${where}: '${name}' is not a valid name`);
}

/** The namespace of a module: prefix of qualified class names and `__module__` of registers. */
export function namespaceOf(module: ModuleDecl): string {
  return module.namespace ?? module.name;
}

/**
 * All types of a set of modules. Names are looked up in the module that uses them first, then in its imports,
 * so that two modules may declare a type of the same name.
 */
export class TypeTable {
  readonly #modules: ReadonlyMap<string, ModuleDecl>;
  readonly #own = new Map<string, Map<TypeName, ValueCodec>>();
  readonly #visible = new Map<string, readonly Map<TypeName, ValueCodec>[]>();
  readonly #anywhere = new Map<TypeName, ValueCodec>(primitiveCodecs);

  constructor(modules: readonly ModuleDecl[]) {
    this.#modules = new Map(modules.map((module) => [module.name, module]));
    for (const module of modules) this.#own.set(module.name, this.#declare(module));
    for (const module of modules) this.#visible.set(module.name, this.#scope(module));
    for (const module of modules) this.#complete(module);
    for (const own of this.#own.values()) {
      for (const [name, codec] of own) if (!this.#anywhere.has(name)) this.#anywhere.set(name, codec);
    }
    for (const [name, codec] of [...this.#anywhere]) {
      this.#anywhere.set(`${name}[]`, new ListCodec(`${name}[]`, codec));
      this.#anywhere.set(`${name}<>`, new MapCodec(`${name}<>`, codec));
    }
  }

  /** The codec of a type as one module sees it; throws DeclarationError for an unknown type. */
  codec(type: TypeName, module: ModuleDecl): ValueCodec {
    if (type.endsWith('[]')) return new ListCodec(type, this.codec(type.slice(0, -2), module));
    if (type.endsWith('<>')) return new MapCodec(type, this.codec(type.slice(0, -2), module));
    const primitive = primitiveCodecs.get(type);
    if (primitive) return primitive;
    for (const types of this.#visible.get(module.name) ?? []) {
      const codec = types.get(type);
      if (codec) return codec;
    }
    throw new DeclarationError(`Module '${module.name}' uses the unknown type '${type}'`);
  }

  /** The codec of a type by name alone; of several types of one name, that of the first module. */
  find(type: TypeName): ValueCodec | undefined {
    return this.#anywhere.get(type);
  }

  parameters(params: readonly ParamDecl[], module: ModuleDecl, where: string): readonly Parameter[] {
    const names = new Set<string>();
    return params.map((param) => {
      checkName(param.name, where);
      if (names.has(param.name)) throw new DeclarationError(`${where}: '${param.name}' is declared twice`);
      names.add(param.name);
      return { ...param, codec: this.codec(param.type, module) };
    });
  }

  #declare(module: ModuleDecl): Map<TypeName, ValueCodec> {
    const own = new Map<TypeName, ValueCodec>();
    const add = (name: string, codec: ValueCodec) => {
      checkName(name, `Module '${module.name}'`);
      if (own.has(name) || primitiveCodecs.has(name)) {
        throw new DeclarationError(`Module '${module.name}': '${name}' is declared twice`);
      }
      own.set(name, codec);
    };
    for (const decl of module.complexTypes) {
      add(
        decl.name,
        decl.kind === 'enum'
          ? new EnumCodec(decl.name, decl.values)
          : new RegisterCodec(decl, namespaceOf(module)),
      );
    }
    for (const decl of module.classes satisfies readonly ClassDecl[])
      add(decl.name, new ObjectCodec(decl.name));
    return own;
  }

  /** The module's own types, then those of its imports, nearest first. */
  #scope(module: ModuleDecl): readonly Map<TypeName, ValueCodec>[] {
    const names = new Set([module.name]);
    for (const name of names) {
      const imported = this.#modules.get(name);
      if (!imported) throw new DeclarationError(`Module '${module.name}' needs the module '${name}'`);
      for (const next of imported.imports) names.add(next);
    }
    return [...names].map((name) => this.#own.get(name) as Map<TypeName, ValueCodec>);
  }

  /** Gives registers their members, inherited ones included, now that every type has a codec. */
  #complete(module: ModuleDecl): void {
    for (const decl of module.complexTypes) {
      if (decl.kind !== 'register') continue;
      const codec = this.codec(decl.name, module) as RegisterCodec;
      const members: Parameter[] = [];
      for (const { decl: part, module: owner } of this.#lineage(decl, module)) {
        members.unshift(...this.parameters(part.members, owner, `Register '${part.name}'`));
        if (part !== decl) (this.codec(part.name, owner) as RegisterCodec).addSubtype(codec);
      }
      codec.complete(members);
    }
  }

  /** A register and its ancestors, nearest first. */
  #lineage(decl: RegisterDecl, module: ModuleDecl): { decl: RegisterDecl; module: ModuleDecl }[] {
    const lineage = [{ decl, module }];
    for (let current = lineage[0]; current?.decl.extends !== undefined; current = lineage.at(-1)) {
      const ancestor = this.#findRegister(current.decl.extends, current.module);
      if (!ancestor) throw new DeclarationError(`Register '${decl.name}' extends an unknown register`);
      if (lineage.some((entry) => entry.decl === ancestor.decl)) {
        throw new DeclarationError(`Register '${decl.name}' extends itself`);
      }
      lineage.push(ancestor);
    }
    return lineage;
  }

  #findRegister(name: string, module: ModuleDecl): { decl: RegisterDecl; module: ModuleDecl } | undefined {
    const codec = this.codec(name, module);
    for (const candidate of this.#modules.values()) {
      if (this.#own.get(candidate.name)?.get(name) !== codec) continue;
      const decl = candidate.complexTypes.find((type) => type.name === name);
      if (decl?.kind === 'register') return { decl, module: candidate };
    }
    return undefined;
  }
}
