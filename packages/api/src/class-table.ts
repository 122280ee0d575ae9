import type { ClassDecl, MethodDecl, ModuleDecl, PropertyDecl, TypeName } from './declaration.js';
import { checkName, DeclarationError, namespaceOf, type TypeTable } from './type-table.js';
import type { Parameter, ValueCodec } from './value-codec.js';

/** Something that can be invoked on an object. */
export interface Operation {
  /** As on the wire: getName, setName, connect. */
  readonly name: string;
  readonly kind: 'getter' | 'setter' | 'method';
  /** The property that a getter or setter belongs to. */
  readonly property?: string;
  readonly params: readonly Parameter[];
  readonly returns?: TypeName;
  /** Converts what the operation returns; undefined when it returns nothing. */
  readonly result?: ValueCodec;
  /** The class that declares the operation. */
  readonly declaredBy: string;
  readonly doc: string;
}

/** What `describe` answers. */
export interface ClassDescription {
  readonly type: string;
  readonly qualifiedType: string;
  /** Qualified names of the ancestors, nearest first, without the class itself. */
  readonly hierarchy: readonly string[];
}

/** A class with everything it inherits. */
export interface ClassEntry {
  readonly decl: ClassDecl;
  readonly module: ModuleDecl;
  readonly creatable: boolean;
  readonly constructorParams: readonly Parameter[];
  /** Ancestors nearest first, without the class itself. */
  readonly hierarchy: readonly string[];
  /** The class itself and its ancestors. */
  readonly lineage: ReadonlySet<string>;
  readonly properties: readonly PropertyDecl[];
  readonly operations: ReadonlyMap<string, Operation>;
  readonly events: ReadonlySet<string>;
  readonly description: ClassDescription;
}

/** Classes by name and by qualified name (`kurento.X`, and `module.X` for modules of other namespaces). */
export function buildClassTable(
  modules: readonly ModuleDecl[],
  types: TypeTable,
): ReadonlyMap<string, ClassEntry> {
  const declared = new Map<string, { decl: ClassDecl; module: ModuleDecl }>();
  for (const module of modules) {
    for (const decl of module.classes) {
      if (declared.has(decl.name)) throw new DeclarationError(`Class '${decl.name}' is declared twice`);
      declared.set(decl.name, { decl, module });
    }
  }
  const table = new Map<string, ClassEntry>();
  const build = (name: string, descendants: readonly string[]): ClassEntry => {
    const known = table.get(name);
    if (known) return known;
    const found = declared.get(name);
    if (!found)
      throw new DeclarationError(`Class '${descendants.at(-1)}' extends the unknown class '${name}'`);
    if (descendants.includes(name)) throw new DeclarationError(`Class '${name}' extends itself`);
    const { decl, module } = found;
    const parent = decl.extends === undefined ? undefined : build(decl.extends, [...descendants, name]);
    const entry = buildEntry(decl, module, parent, types);
    table.set(name, entry);
    return entry;
  };
  for (const name of declared.keys()) build(name, []);
  for (const entry of [...table.values()]) {
    table.set(`kurento.${entry.decl.name}`, entry);
    table.set(entry.description.qualifiedType, entry);
  }
  return table;
}

function buildEntry(
  decl: ClassDecl,
  module: ModuleDecl,
  parent: ClassEntry | undefined,
  types: TypeTable,
): ClassEntry {
  const where = `Class '${decl.name}'`;
  const operations = new Map(parent?.operations);
  for (const property of decl.properties ?? []) {
    for (const operation of accessors(property, decl, module, types))
      operations.set(operation.name, operation);
  }
  for (const method of decl.methods ?? [])
    operations.set(method.name, asOperation(method, decl, module, types));
  return {
    decl,
    module,
    creatable: !decl.abstract && decl.constructorParams !== undefined,
    constructorParams: types.parameters(decl.constructorParams ?? [], module, where),
    hierarchy: parent ? [parent.decl.name, ...parent.hierarchy] : [],
    lineage: new Set([decl.name, ...(parent?.lineage ?? [])]),
    properties: [...(parent?.properties ?? []), ...(decl.properties ?? [])],
    operations,
    events: new Set([...(parent?.events ?? []), ...(decl.events ?? [])]),
    description: {
      type: decl.name,
      qualifiedType: `${namespaceOf(module)}.${decl.name}`,
      hierarchy: parent ? [parent.description.qualifiedType, ...parent.description.hierarchy] : [],
    },
  };
}

function accessors(
  property: PropertyDecl,
  decl: ClassDecl,
  module: ModuleDecl,
  types: TypeTable,
): Operation[] {
  checkName(property.name, `Class '${decl.name}'`);
  const suffix = property.name.charAt(0).toUpperCase() + property.name.slice(1);
  const codec = types.codec(property.type, module);
  const getter: Operation = {
    name: `get${suffix}`,
    kind: 'getter',
    property: property.name,
    params: [],
    returns: property.type,
    result: codec,
    declaredBy: decl.name,
    doc: property.doc,
  };
  if (property.final || property.readonly) return [getter];
  const setter: Operation = {
    name: `set${suffix}`,
    kind: 'setter',
    property: property.name,
    params: [{ name: property.name, type: property.type, doc: property.doc, codec }],
    declaredBy: decl.name,
    doc: property.doc,
  };
  return [getter, setter];
}

function asOperation(method: MethodDecl, decl: ClassDecl, module: ModuleDecl, types: TypeTable): Operation {
  const where = `Method '${decl.name}.${method.name}'`;
  checkName(method.name, `Class '${decl.name}'`);
  return {
    name: method.name,
    kind: 'method',
    params: types.parameters(method.params, module, where),
    ...(method.returns === undefined
      ? {}
      : { returns: method.returns, result: types.codec(method.returns, module) }),
    declaredBy: decl.name,
    doc: method.doc,
  };
}
