import type { ClassDecl, EventDecl, ModuleDecl } from '@rivero/api';
import { type ApiModel, parentParam } from './api-model.js';
import { ownParams } from './classes.js';
import { HEADER } from './module-writer.js';

/** The text of generated/index.ts: everything by name, and the tables that are needed at run time. */
export function indexText(api: ApiModel): string {
  const all = api.modules.flatMap((module) => module.classes.map((decl) => ({ decl, module })));
  const creatable = all.filter(({ decl }) => !decl.abstract && decl.constructorParams !== undefined);
  const lines = [HEADER, ''];
  for (const module of api.modules) {
    const names = [
      ...module.classes.map(({ name }) => name),
      ...creatable
        .filter((each) => each.module === module && ownParams(each.decl).length > 0)
        .map(({ decl }) => `type ${decl.name}Params`),
    ];
    lines.push(`import { ${names.join(', ')} } from './${module.name}.js';`);
  }
  lines.push('');
  for (const module of api.modules) lines.push(`export * from './${module.name}.js';`);
  lines.push(
    '',
    '/** Of a class whose constructor has nothing to choose. */',
    'export interface NoParams { readonly noParams?: never }',
    '',
    '/** What can be created in a pipeline: the class, and its constructor parameters without the pipeline. */',
    'export interface PipelineClasses {',
    ...creatable
      .filter(({ decl }) => parentParam(decl)?.name === 'mediaPipeline')
      .map(({ decl }) => `${decl.name}: { object: ${decl.name}; params: ${paramsType(decl)} };`),
    '}',
    '',
    '/** What can be created: the class, and all its constructor parameters. */',
    'export interface CreatableClasses {',
    ...creatable.map(({ decl }) => `${decl.name}: { object: ${decl.name}; params: ${allParams(decl)} };`),
    '}',
    '',
    '/** Name of a class that can be created. */',
    'export type CreatableName = keyof CreatableClasses;',
    '',
    '/** The classes by name, abstract ones included. */',
    `export const classes = { ${all.map(({ decl }) => decl.name).join(', ')} };`,
    '',
    '/** Name of a class, abstract ones included. */',
    'export type ClassName = keyof typeof classes;',
    '',
    '/** Members of registers and events that are, or contain, objects, with their types. */',
    `export const references: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(references(api))};`,
  );
  return `${lines.join('\n')}\n`;
}

function paramsType(decl: ClassDecl): string {
  return ownParams(decl).length > 0 ? `${decl.name}Params` : 'NoParams';
}

function allParams(decl: ClassDecl): string {
  const parent = parentParam(decl);
  const own = paramsType(decl);
  if (parent === undefined) return own;
  const given = `{ readonly ${parent.name}: ${parent.type} }`;
  return own === 'NoParams' ? given : `${own} & ${given}`;
}

function references(api: ApiModel): Record<string, Record<string, string>> {
  const table: Record<string, Record<string, string>> = {};
  const add = (key: string, members: [string, string][]) => {
    if (members.length === 0) return;
    if (table[key] !== undefined) throw new Error(`Two types with references are called ${key}`);
    table[key] = Object.fromEntries(members);
  };
  const referring = (members: readonly { name: string; type: string }[], module: ModuleDecl) =>
    members
      .filter(({ type }) => api.refers(type, module))
      .map(({ name, type }): [string, string] => [name, type]);
  for (const module of api.modules) {
    for (const decl of module.complexTypes) {
      if (decl.kind === 'register') add(decl.name, referring(decl.members, module));
    }
    for (const decl of module.events) {
      const members: [string, string][] = [];
      for (let current: EventDecl | undefined = decl; current !== undefined; ) {
        members.push(...referring(current.members, api.event(current.name).module));
        current = current.extends === undefined ? undefined : api.event(current.extends).decl;
      }
      add(`${decl.name} event`, members);
    }
  }
  return table;
}
