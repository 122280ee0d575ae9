import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ApiRegistry, type ClassDecl, DeclarationError } from '@rivero/api';
import type { ModuleDefinition } from '../define-module.js';
import type { ElementKind } from '../element-kind.js';
import { importFile } from '../import-file.js';
import { checkForm } from './check-form.js';
import { locate } from './locate.js';
import { satisfies } from './version-range.js';

/** Version of this Rivero. */
export const riveroVersion: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/** A module that could be loaded. */
export interface LoadedModule {
  /** As it was asked for. */
  readonly specifier: string;
  /** file: URL of its main file. */
  readonly url: string;
  readonly definition: ModuleDefinition;
}

/** A module that could not be loaded, and why: one line for the person who runs the server. */
export interface ModuleFailure {
  readonly specifier: string;
  readonly optional: boolean;
  readonly message: string;
}

export interface LoadOptions {
  /** The API without modules. */
  api: ApiRegistry;
  /** Where relative folders and packages are looked for; the working directory unless given. */
  base?: string;
}

/** In front of a name in the list: the server starts without it, too. */
const OPTIONAL = 'optional:';

/** How long the main file of a module may take, ms: it has a declaration and URLs. */
const LOAD_MS = 20_000;

const KINDS: ReadonlySet<string> = new Set([
  'gstreamerBin',
  'videoProcessor',
  'audioProcessor',
  'packetProcessor',
] satisfies ElementKind['kind'][]);

/** Members of the base classes, which an implementation needs for other things, and of clients' objects. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['constructor', 'prototype', 'then', 'context', 'params', 'log', 'emit', 'keep', 'close'],
  ...['kind', 'describe', 'element', 'onMessage', 'process'],
  ...['onPacket', 'onData', 'sendPacket', 'sendData', 'requestKeyFrame'],
  ...['tags', 'openable', 'reachable'],
  // What objects of Kurento's clients have for themselves.
  ...['release', 'on', 'once', 'subscribe', 'unsubscribe'],
]);

/** The modules of a server, and the API with them. The server and its workers load the same list. */
export class ModuleSet {
  readonly #implementations = new Map<string, ElementKind>();

  constructor(
    /** Kurento's API and that of all modules. */
    readonly api: ApiRegistry,
    readonly modules: readonly LoadedModule[],
    readonly failures: readonly ModuleFailure[],
  ) {
    for (const { definition } of modules) {
      for (const [name, kind] of Object.entries(definition.elements)) this.#implementations.set(name, kind);
    }
  }

  /** How a class of a module is implemented; undefined for Rivero's own classes. */
  implementation(className: string): ElementKind | undefined {
    return this.#implementations.get(className);
  }

  /** Whether a class, creatable or not, is declared by one of the modules. */
  declares(className: string): boolean {
    return this.modules.some(({ definition }) =>
      definition.declaration.classes.some(({ name }) => name === className),
    );
  }

  /** Main files, for another process to load the same modules. */
  get urls(): string[] {
    return this.modules.map(({ url }) => url);
  }
}

/**
 * Loads modules by the names of packages, by folders or by URLs of main files; `optional:` in front of a name lets the others go on
 * without it. A module is loaded whole or not at all: what is wrong with the others is in `failures`.
 */
export async function loadModules(specifiers: readonly string[], options: LoadOptions): Promise<ModuleSet> {
  const failures: ModuleFailure[] = [];
  const refuse = (specifier: string, error: unknown): void => {
    const optional = specifier.startsWith(OPTIONAL);
    const name = nameOf(specifier);
    const message = `module ${name}: ${error instanceof Error ? error.message : String(error)}`;
    failures.push({ specifier: name, optional, message });
  };
  const waiting: (LoadedModule & { asked: string })[] = [];
  for (const asked of new Set(specifiers)) {
    try {
      const specifier = nameOf(asked);
      const url = locate(specifier, options.base ?? process.cwd());
      if (waiting.some((other) => other.url === url)) continue;
      const definition = checkDefinition((await importFile(url, LOAD_MS)).default);
      waiting.push({ asked, specifier, url, definition });
    } catch (error) {
      refuse(asked, error);
    }
  }
  let { api } = options;
  const modules: LoadedModule[] = [];
  // Those first whose imports are there: the list may have any order.
  for (let left = waiting; left.length > 0; ) {
    const next = left.find(({ definition }) => missing(definition, api).length === 0);
    if (next === undefined) {
      for (const { asked, definition } of left) {
        const names = missing(definition, api).join("', '");
        refuse(asked, new Error(`it needs the module '${names}', which is not loaded`));
      }
      break;
    }
    left = left.filter((other) => other !== next);
    const { asked, ...module } = next;
    try {
      api = extend(api, module.definition);
      modules.push(module);
    } catch (error) {
      refuse(asked, error);
    }
  }
  return new ModuleSet(api, modules, failures);
}

function nameOf(specifier: string): string {
  return specifier.startsWith(OPTIONAL) ? specifier.slice(OPTIONAL.length) : specifier;
}

function missing({ declaration }: ModuleDefinition, api: ApiRegistry): string[] {
  return declaration.imports.filter((name) => !api.modules.some((module) => module.name === name));
}

/** What needs no other module to be checked. @throws Error */
function checkDefinition(value: unknown): ModuleDefinition {
  const definition = value as Partial<ModuleDefinition> | null | undefined;
  if (typeof definition !== 'object' || definition === null || definition.riveroModule !== 1) {
    throw new Error('its main file does not default-export what defineModule returns');
  }
  checkForm(definition.declaration);
  const { declaration, rivero, elements } = definition;
  if (typeof rivero !== 'string') throw new Error("'rivero' should be a range of versions, such as ^0.1.0");
  if (!satisfies(riveroVersion, rivero)) {
    throw new Error(`it is for Rivero ${rivero}, this is ${riveroVersion}`);
  }
  satisfies(declaration.version, '*');
  if (typeof elements !== 'object' || elements === null) throw new Error("'elements' should be an object");
  const creatable = declaration.classes.filter(isCreatable).map(({ name }) => name);
  for (const name of creatable) {
    if (!Object.hasOwn(elements, name))
      throw new Error(`the class ${name} has no implementation in 'elements'`);
  }
  for (const [name, element] of Object.entries(elements)) {
    if (!creatable.includes(name)) {
      throw new Error(`'elements' has ${name}, which is no class that the declaration lets be created`);
    }
    checkElement(name, element);
  }
  return definition as ModuleDefinition;
}

function isCreatable({ abstract, constructorParams }: ClassDecl): boolean {
  return abstract === undefined && constructorParams !== undefined;
}

function checkElement(name: string, element: ElementKind | undefined): void {
  if (!KINDS.has(element?.kind ?? '')) {
    throw new Error(`the implementation of ${name} should be one of ${[...KINDS].join(', ')}`);
  }
  const url = String(element?.url);
  if (!URL.canParse(url) || new URL(url).protocol !== 'file:') {
    throw new Error(
      `the implementation of ${name} should be a file: URL (new URL('./x.js', import.meta.url))`,
    );
  }
  const path = fileURLToPath(url);
  if (!existsSync(path))
    throw new Error(`the implementation of ${name} is missing: there is no file ${path}`);
}

/** The API with one more module. @throws DeclarationError, Error */
function extend(api: ApiRegistry, { declaration }: ModuleDefinition): ApiRegistry {
  const { name, kurentoVersion, classes, importVersions = {} } = declaration;
  if (api.modules.some((module) => module.name === name)) {
    throw new DeclarationError(`there is a module '${name}' already`);
  }
  const core = api.modules.find((module) => module.name === 'core')?.version ?? '';
  if (!satisfies(core, kurentoVersion)) {
    throw new Error(`it is for Kurento ${kurentoVersion}, this server speaks that of ${core}`);
  }
  for (const [imported, range] of Object.entries(importVersions)) {
    const version = api.modules.find((module) => module.name === imported)?.version;
    if (version === undefined) throw new DeclarationError(`importVersions: '${imported}' is no import`);
    if (!satisfies(version, range))
      throw new Error(`it needs the module '${imported}' ${range}, this is ${version}`);
  }
  for (const { name: type } of classes) {
    const owner = api.modules.find((module) => module.classes.some((other) => other.name === type));
    if (owner !== undefined)
      throw new DeclarationError(`its class '${type}' is one of the module '${owner.name}' already`);
  }
  for (const { name: type } of declaration.events) {
    const owner = api.modules.find((module) => module.events.some((other) => other.name === type));
    if (owner !== undefined)
      throw new DeclarationError(`its event '${type}' is one of the module '${owner.name}' already`);
  }
  const extended = api.with(declaration);
  for (const decl of classes) checkClass(decl, extended);
  return extended;
}

function checkClass(decl: ClassDecl, api: ApiRegistry): void {
  const { name, extends: parent = '' } = decl;
  if (!api.isSubclass(name, 'MediaElement')) {
    throw new DeclarationError(`Class '${name}' should extend MediaElement, Filter or another element`);
  }
  if (isCreatable(decl) && !decl.constructorParams!.some(({ type }) => type === 'MediaPipeline')) {
    throw new DeclarationError(`Class '${name}' needs a constructor parameter of the type MediaPipeline`);
  }
  for (const { name: member } of [...(decl.methods ?? []), ...(decl.properties ?? [])]) {
    if (RESERVED.has(member)) {
      throw new DeclarationError(
        `Class '${name}': '${member}' is a name that implementations or clients need themselves`,
      );
    }
  }
  const inherited = new Set(api.operations(parent).map((operation) => operation.name));
  for (const operation of api.operations(name)) {
    if (operation.declaredBy === name && inherited.has(operation.name)) {
      throw new DeclarationError(`Class '${name}' declares '${operation.name}', which it inherits already`);
    }
  }
}
