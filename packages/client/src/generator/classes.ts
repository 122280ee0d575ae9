import type { ClassDecl, MethodDecl, ParamDecl, PropertyDecl } from '@rivero/api';
import { capital, mayBeLeftOut, parentParam } from './api-model.js';
import { defaultNote, type ModuleWriter } from './module-writer.js';

const REMOTE_OBJECT = '../objects/remote-object.js';
const SCOPE = '../objects/scope.js';
/** Members of RemoteObject, which an operation of the API must not hide. */
const RESERVED = new Set(
  'id className on once events release invoke toJSON read call run createChild create'.split(' '),
);

/** The classes of a module, ancestors before their descendants. */
export function writeClasses(writer: ModuleWriter): void {
  for (const decl of inOrder(writer)) {
    writeEventMap(writer, decl);
    writeParams(writer, decl);
    writeClass(writer, decl);
  }
}

function inOrder({ module }: ModuleWriter): ClassDecl[] {
  const ordered: ClassDecl[] = [];
  const add = (decl: ClassDecl | undefined) => {
    if (decl === undefined || ordered.includes(decl)) return;
    add(module.classes.find(({ name }) => name === decl.extends));
    ordered.push(decl);
  };
  module.classes.forEach(add);
  return ordered;
}

function writeEventMap(writer: ModuleWriter, decl: ClassDecl): void {
  if (!hasOwnEvents(decl)) return;
  const parent = eventMapOwner(writer, decl.extends);
  writer.doc(`Events of {@link ${decl.name}} by name.`);
  writer.line(`export interface ${decl.name}Events${parent === undefined ? '' : ` extends ${parent}`} {`);
  for (const event of decl.events ?? []) {
    const named = writer.api.event(event);
    writer.doc(named.decl.doc);
    writer.line(`readonly ${event}: ${writer.use(named)};`);
  }
  writer.line('}');
  writer.line();
}

/** The event map of the nearest class that has events of its own. */
function eventMapOwner(writer: ModuleWriter, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const owner = writer.api.lineage(name, writer.module).find(({ decl }) => hasOwnEvents(decl));
  return owner && writer.use(owner, 'type', 'Events');
}

function hasOwnEvents({ events = [] }: ClassDecl): boolean {
  return events.length > 0;
}

function writeParams(writer: ModuleWriter, decl: ClassDecl): void {
  const members = ownParams(decl);
  if (members.length === 0) return;
  writer.doc(`What can be chosen when a {@link ${decl.name}} is created.`);
  writer.line(`export interface ${decl.name}Params {`);
  writer.inputMembers(members);
  writer.line('}');
  writer.line();
}

/** Constructor parameters without the one that says where the object belongs. */
export function ownParams(decl: ClassDecl): readonly ParamDecl[] {
  return (decl.constructorParams ?? []).filter((param) => param !== parentParam(decl));
}

function writeClass(writer: ModuleWriter, decl: ClassDecl): void {
  const base =
    decl.extends === undefined
      ? writer.import(REMOTE_OBJECT, 'RemoteObject', 'value')
      : writer.use(writer.api.class(decl.extends, writer.module), 'value');
  writer.doc(decl.doc, decl.example && `@example\n\`\`\`js\n${decl.example}\n\`\`\``);
  writer.line(`export class ${decl.name} extends ${base} {`);
  writer.line(
    `static ${decl.extends === undefined ? '' : 'override '}readonly className: string = '${decl.name}';`,
  );
  writer.line(`declare protected readonly is${decl.name}: true;`);
  if (hasOwnEvents(decl)) {
    writer.line(`declare readonly [${writer.import(REMOTE_OBJECT, 'eventTypes')}]: ${decl.name}Events;`);
  }
  for (const property of decl.properties ?? []) writeAccessors(writer, property);
  for (const method of decl.methods ?? []) writeMethod(writer, method);
  writeCreators(writer, decl);
  writer.line('}');
  writer.line();
}

function writeAccessors(writer: ModuleWriter, property: PropertyDecl): void {
  const options = writer.import(SCOPE, 'CallOptions');
  const suffix = capital(property.name);
  writer.line();
  writer.doc(property.doc, defaultNote(property));
  writer.line(`get${suffix}(options?: ${options}): Promise<${writer.result(property.type)}> {`);
  writer.line(`return this.read('get${suffix}', {}, options${reading(writer, property.type)});`);
  writer.line('}');
  if (property.final || property.readonly) return;
  writer.line();
  writer.doc(`Sets what {@link get${suffix}} reads: ${property.doc}`, defaultNote(property));
  writer.line(
    `set${suffix}(${property.name}: ${writer.input(property.type)}, options?: ${options}): Promise<void> {`,
  );
  writer.line(`return this.run('set${suffix}', { ${property.name} }, options);`);
  writer.line('}');
}

function writeMethod(writer: ModuleWriter, method: MethodDecl): void {
  if (RESERVED.has(method.name)) throw new Error(`The method name ${method.name} is taken`);
  const firstOptional = method.params.findIndex(mayBeLeftOut);
  if (firstOptional >= 0 && !method.params.slice(firstOptional).every(mayBeLeftOut)) {
    throw new Error(`${method.name}: an optional parameter before a required one`);
  }
  const options = method.params.some(({ name }) => name === 'options') ? 'callOptions' : 'options';
  const params = method.params.map(
    (param) => `${param.name}${mayBeLeftOut(param) ? '?' : ''}: ${writer.input(param.type)}`,
  );
  params.push(`${options}?: ${writer.import(SCOPE, 'CallOptions')}`);
  writer.line();
  writer.doc(
    method.doc,
    ...method.params.map(
      (param) => `@param ${[param.name, param.doc, defaultNote(param)].filter(Boolean).join(' ')}`,
    ),
    method.returnDoc && `@returns ${method.returnDoc}`,
  );
  const given = `{ ${method.params.map(({ name }) => name).join(', ')} }`;
  const { returns, name } = method;
  if (returns === undefined) {
    writer.line(`${name}(${params.join(', ')}): Promise<void> {`);
    writer.line(`return this.run('${name}', ${given}, ${options});`);
  } else {
    const how = /^(get|is)[A-Z]/.test(name) ? 'read' : 'call';
    writer.line(`${name}(${params.join(', ')}): Promise<${writer.result(returns)}> {`);
    writer.line(`return this.${how}('${name}', ${given}, ${options}${reading(writer, returns)});`);
  }
  writer.line('}');
}

function reading(writer: ModuleWriter, type: string): string {
  return writer.needsReading(type) ? `, '${type}'` : '';
}

/** Methods that create what belongs below an object of the class. */
function writeCreators(writer: ModuleWriter, decl: ClassDecl): void {
  if (decl.name === 'MediaPipeline') {
    const table = writer.import('./index.js', 'PipelineClasses');
    const rest = writer.import(SCOPE, 'CreateArguments');
    writer.line();
    writer.doc('Creates an element or a hub in this pipeline.');
    writer.line(`create<Name extends keyof ${table}>(
      className: Name,
      ...[params, options]: ${rest}<${table}[Name]['params']>
    ): Promise<${table}[Name]['object']> {`);
    writer.line('return this.createChild(className, { ...params, mediaPipeline: this }, options);');
    writer.line('}');
  }
  for (const { classes } of writer.api.modules) {
    for (const child of classes) {
      if (decl.name !== 'Hub' || parentParam(child)?.name !== 'hub') continue;
      writer.line();
      writer.doc(`Creates a {@link ${child.name}} of this hub.`);
      const callOptions = writer.import(SCOPE, 'CallOptions');
      writer.line(`create${child.name}(options?: ${callOptions}): Promise<${child.name}> {`);
      writer.line(`return this.createChild('${child.name}', { hub: this }, options);`);
      writer.line('}');
    }
  }
}
