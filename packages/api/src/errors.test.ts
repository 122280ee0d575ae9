import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type ErrorType,
  errors,
  errorTypeOf,
  KurentoError,
  objectNotFound,
  operationNotFound,
} from './errors.js';
import { readFixture } from './testing/fixtures.js';

/** Codes with names, of the table and of the list of codes that were never provoked. */
function referenceCodes(): Map<number, string> {
  const codes = new Map<number, string>();
  for (const [, code, type] of readFixture('errors.md').matchAll(/\b(4\d{4}) (?:\| )?([A-Z][A-Z_]{6,})\b/g)) {
    codes.set(Number(code), type as string);
  }
  return codes;
}

describe('errors', () => {
  it('has every code of the reference under its name', () => {
    const reference = referenceCodes();
    assert.equal(reference.size, 35);
    const ours = new Map(
      Object.entries(errors)
        .filter(([, { code }]) => code > 0)
        .map(([type, { code }]) => [code, type]),
    );
    assert.deepEqual(
      [...ours].toSorted((a, b) => a[0] - b[0]),
      [...reference].toSorted((a, b) => a[0] - b[0]),
    );
  });

  it('has the codes of JSON-RPC', () => {
    assert.deepEqual(
      Object.values(errors)
        .map(({ code }) => code)
        .filter((code) => code < 0),
      [-32700, -32600, -32601, -32602, -32603, -32000],
    );
  });

  it('names a code, and calls one without a name UNDEFINED', () => {
    assert.equal(errorTypeOf(40101), 'MEDIA_OBJECT_NOT_FOUND');
    assert.equal(errorTypeOf(49001), 'UNDEFINED');
  });
});

describe('KurentoError', () => {
  const body = (type: ErrorType, data?: Record<string, unknown>) =>
    new KurentoError(type, 'x', data).toBody();

  it('carries its type from 40000 on', () => {
    assert.deepEqual(body('CONNECT_ERROR'), { code: 40004, message: 'x', data: { type: 'CONNECT_ERROR' } });
  });

  it('carries no data in the JSON-RPC range, but for INVALID_PARAMS', () => {
    assert.deepEqual(body('METHOD_NOT_FOUND'), { code: -32601, message: 'x' });
    assert.deepEqual(body('INVALID_PARAMS'), {
      code: -32602,
      message: 'x',
      data: { type: 'INVALID_PARAMS' },
    });
    assert.deepEqual(body('SERVER_ERROR', { value: 1 }), { code: -32000, message: 'x', data: { value: 1 } });
  });

  it('takes a code of a module, and further data', () => {
    assert.deepEqual(body('UNDEFINED', { code: 49001, detail: 1 }), {
      code: 49001,
      message: 'x',
      data: { detail: 1, type: 'UNDEFINED' },
    });
  });

  it('wraps what was thrown', () => {
    const error = new KurentoError('CONNECT_ERROR', 'x');
    assert.equal(KurentoError.from(error), error);
    assert.equal(KurentoError.from(new Error('boom')).code, 40003);
    assert.equal(KurentoError.from('boom').message, 'boom');
  });
});

describe('errors with a fixed text', () => {
  it('tell an unknown object from one that a transaction has not made yet', () => {
    assert.equal(objectNotFound('a').code, 40101);
    assert.equal(objectNotFound('newref:0').code, 40109);
    assert.equal(
      objectNotFound('newref:0').message,
      "Object 'newref:0' not found. Possibly using a transactional object without committing the transaction.",
    );
  });

  it('count the parameters of an unknown operation', () => {
    assert.equal(operationNotFound('x', { a: 1, b: 2 }).message, "Method 'x' with 2 parameters not found");
    for (const params of [undefined, null, 'abc', 5, []]) {
      assert.equal(operationNotFound('x', params).message, "Method 'x' with 0 parameters not found");
    }
  });
});
