import type {
  ClassDecl,
  ComplexTypeDecl,
  EventDecl,
  Json,
  MethodDecl,
  ModuleDecl,
  ParamDecl,
  PropertyDecl,
} from './declaration.js';

type JsonObject = { [member: string]: Json };

/** A module's descriptor ("kmd") in the JSON form of Kurento's module descriptor files. */
export function describeModule(module: ModuleDecl, loaded: readonly ModuleDecl[]): Json {
  return {
    name: module.name,
    version: module.version,
    kurentoVersion: module.kurentoVersion,
    imports: module.imports.map((name) => describeImport(name, module, loaded)),
    code: describeCode(module),
    remoteClasses: module.classes.map(describeClass),
    complexTypes: module.complexTypes.map(describeType),
    events: module.events.map(describeEvent),
  };
}

function describeImport(name: string, module: ModuleDecl, loaded: readonly ModuleDecl[]): Json {
  const version =
    module.importVersions?.[name] ??
    (module.kurentoVersion.startsWith('^')
      ? module.kurentoVersion
      : `^${loaded.find((other) => other.name === name)?.version ?? module.kurentoVersion}`);
  if (!/^\^\d+\.\d+\.\d+$/.test(version))
    return { name, version, mavenVersion: version, npmVersion: version };
  const lowest = version.slice(1);
  const nextMajor = `${Number.parseInt(lowest, 10) + 1}.0.0`;
  return {
    name,
    version,
    mavenVersion: `[${lowest},${nextMajor}-SNAPSHOT)`,
    npmVersion: `>=${lowest} <${nextMajor}`,
  };
}

function describeCode({ code, version }: ModuleDecl): Json {
  const api: JsonObject = {};
  if (code?.java) api.java = { ...code.java, mavenVersion: version };
  if (code?.js) api.js = { ...code.js, npmVersion: version };
  return { api };
}

function describeClass(decl: ClassDecl): Json {
  const { constructorParams, properties, methods, events } = decl;
  return {
    name: decl.name,
    doc: decl.doc,
    ...(decl.abstract ? { abstract: true } : {}),
    ...(decl.extends === undefined ? {} : { extends: decl.extends }),
    ...(constructorParams && { constructor: describeConstructor(decl.name, constructorParams) }),
    ...(properties && { properties: properties.map(describeProperty) }),
    ...(methods && { methods: methods.map(describeMethod) }),
    ...(events && { events }),
  } as JsonObject;
}

function describeConstructor(className: string, params: readonly ParamDecl[]): Json {
  return { doc: `Creates an object of the class ${className}.`, params: params.map(describeParam) };
}

function describeProperty(property: PropertyDecl): Json {
  return {
    name: property.name,
    doc: property.doc,
    type: property.type,
    ...(property.final ? { final: true } : {}),
    ...(property.readonly ? { readOnly: true } : {}),
  };
}

function describeMethod(method: MethodDecl): Json {
  return {
    name: method.name,
    doc: method.doc,
    params: method.params.map(describeParam),
    ...(method.returns === undefined
      ? {}
      : { return: { type: method.returns, doc: method.returnDoc ?? '' } }),
  };
}

function describeParam(param: ParamDecl): Json {
  return {
    name: param.name,
    doc: param.doc,
    type: param.type,
    ...(param.optional || param.default !== undefined ? { optional: true } : {}),
    ...(param.default === undefined ? {} : { defaultValue: param.default }),
  };
}

function describeType(decl: ComplexTypeDecl): Json {
  if (decl.kind === 'enum') {
    return { typeFormat: 'ENUM', name: decl.name, doc: decl.doc, values: decl.values };
  }
  return {
    typeFormat: 'REGISTER',
    name: decl.name,
    doc: decl.doc,
    ...(decl.extends === undefined ? {} : { extends: decl.extends }),
    properties: decl.members.map(describeParam),
  };
}

function describeEvent(decl: EventDecl): Json {
  return {
    name: decl.name,
    doc: decl.doc,
    ...(decl.extends === undefined ? {} : { extends: decl.extends }),
    properties: decl.members.map(describeParam),
  };
}
