import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MethodDecl, ModuleDecl } from '@rivero/api';
import { bundledApi } from '@rivero/module/loader';
import { classes } from '../generated/index.js';
import { generate, generatedFolder } from './generate.js';

const api = await bundledApi();

test('the generated files are those of the declaration', () => {
  const files = generate(api.modules);
  assert.deepEqual(readdirSync(generatedFolder).sort(), [...files.keys()].sort());
  for (const [name, text] of files) {
    const why = `${name} is out of date: run node packages/client/dist/generator/main.js`;
    assert.equal(readFileSync(join(generatedFolder, name), 'utf8'), text, why);
  }
});

test('every operation of every class is a method of the same name', () => {
  let checked = 0;
  for (const { classes: declared } of api.modules) {
    for (const { name } of declared) {
      const Class = classes[name as keyof typeof classes];
      assert.equal(Class.className, name);
      const prototype = Class.prototype as unknown as Record<string, unknown>;
      for (const { name: operation } of api.operations(name)) {
        assert.equal(typeof prototype[operation], 'function', `${name}.${operation}`);
        checked++;
      }
      const parent = Object.getPrototypeOf(Class) as { className?: string };
      assert.equal(parent.className, api.hierarchy(name)[0]);
    }
  }
  assert.ok(checked > 500);
});

const module: ModuleDecl = {
  name: 'test',
  version: '1.0.0',
  kurentoVersion: '^7.0.0',
  imports: [],
  doc: '',
  classes: [],
  complexTypes: [],
  events: [],
};

test('declarations that cannot be methods are refused', () => {
  const withMethod = (declared: MethodDecl): ModuleDecl => ({
    ...module,
    classes: [{ name: 'Thing', doc: 'A thing.', methods: [declared] }],
  });
  assert.throws(() => generate([withMethod({ name: 'release', params: [], doc: '' })]), /is taken/);
  const params = [
    { name: 'a', type: 'int', optional: true, doc: '' },
    { name: 'b', type: 'int', doc: '' },
  ] as const;
  assert.throws(() => generate([withMethod({ name: 'x', params, doc: '' })]), /optional parameter before/);
});
