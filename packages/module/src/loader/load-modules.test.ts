import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { api, type ModuleDecl } from '@rivero/api';
import { lamp } from '../test-support/lamp.js';
import { loadModules } from './load-modules.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-modules-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

interface Parts {
  declaration?: unknown;
  rivero?: unknown;
  elements?: unknown;
  /** The text of the main file, in place of a definition. */
  main?: string;
  packageJson?: string;
}

/** A folder with a module, whose one implementation exists; the declaration of `lamp` with changes. */
function write(parts: Parts | ((decl: Record<string, unknown>) => void) = {}): string {
  const path = join(folder, `m${++count}`);
  mkdirSync(path);
  const { main, packageJson, ...given } = typeof parts === 'function' ? {} : parts;
  const declaration = structuredClone(lamp) as unknown as Record<string, unknown>;
  if (typeof parts === 'function') parts(declaration);
  const elements = { Lamp: { kind: 'gstreamerBin', url: pathToFileURL(join(path, 'lamp.js')).href } };
  const definition = { riveroModule: 1, declaration, rivero: '*', elements, ...given };
  writeFileSync(join(path, 'lamp.js'), 'export default class {}');
  writeFileSync(join(path, 'main.js'), main ?? `export default ${JSON.stringify(definition)}`);
  writeFileSync(
    join(path, 'package.json'),
    packageJson ??
      '{ "type": "module", "exports": { ".": { "types": "./x.d.ts", "default": "./main.js" } } }',
  );
  return path;
}

const load = (...specifiers: string[]) => loadModules(specifiers, { api, base: folder });

async function refusal(parts: Parameters<typeof write>[0]): Promise<string> {
  const { modules, failures, api: loaded } = await load(write(parts));
  assert.equal(modules.length, 0);
  assert.equal(loaded, api);
  return failures.map(({ message }) => message).join('\n');
}

test('a module is loaded from a folder, with what clients see of it', async () => {
  const path = write();
  const set = await load(path);
  assert.deepEqual(set.failures, []);
  assert.equal(set.api.describe('Lamp')?.qualifiedType, 'lamp.Lamp');
  assert.ok(set.api.isSubclass('Lamp', 'Filter'));
  assert.deepEqual(set.api.moduleSummaries().at(-1), { name: 'lamp', version: '1.2.3', factories: ['Lamp'] });
  assert.equal((set.api.kmd('lamp') as { name: string }).name, 'lamp');
  assert.equal(set.implementation('Lamp')?.kind, 'gstreamerBin');
  assert.equal(set.implementation('WebRtcEndpoint'), undefined);
  // Another process loads the same by the URLs.
  const again = await load(...set.urls);
  assert.deepEqual([again.failures, again.urls], [[], set.urls]);
  // Named twice is loaded once.
  assert.equal((await load(path, `./m${count}`, path)).modules.length, 1);
});

test('a module is loaded from a package', async () => {
  const path = join(folder, 'node_modules', '@someone', 'lamp');
  mkdirSync(path, { recursive: true });
  const source = write();
  writeFileSync(join(path, 'package.json'), '{ "type": "module", "main": "main.js" }');
  writeFileSync(
    join(path, 'main.js'),
    `export { default } from ${JSON.stringify(pathToFileURL(join(source, 'main.js')).href)}`,
  );
  const set = await load('@someone/lamp');
  assert.deepEqual(set.failures, []);
  assert.equal(set.modules[0]?.specifier, '@someone/lamp');
});

test('modules may need each other, in any order of the list', async () => {
  const needy = write((decl) => {
    decl.name = 'needy';
    decl.imports = ['core', 'filters', 'lamp'];
    decl.importVersions = { lamp: '^1.2.0' };
    const [, lampClass] = structuredClone(lamp.classes) as unknown as { name: string; extends: string }[];
    lampClass!.name = 'Torch';
    decl.classes = [
      { name: 'Torch', extends: 'Lit', doc: 'x', properties: [{ name: 'colour', type: 'Colour', doc: 'x' }] },
    ];
    decl.complexTypes = [];
    decl.events = [];
  });
  const text = (await import('node:fs')).readFileSync(join(needy, 'main.js'), 'utf8');
  writeFileSync(join(needy, 'main.js'), text.replace(/"elements":\{.*\}\}/, '"elements":{}}'));
  const set = await load(needy, write());
  assert.deepEqual(set.failures, []);
  assert.deepEqual(
    set.modules.map(({ definition }) => definition.declaration.name),
    ['lamp', 'needy'],
  );
  const alone = await load(needy);
  assert.match(alone.failures[0]?.message ?? '', /m\d+: it needs the module 'lamp', which is not loaded$/);
});

test('what is wrong is told in one line, and nothing is half-loaded', async () => {
  const change = (path: (string | number)[], value: unknown) => (decl: Record<string, unknown>) => {
    let at = decl as Record<string | number, unknown>;
    for (const step of path.slice(0, -1)) at = at[step] as typeof at;
    at[path.at(-1)!] = value;
  };
  const cases: [Parameters<typeof write>[0], RegExp][] = [
    [{ main: 'throw new Error("boom")' }, /^module .*m\d+: boom$/],
    [{ main: 'export default {' }, /m\d+\/main\.js:1: Unexpected end of input$/],
    [{ main: 'export const x = 1' }, /does not default-export what defineModule returns$/],
    [{ packageJson: '{' }, /package\.json: /],
    [{ packageJson: '{ "main": "nowhere.js" }' }, /no file .*nowhere\.js; has the module been built\?$/],
    [{ declaration: undefined }, /: declaration should be an object$/],
    [{ rivero: undefined }, /'rivero' should be a range/],
    [{ rivero: 'soon' }, /'soon' is no range/],
    [{ rivero: '^99.0.0' }, /it is for Rivero \^99\.0\.0, this is \d/],
    [{ elements: {} }, /the class Lamp has no implementation/],
    [
      { elements: { Lamp: { kind: 'magic', url: 'file:///x' } } },
      /implementation of Lamp should be one of gstreamerBin/,
    ],
    [{ elements: { Lamp: { kind: 'gstreamerBin', url: 'https://x/y.js' } } }, /should be a file: URL/],
    [
      { elements: { Lamp: { kind: 'gstreamerBin', url: 'file:///nowhere.js' } } },
      /there is no file \/nowhere\.js$/,
    ],
    [change(['kurentoVersion'], '^6.0.0'), /it is for Kurento \^6\.0\.0, this server speaks that of 7\./],
    [change(['importVersions'], { core: '^8.0.0' }), /it needs the module 'core' \^8\.0\.0, this is 7/],
    [change(['imports'], ['core', 'moon']), /it needs the module 'moon'/],
    [change(['name'], 'core'), /there is a module 'core' already$/],
    [change(['classes'], 'none'), /: declaration\.classes should be a list$/],
    [
      change(['classes', 1, 'methods', 0, 'params'], undefined),
      /declaration\.classes\[1\]\.methods\[0\]\.params should be a list$/,
    ],
    [
      change(['classes', 1, 'colour'], 1),
      /declaration\.classes\[1\]\.colour is unknown; known are name, doc/,
    ],
    [change(['classes', 1, 'methods', 0, 'params', 0, 'type'], 'Sun'), /uses the unknown type 'Sun'$/],
    ...['close', 'release', 'openable'].map((name): [Parameters<typeof write>[0], RegExp] => [
      change(['classes', 1, 'methods', 0, 'name'], name),
      new RegExp(`'${name}' is a name that implementations or clients need themselves$`),
    ]),
    [
      change(['classes', 1, 'methods', 0, 'name'], 'getStats'),
      /declares 'getStats', which it inherits already$/,
    ],
    [change(['classes', 1, 'events'], ['Nova']), /names the unknown event 'Nova'$/],
    [change(['classes', 0, 'extends'], 'Hub'), /should extend MediaElement/],
    [
      change(['classes', 1, 'constructorParams'], []),
      /needs a constructor parameter of the type MediaPipeline$/,
    ],
    [change(['complexTypes', 0, 'kind'], 'union'), /complexTypes\[0\]\.kind should be 'enum' or 'register'$/],
  ];
  for (const [parts, expected] of cases) assert.match(await refusal(parts), expected);
});

test('a package or folder that is not there is told; what is optional is marked', async () => {
  const { failures, modules } = await load(
    'no-such-module',
    './nowhere',
    'optional:@rivero/none',
    '../../x y',
  );
  assert.deepEqual(modules, []);
  assert.deepEqual(
    failures.map(({ optional }) => optional),
    [false, false, true, false],
  );
  assert.match(
    failures[0]?.message ?? '',
    /^module no-such-module: there is no package of this name: npm install/,
  );
  assert.match(failures[1]?.message ?? '', /there is no folder .*nowhere$/);
});

test('a class or event that another module has is refused with the name of that module', async () => {
  const other = write((decl) => {
    decl.name = 'lantern';
  });
  const { failures, modules } = await load(write(), other);
  assert.equal(modules.length, 1);
  assert.match(failures[0]?.message ?? '', /its class '\w+' is one of the module 'lamp' already$/);
  const event = structuredClone(lamp) as unknown as { name: string; classes: object[]; events: object[] };
  const third = write({ elements: {}, declaration: { ...event, name: 'lantern', classes: [] } });
  const { failures: others } = await load(write(), third);
  assert.match(others[0]?.message ?? '', /its event '\w+' is one of the module 'lamp' already$/);
});

test('one bad module leaves the others loaded, and two of one name give the first', async () => {
  const other = write((decl) => {
    decl.classes = [];
    decl.doc = 'another';
  });
  writeFileSync(
    join(other, 'main.js'),
    `export default ${JSON.stringify({ riveroModule: 1, rivero: '*', elements: {}, declaration: { ...(lamp as ModuleDecl), classes: [] } })}`,
  );
  const set = await load(write({ main: 'throw 1' }), write(), other);
  assert.equal(set.modules.length, 1);
  assert.equal(set.api.creatable('Lamp')?.name, 'Lamp');
  assert.equal(set.failures.length, 2);
  assert.match(set.failures[1]?.message ?? '', /there is a module 'lamp' already/);
});
