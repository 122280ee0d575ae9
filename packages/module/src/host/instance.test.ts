import assert from 'node:assert/strict';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { KurentoError } from '@rivero/api';
import { type ElementContext, GStreamerBin, type Implements, ModuleError } from '../index.js';
import type { lamp } from '../test-support/lamp.js';
import { type ElementStart, TAGS_CHANGED } from './element-start.js';
import { type ImplementationClass, Instance, loadImplementation } from './instance.js';

type Declaration = typeof lamp;

/** The compiler checks that this is all that the declaration demands, and of the right types. */
class Lamp extends GStreamerBin<Declaration, 'Lamp'> implements Implements<Declaration, 'Lamp'> {
  level = 1;
  readonly hours = 2.5;
  readonly colour = this.params.colour;

  describe(): string {
    return 'identity';
  }

  async flash({ times, at }: { times: number; at?: { x: number; y: number } }) {
    if (times < 0) throw new ModuleError('It cannot flash backwards', 49001);
    if (times > 100) throw new TypeError('too often');
    this.emit('Flashed', { times });
    this.keep({ times });
    return at ?? { x: times, y: 0 };
  }

  off(): void {
    throw new ModuleError('It stays on');
  }

  shine(): number {
    return this.level;
  }
}

const START: ElementStart = {
  kind: 'gstreamerBin',
  url: '',
  className: 'Lamp',
  params: { mediaPipeline: 'p', colour: 'BLUE' },
  properties: { level: 5 },
  methods: ['flash', 'off', 'shine'],
  readable: ['colour', 'level', 'hours'],
  writable: ['level'],
  events: ['Flashed'],
  kept: {},
  access: { folders: ['/tmp'], uriSchemes: ['file', 'http'], uriHosts: [] },
  timeoutMs: 1000,
};

function make(Class: unknown = Lamp, start = START) {
  const told: [string, unknown][] = [];
  const instance = new Instance(Class as ImplementationClass, start, 'id', (type, data) =>
    told.push([type, data]),
  );
  return { instance, told };
}

test('an instance answers what is declared, and nothing else', async () => {
  const { instance, told } = make();
  assert.equal(await instance.call('shine', {}), 5);
  assert.deepEqual(await instance.call('flash', { times: 3 }), { x: 3, y: 0 });
  assert.deepEqual(told, [
    ['event', { name: 'Flashed', data: { times: 3 } }],
    ['keep', { values: { times: 3 } }],
  ]);
  assert.equal(await instance.get('colour'), 'BLUE');
  await instance.set('level', 9);
  assert.equal(await instance.get('level'), 9);
  for (const name of ['describe', 'close', 'constructor', '__proto__', 'emit']) {
    await assert.rejects(instance.call(name, {}), { code: 40105 });
    await assert.rejects(instance.get(name), { code: 40105 });
  }
  await assert.rejects(instance.set('hours', 1), { code: 40105 });
});

test("a module's error reaches the client as it is; a mistake is coded, and logged with its stack", async () => {
  const { instance, told } = make();
  await assert.rejects(instance.call('off', {}), {
    code: 40001,
    type: 'MARSHALL_ERROR',
    message: 'It stays on',
  });
  await assert.rejects(instance.call('flash', { times: -1 }), { code: 49001 });
  assert.deepEqual(told, []);
  await assert.rejects(instance.call('flash', { times: 101 }), {
    code: 40003,
    message: 'Lamp.flash failed: too often',
  });
  assert.match(JSON.stringify(told), /"level":"error".*instance\.test/);
});

test('errors of another copy of our classes keep their codes', async () => {
  class Foreign extends Error {
    override name = 'ModuleError';
    code = 49_007;
    type = 'UNDEFINED';
  }
  const { instance } = make();
  const coded = instance.coded(new Foreign('no'), 'x');
  assert.ok(coded instanceof KurentoError);
  assert.equal(coded.code, 49_007);
});

test('what the constructor throws, and a declared method that is missing, refuse the element', () => {
  class Throwing {
    constructor(_context: ElementContext) {
      throw new Error('no bulb');
    }
  }
  assert.throws(() => make(Throwing), { code: 40003, message: 'Lamp.constructor failed: no bulb' });
  class Missing {
    flash(): void {}
  }
  assert.throws(() => make(Missing), { code: 40108, message: /no method 'off'/ });
});

test('events that are not declared are a mistake; after close none is sent', async () => {
  const { instance, told } = make();
  const { context } = instance.object as Lamp;
  assert.throws(() => context.emit('Error', {}), /declares no event/);
  await instance.close();
  await instance.close();
  context.emit('Flashed', { times: 1 });
  assert.deepEqual(told, []);
});

test('tags are those of the start, until they change', async () => {
  const { instance } = make(undefined, { ...START, tags: [['room', '7']] });
  const { context } = instance.object as Lamp;
  assert.deepEqual([...context.tags], [['room', '7']]);
  await instance.call(TAGS_CHANGED, { tags: [['floor', '2']] });
  assert.deepEqual([...context.tags], [['floor', '2']]);
});

test('what a client names is opened under the rules of the server; a refusal is told', async () => {
  const { instance, told } = make();
  const { context } = instance.object as Lamp;
  assert.equal(await context.openable('/tmp/a/../none.png'), join(realpathSync('/tmp'), 'none.png'));
  assert.equal(await context.openable('file:///etc/passwd'), undefined);
  assert.equal(await context.openable('/etc/passwd'), undefined);
  assert.equal(await context.reachable('grpc://127.0.0.1:80'), true);
  assert.equal(await context.reachable('grpc://169.254.169.254:80'), false);
  assert.deepEqual(
    told.map(([type]) => type),
    ['refused', 'refused', 'refused'],
  );
});

test('a method or property of a bin whose promise never settles is an error after the limit; others are answered', async () => {
  class Waiting {
    flash = (): Promise<never> => new Promise(() => {});
    off = (): Promise<string> => Promise.resolve('off');
    shine(): void {}
    readonly hours = new Promise<never>(() => {});
  }
  const { instance } = make(Waiting, { ...START, timeoutMs: 20 });
  const late = (name: string) => ({
    code: 40003,
    message: `Lamp.${name} has not answered within 20 ms`,
  });
  await assert.rejects(instance.call('flash', {}), late('flash'));
  await assert.rejects(instance.get('hours'), late('hours'));
  assert.equal(await instance.call('off', {}), 'off');
});

test('a file that is missing, or exports no class, is told', async () => {
  const load = (url: string) => loadImplementation({ url, className: 'Lamp' });
  await assert.rejects(load('file:///nowhere/lamp.js'), { code: 40108, message: /Lamp can't be loaded/ });
  const empty = 'data:text/javascript,export default 5';
  await assert.rejects(load(empty), { code: 40108, message: /does not default-export a class/ });
});

test('what an instance tells is bounded: it goes through the process that serves all calls', () => {
  const { instance, told } = make();
  const { context } = instance.object as Lamp;
  const half = { times: 1, text: 'x'.repeat(500_000) };
  assert.throws(() => context.emit('Flashed', { text: 'x'.repeat(1_000_000) }), RangeError);
  assert.throws(() => context.keep({ text: 'x'.repeat(1_000_000) }), RangeError);
  assert.throws(() => context.log.info('x'.repeat(1_000_000)), RangeError);
  assert.deepEqual(told, []);
  const begin = performance.now();
  for (let i = 0; i < 20; i++) context.emit('Flashed', half);
  if (performance.now() - begin < 1000) {
    assert.equal(told.length, 15);
    if (performance.now() - begin < 1000) assert.throws(() => context.keep(half), RangeError);
  }
});
