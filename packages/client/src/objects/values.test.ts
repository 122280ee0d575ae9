import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { classes, references } from '../generated/index.js';
import { RemoteObject } from './remote-object.js';
import type { Scope } from './scope.js';
import { encode, type RemoteClass, ValueReader } from './values.js';

const table: Readonly<Record<string, RemoteClass>> = classes;
const reader = new ValueReader(table, references);
const scope = {} as Scope;
const instanceOf = (id: string, declared: string) => {
  const Class = reader.classOf(id, declared);
  assert.ok(Class);
  return new Class(scope, id);
};

test('the class of an object is read from its id, as far as it fits the declaration', () => {
  const cases: [string, string, string][] = [
    ['u_kurento.MediaPipeline', 'MediaObject', 'MediaPipeline'],
    ['u_kurento.MediaPipeline/v_kurento.HubPort', 'MediaElement', 'HubPort'],
    ['u_chroma.ChromaFilter', 'MediaElement', 'ChromaFilter'],
    ['manager_ServerManager', 'MediaObject', 'ServerManager'],
    ['u_kurento.MediaPipeline', 'MediaElement', 'MediaElement'],
    ['u_other.Unknown', 'MediaElement', 'MediaElement'],
    ['u_kurento.constructor', 'MediaObject', 'MediaObject'],
    ['', 'MediaObject', 'MediaObject'],
  ];
  for (const [id, declared, actual] of cases) {
    assert.equal(reader.classOf(id, declared)?.className, actual, id);
  }
});

test('objects are found in lists, structures and events, everything else stays as it is', () => {
  const connection = { source: 'a', sink: 'b', type: 'AUDIO' };
  const [read] = reader.value('ElementConnectionData[]', [connection], instanceOf) as {
    source: RemoteObject;
    sink: RemoteObject;
    type: string;
  }[];
  assert.deepEqual([read?.source.id, read?.sink.id, read?.type], ['a', 'b', 'AUDIO']);
  assert.equal(reader.value('MediaPipeline', null, instanceOf), null);
  assert.deepEqual(reader.value('Stats<>', null, instanceOf), {});
  assert.equal(reader.value('ElementConnectionData[]', null, instanceOf), null);
  const event = { object: 'x_kurento.PassThrough', source: 'manager_ServerManager', tags: [] };
  const created = reader.members('ObjectCreated event', event, instanceOf) as typeof event;
  assert.ok((created.object as unknown) instanceof classes.PassThrough);
  assert.deepEqual(reader.members('Unknown event', event, instanceOf), event);
});

test('whatever a server sends in place of a value, reading it does not throw', () => {
  const type = fc.constantFrom(
    'MediaObject[]',
    'ElementConnectionData[]',
    'Stats<>',
    'MediaElement',
    'Unknown',
    'Stats<>[]',
  );
  fc.assert(fc.property(type, fc.jsonValue(), (name, value) => void reader.value(name, value, instanceOf)));
  const event = fc.constantFrom(
    'ElementConnected event',
    'ObjectCreated event',
    'toString event',
    'toString',
  );
  fc.assert(
    fc.property(event, fc.jsonValue(), (name, value) => void reader.members(name, value, instanceOf)),
  );
});

test('instances are sent as their ids, other values as they are', () => {
  const element = instanceOf('e_kurento.PassThrough', 'MediaElement');
  const idOf = ({ id }: RemoteObject) => id;
  const given = { sink: element, more: [{ deep: element }], text: 'x', nothing: undefined };
  assert.deepEqual(encode(given, idOf), {
    sink: 'e_kurento.PassThrough',
    more: [{ deep: 'e_kurento.PassThrough' }],
    text: 'x',
    nothing: undefined,
  });
  assert.equal(JSON.stringify({ element }), '{"element":"e_kurento.PassThrough"}');
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.deepEqual(encode(value, idOf), value)));
  assert.ok(element instanceof RemoteObject);
});
