import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
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

test("a module's classes are added, with its types, and the whole compiles", async () => {
  const glow: ModuleDecl = {
    name: 'glow',
    version: '0.1.0',
    kurentoVersion: '^7.1.0',
    imports: ['core', 'elements', 'filters'],
    doc: 'Glows.',
    classes: [
      {
        name: 'Glow',
        extends: 'Filter',
        doc: 'Glows.',
        constructorParams: [
          { name: 'mediaPipeline', type: 'MediaPipeline', doc: 'Where it stands.' },
          { name: 'colour', type: 'GlowColour', default: 'GREEN', doc: 'Its colour.' },
        ],
        properties: [{ name: 'level', type: 'int', default: 5, doc: 'How bright.' }],
        methods: [{ name: 'measure', params: [], returns: 'double', doc: 'Measures.' }],
        events: ['Dazzled'],
      },
    ],
    complexTypes: [{ kind: 'enum', name: 'GlowColour', values: ['GREEN', 'BLUE'], doc: 'Colours.' }],
    events: [
      {
        name: 'Dazzled',
        extends: 'Media',
        members: [{ name: 'share', type: 'double', doc: 'How much.' }],
        doc: 'Bright.',
      },
    ],
  };
  const folder = mkdtempSync(join(generatedFolder, '../../dist/with-module-'));
  try {
    const source = join(generatedFolder, '..');
    cpSync(source, folder, {
      recursive: true,
      filter: (path) => !/generator|testing|fixtures|\.test\.ts$/.test(path),
    });
    for (const [name, text] of generate(api.with(glow).modules))
      writeFileSync(join(folder, 'generated', name), text);
    const program = (wrong: string): string => `import { connect } from './index.js';
const client = await connect('ws://localhost:8888/kurento');
const pipeline = await client.create('MediaPipeline');
const glow = await pipeline.create('Glow', { colour: 'BLUE' });
await glow.setLevel(7);
const share: number = await glow.measure();
await glow.on('Dazzled', ({ share: bright }) => console.log(bright.toFixed(2), share));
${wrong}
`;
    const compile = (wrong: string): string => {
      writeFileSync(join(folder, 'program.ts'), program(wrong));
      const options =
        '--ignoreConfig --noEmit --strict --skipLibCheck --module NodeNext --target ES2023 --lib ES2023,DOM --types node';
      const tsc = fileURLToPath(import.meta.resolve('typescript/package.json')).replace(
        'package.json',
        'bin/tsc',
      );
      return spawnSync(process.execPath, [tsc, ...options.split(' '), join(folder, 'program.ts')], {
        encoding: 'utf8',
        timeout: 60_000,
      }).stdout;
    };
    assert.equal(compile(''), '');
    assert.match(compile("await pipeline.create('Glow', { colour: 'RED' });"), /program\.ts\(8,.*"RED"/);
    assert.match(compile("await glow.setLevel('high');"), /program\.ts\(8,/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
