import assert from 'node:assert/strict';
import { test } from 'node:test';
import { api } from './index.js';

test('an object is taken by its id, and by the id in it when a client sends it whole', () => {
  const operation = api.requireOperation('AlphaBlending', 'setMaster', {});
  const decode = (source: unknown): unknown =>
    api.decodeOperationParams(operation, { source, zOrder: 1 }, (id) => id).source;
  assert.equal(decode('port'), 'port');
  assert.equal(decode({ _events: {}, _eventsCount: 3, id: 'port' }), 'port');
  for (const wrong of [{}, { id: 5 }, { id: {} }, [{ id: 'port' }], Object.create({ id: 'port' })]) {
    assert.throws(() => decode(wrong), { code: 40001 });
  }
});
