import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ClassDecl, EventDecl, ModuleDecl, ParamDecl, RegisterDecl } from '../declaration.js';
import { parseReference, type ReferenceModule, type ReferenceParam } from '../testing/api-reference.js';
import { readFixture } from '../testing/fixtures.js';

const reference = parseReference(readFixture('api.md'));
// Modules that live in the folder `modules` are loaded as the server loads them; this package knows nothing of that.
const { bundledApi } = (await import(
  new URL('../../../module/dist/loader/index.js', import.meta.url).href
)) as { bundledApi(): Promise<{ modules: readonly ModuleDecl[] }> };
/** Modules that Kurento does not have. */
const BEYOND = ['voiceactivity'];
const modules = (await bundledApi()).modules.filter(({ name }) => !BEYOND.includes(name));

function plainParam(param: ParamDecl): ReferenceParam {
  return {
    name: param.name,
    type: param.type,
    optional: param.optional === true || param.default !== undefined,
    ...(param.default === undefined ? {} : { default: param.default }),
  };
}

function plainParent(decl: { extends?: string }): { extends?: string } {
  return decl.extends === undefined ? {} : { extends: decl.extends };
}

function plainClass(decl: ClassDecl) {
  return {
    name: decl.name,
    ...plainParent(decl),
    abstract: decl.abstract === true,
    ...(decl.constructorParams ? { constructorParams: decl.constructorParams.map(plainParam) } : {}),
    properties: ofKurento(decl.properties ?? []).map(({ name, type, final, readonly }) => ({
      name,
      type,
      final: final === true,
      readonly: readonly === true,
    })),
    methods: ofKurento(decl.methods ?? []).map(({ name, params, returns }) => ({
      name,
      params: params.map(plainParam),
      ...(returns === undefined ? {} : { returns }),
    })),
    events: (decl.events ?? []).filter((name) => !beyondEvents.has(name)),
  };
}

function plainMembers(decl: RegisterDecl | EventDecl) {
  return { name: decl.name, ...plainParent(decl), members: ofKurento(decl.members).map(plainParam) };
}

function byName<T extends { name: string }>(list: readonly T[]): T[] {
  return list.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function expectedClasses(module: ReferenceModule) {
  return byName(
    module.classes.map((entry) => ({
      ...entry,
      properties: entry.properties.map(({ observed: _, ...property }) => property),
    })),
  );
}

/** The reference is of Kurento: what is beyond it is left out of the comparison. */
function ofKurento<T extends object>(list: readonly T[]): T[] {
  return list.filter((decl) => !('beyond' in decl));
}

const beyondEvents = new Set(
  modules.flatMap(({ events }) => events.filter(({ beyond }) => beyond).map(({ name }) => name)),
);

/** Observations in words: either nothing can be declared, or this. */
const inWords: Record<string, unknown> = {
  'of a pipeline: itself; of the manager: null': undefined,
  'of a pipeline and of the manager: null; of a HubPort: its hub': undefined,
  'the object id': undefined,
  'seconds since 1970': undefined,
  'graphviz text': undefined,
  'a RembParams with no member present until first set': {},
  '{isSeekable false, 0, 0, 0}': { isSeekable: false, seekableInit: 0, seekableEnd: 0, duration: 0 },
};

function observedValue(text: string): unknown {
  if (text in inWords) return inWords[text];
  return /^[A-Z]+$/.test(text) ? text : JSON.parse(text);
}

describe('the declaration agrees with the reference', () => {
  it('has its modules', () => {
    assert.deepEqual(
      byName(modules.map(({ name, version }) => ({ name, version }))),
      byName(reference.map(({ name, version }) => ({ name, version }))),
    );
    for (const { name, needs } of reference) {
      if (needs) assert.equal(modules.find((module) => module.name === name)?.kurentoVersion, needs);
    }
  });

  for (const expected of reference) {
    const module = modules.find(({ name }) => name === expected.name) as ModuleDecl;

    it(`${expected.name}: classes with constructors, properties, methods and events`, () => {
      assert.deepEqual(byName(module.classes.map(plainClass)), expectedClasses(expected));
    });

    it(`${expected.name}: values of fresh objects`, () => {
      for (const entry of expected.classes) {
        const decl = module.classes.find(({ name }) => name === entry.name);
        for (const property of entry.properties) {
          const declared = decl?.properties?.find(({ name }) => name === property.name);
          const value = property.observed === undefined ? undefined : observedValue(property.observed);
          assert.deepEqual(declared?.default, value, `${entry.name}.${property.name}`);
        }
      }
    });

    it(`${expected.name}: enums and registers`, () => {
      const enums = ofKurento(module.complexTypes).filter((type) => type.kind === 'enum');
      const registers = ofKurento(module.complexTypes).filter((type) => type.kind === 'register');
      assert.deepEqual(
        byName(enums.map(({ name, values }) => ({ name, values: [...values] }))),
        byName(expected.enums),
      );
      assert.deepEqual(byName(registers.map(plainMembers)), byName(expected.registers));
    });

    it(`${expected.name}: events`, () => {
      assert.deepEqual(byName(ofKurento(module.events).map(plainMembers)), byName(expected.events));
    });
  }
});

describe('the texts', () => {
  it('are there for everything, and are sentences', () => {
    const texts: [string, string | undefined][] = [];
    for (const module of modules) {
      texts.push([module.name, module.doc]);
      for (const decl of module.classes) {
        texts.push([decl.name, decl.doc]);
        for (const part of [
          ...(decl.constructorParams ?? []),
          ...(decl.properties ?? []),
          ...(decl.methods ?? []),
        ]) {
          texts.push([`${decl.name}.${part.name}`, part.doc]);
        }
        for (const method of decl.methods ?? []) {
          for (const param of method.params)
            texts.push([`${decl.name}.${method.name}(${param.name})`, param.doc]);
          if (method.returns) texts.push([`${decl.name}.${method.name}()`, method.returnDoc]);
        }
      }
      for (const decl of [...module.complexTypes, ...module.events]) {
        texts.push([decl.name, decl.doc]);
        for (const member of 'members' in decl ? decl.members : []) {
          texts.push([`${decl.name}.${member.name}`, member.doc]);
        }
      }
    }
    assert.deepEqual(
      texts.filter(([, text]) => !/^["A-Z0-9].*\.$/s.test(text ?? '')),
      [],
    );
    assert.ok(texts.length > 500);
  });

  it('have an example for every class that can be created', () => {
    const creatable = modules.flatMap((module) => module.classes).filter((decl) => decl.constructorParams);
    assert.deepEqual(
      creatable.filter((decl) => !decl.example).map((decl) => decl.name),
      [],
    );
  });
});
