import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { KurentoError } from '../errors.js';
import { readMessage } from './messages.js';

test('answers and events are told apart', () => {
  assert.deepEqual(readMessage('{"id":1,"jsonrpc":"2.0","result":{"value":null}}'), {
    kind: 'result',
    id: 1,
    result: { value: null },
  });
  const text =
    '{"jsonrpc":"2.0","method":"onEvent","params":{"value":{"data":{"a":1},"object":"x","type":"Error"}}}';
  assert.deepEqual(readMessage(text), { kind: 'event', object: 'x', type: 'Error', data: { a: 1 } });
  const refused = readMessage(
    '{"error":{"code":40101,"data":{"type":"MEDIA_OBJECT_NOT_FOUND"},"message":"gone"},"id":2,"jsonrpc":"2.0"}',
  );
  assert.ok(refused.kind === 'error' && refused.error instanceof KurentoError);
  assert.deepEqual(
    [refused.id, refused.error.code, refused.error.type, refused.error.message],
    [2, 40101, 'MEDIA_OBJECT_NOT_FOUND', 'gone'],
  );
});

test('errors of JSON-RPC have no type of their own and get one', () => {
  const refused = readMessage('{"error":{"code":-32601,"message":"Method not found."},"id":2}');
  assert.ok(refused.kind === 'error');
  assert.equal(refused.error.type, 'METHOD_NOT_FOUND');
});

test('whatever comes, reading it does not throw', () => {
  for (const frame of [undefined, new ArrayBuffer(2), '', '[]', 'null', '{}', '{"method":"x"}']) {
    assert.equal(readMessage(frame).kind, 'unknown');
  }
  fc.assert(fc.property(fc.string(), (text) => void readMessage(text)));
  const member = fc.constantFrom(
    'id',
    'jsonrpc',
    'method',
    'params',
    'value',
    'error',
    'result',
    'object',
    'type',
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.constantFrom('onEvent', 1, null, true, 'x'),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(member, tie('value'), { maxKeys: 4 }),
    ),
  })).value;
  fc.assert(fc.property(json, (value) => void readMessage(JSON.stringify(value))));
});
