import type { EnumDecl, EventDecl, RegisterDecl } from '@rivero/api';
import { defaultNote, type ModuleWriter } from './module-writer.js';

/** Enums and registers of a module. */
export function writeComplexTypes(writer: ModuleWriter): void {
  for (const decl of writer.module.complexTypes) {
    if (decl.kind === 'enum') writeEnum(writer, decl);
    else writeRegister(writer, decl);
    writer.line();
  }
}

function writeEnum(writer: ModuleWriter, { name, values, doc }: EnumDecl): void {
  writer.doc(doc);
  writer.line(
    `export type ${exportedName(writer, name)} = ${values.map((value) => `'${value}'`).join(' | ')};`,
  );
}

function writeRegister(writer: ModuleWriter, decl: RegisterDecl): void {
  const { api, module } = writer;
  const name = exportedName(writer, decl.name);
  writer.doc(decl.doc);
  if (decl.members.length === 0 && decl.extends !== undefined) {
    writer.line(`export type ${name} = ${parent(writer, decl.extends)};`);
  } else {
    writer.line(`export interface ${name}${extension(writer, decl.extends)} {`);
    for (const member of decl.members) {
      writer.doc(member.doc);
      writer.line(`readonly ${member.name}${member.optional ? '?' : ''}: ${writer.output(member.type)};`);
    }
    writer.line('}');
  }
  if (api.needsInit(decl.name, module)) {
    if (decl.extends !== undefined) throw new Error(`${name}: registers to be given cannot extend others`);
    writer.line();
    writer.doc(`${decl.doc} What has a default may be left out.`);
    writer.line(`export interface ${name}Init {`);
    writer.inputMembers(decl.members);
    writer.line('}');
  }
  const subtypes = api.subtypes(decl.name);
  if (subtypes.length > 0) {
    const variants = [decl, ...subtypes.map((type) => type.decl)].map((type) => {
      const each = type === decl ? name : writer.use(subtypes.find((s) => s.decl === type)!);
      return `({ readonly __type__: '${type.name}' } & ${each})`;
    });
    writer.line();
    writer.doc(`A ${decl.name} or something more special: \`__type__\` tells what.`);
    writer.line(`export type Any${name} = ${variants.join(' | ')};`);
  }
}

/** Events of a module, as interfaces. */
export function writeEvents(writer: ModuleWriter): void {
  for (const decl of writer.module.events) {
    writer.doc(decl.doc);
    const parents =
      decl.extends === undefined ? '' : ` extends ${writer.use(writer.api.event(decl.extends))}`;
    writer.line(`export interface ${decl.name}Event${parents} {`);
    if (isLeaf(writer, decl)) writer.line(`readonly type: '${decl.name}';`);
    for (const member of decl.members) {
      writer.doc(member.doc, defaultNote(member));
      writer.line(`readonly ${member.name}${member.optional ? '?' : ''}: ${writer.output(member.type)};`);
    }
    writer.line('}');
    writer.line();
  }
}

/** Whether the event's `type` is its name: it inherits that member and nothing extends it. */
function isLeaf({ api }: ModuleWriter, decl: EventDecl): boolean {
  if (api.modules.some(({ events }) => events.some((other) => other.extends === decl.name))) return false;
  for (let current = decl.extends; current !== undefined; current = api.event(current).decl.extends) {
    if (api.event(current).decl.members.some(({ name }) => name === 'type')) return true;
  }
  return false;
}

function extension(writer: ModuleWriter, name: string | undefined): string {
  return name === undefined ? '' : ` extends ${parent(writer, name)}`;
}

function parent(writer: ModuleWriter, name: string): string {
  const found = writer.api.type(name, writer.module);
  if (found === undefined) throw new Error(`Unknown register ${name}`);
  return writer.use(found);
}

function exportedName({ api, module }: ModuleWriter, name: string): string {
  return api.type(name, module)?.exported ?? name;
}
