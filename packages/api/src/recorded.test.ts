// Requests, answers and events recorded from Kurento, run through the registry.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { api } from './api.js';
import type { Json } from './declaration.js';
import { KurentoError, objectNotFound, objectOfWrongClass } from './errors.js';
import { readFixture } from './testing/fixtures.js';

interface Recorded {
  create?: string;
  invoke?: string;
  operation?: string;
  params?: unknown;
  value?: Json;
  error?: { code: number; message: string };
  event?: string;
  data?: Record<string, Json>;
}

const recorded: Recorded[] = readFixture('recorded.jsonl')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

/** Ids in the recordings read like pipeline-1/webrtc-2; others are unknown. */
function resolve(id: string, className: string): string {
  const kind = id.match(/(?:^|\/)([a-z]+)-\d+$/)?.[1];
  if (kind === undefined) throw objectNotFound(id);
  const hub = /^(composite|dispatcher|mixer|alphablending)$/.test(kind);
  const fits =
    className === 'MediaPipeline'
      ? kind === 'pipeline'
      : className === 'Hub'
        ? hub
        : kind !== 'pipeline' && !hub;
  if (!fits) throw objectOfWrongClass(id, className);
  return id;
}

function run({ create, invoke, operation, params }: Recorded): void {
  if (create !== undefined) {
    const decl = api.requireCreatable(create);
    api.decodeConstructorParams(decl.name, params, resolve);
  } else {
    const found = api.requireOperation(invoke as string, String(operation), params);
    api.decodeOperationParams(found, params, resolve);
  }
}

function outcome(entry: Recorded): { code: number; message: string } | undefined {
  try {
    run(entry);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof KurentoError, String(error));
    return { code: error.code, message: error.message };
  }
}

describe('recorded requests', () => {
  const requests = recorded.filter((entry) => entry.event === undefined);
  const refused = requests.filter(({ error }) => error);
  const accepted = requests.filter(({ error }) => !error);

  it('are refused with the same error', () => {
    assert.ok(refused.length > 90);
    for (const entry of refused) {
      // Where Kurento lost its footing we answer that the object is of the wrong class.
      const badObject = entry.error?.message.endsWith('bad_weak_ptr');
      const expected = badObject
        ? {
            code: 40107,
            message: `Object 'pipeline-1/webrtc-2' is not a ${entry.create === 'HubPort' ? 'Hub' : 'MediaPipeline'}`,
          }
        : entry.error;
      assert.deepEqual(outcome(entry), expected, JSON.stringify(entry));
    }
  });

  it('are accepted', () => {
    assert.ok(accepted.length > 250);
    for (const entry of accepted) assert.equal(outcome(entry), undefined, JSON.stringify(entry));
  });

  it('are answered with values that encode to themselves', () => {
    for (const entry of accepted) {
      if (entry.invoke === undefined || entry.value === undefined) continue;
      const operation = api.requireOperation(entry.invoke, entry.operation as string, entry.params);
      assert.deepEqual(api.encodeResult(operation, entry.value), entry.value, JSON.stringify(entry));
      assert.deepEqual(api.encodeValue(operation.returns, entry.value), entry.value);
    }
  });
});

describe('recorded events', () => {
  it('encode to themselves', () => {
    const events = recorded.filter((entry) => entry.event !== undefined);
    assert.ok(events.length > 20);
    for (const { event, data } of events) {
      assert.deepEqual(api.encodeEvent(event as string, data ?? {}), data, event);
    }
  });
});
