import type { EventDecl, Json, ModuleDecl } from './declaration.js';
import { checkName, DeclarationError, type TypeTable } from './type-table.js';
import { compareNames, encodeMembers, type Parameter } from './value-codec.js';

/** An event with the members it inherits, sorted by name. */
export interface EventEntry {
  readonly decl: EventDecl;
  readonly members: readonly Parameter[];
  /** Events below `Media` repeat their name in the member `type`; others do not. */
  readonly carriesName: boolean;
}

export function buildEventTable(
  modules: readonly ModuleDecl[],
  types: TypeTable,
): ReadonlyMap<string, EventEntry> {
  const declared = new Map<string, { decl: EventDecl; module: ModuleDecl }>();
  for (const module of modules) {
    for (const decl of module.events) {
      checkName(decl.name, `Module '${module.name}'`);
      if (declared.has(decl.name)) throw new DeclarationError(`Event '${decl.name}' is declared twice`);
      declared.set(decl.name, { decl, module });
    }
  }
  const table = new Map<string, EventEntry>();
  for (const { decl } of declared.values()) {
    const members: Parameter[] = [];
    const seen = new Set<string>();
    for (let name: string | undefined = decl.name; name !== undefined; ) {
      const part = declared.get(name);
      if (!part || seen.has(name)) {
        throw new DeclarationError(`Event '${decl.name}' extends the wrong event '${name}'`);
      }
      seen.add(name);
      members.push(...types.parameters(part.decl.members, part.module, `Event '${name}'`));
      name = part.decl.extends;
    }
    members.sort((a, b) => compareNames(a.name, b.name));
    table.set(decl.name, { decl, members, carriesName: seen.has('Media') && decl.name !== 'Media' });
  }
  return table;
}

export function encodeEventData(entry: EventEntry, data: Record<string, unknown>): Record<string, Json> {
  const encoded: Record<string, Json> = {};
  encodeMembers(entry.members, data, encoded);
  if (entry.carriesName) encoded.type ??= entry.decl.name;
  return encoded;
}
