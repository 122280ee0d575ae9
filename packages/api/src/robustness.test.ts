// Whatever JSON comes as parameters: it is converted, or refused with a coded error.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { api } from './api.js';
import type { ParamDecl } from './declaration.js';
import { KurentoError, objectNotFound } from './errors.js';
import type { ObjectResolver } from './value-codec.js';

const classes = api.modules.flatMap((module) => module.classes.map((decl) => decl.name));
const creatable = classes.filter((name) => api.creatable(name));
const operations = classes
  .flatMap((name) => api.operations(name))
  .filter((operation) => operation.params.length > 0);

const resolve: ObjectResolver = (id) => {
  if (id.length % 2 === 1) throw objectNotFound(id);
  return id;
};

/** Values near what is expected find more than values from anywhere. */
const json = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('AUDIO', 'VP8', 'id', '', 0, 1, -1, 1.5, 2 ** 31, 2 ** 63, 1e308, null, true, [], {}),
  fc.constant(JSON.parse('{"__proto__": {"x": 1}, "__type__": "__proto__", "constructor": 1}')),
);

function paramsLike(params: readonly ParamDecl[]): fc.Arbitrary<unknown> {
  const register = fc.dictionary(
    fc.constantFrom('codec', 'framerate', 'numerator', 'key', 'id', '__type__'),
    json,
  );
  const value = fc.oneof(json, register, fc.array(register));
  return fc.oneof(
    json,
    fc.record(Object.fromEntries(params.map(({ name }) => [name, value])), { requiredKeys: [] }),
  );
}

function survives(decode: () => Record<string, unknown>): void {
  let decoded: Record<string, unknown>;
  try {
    decoded = decode();
  } catch (error) {
    assert.ok(error instanceof KurentoError, String(error));
    assert.ok(error.code >= 40000 && error.code < 50000);
    return;
  }
  assert.deepEqual(structuredClone(decoded), decoded);
}

describe('any JSON as parameters', () => {
  it('of constructors', () => {
    for (const name of creatable) {
      const declared = api.creatable(name)?.constructorParams ?? [];
      fc.assert(
        fc.property(paramsLike(declared), (raw) =>
          survives(() => api.decodeConstructorParams(name, raw, resolve)),
        ),
        { numRuns: 60 },
      );
    }
  });

  it('of operations', () => {
    for (const operation of new Set(operations)) {
      fc.assert(
        fc.property(paramsLike(operation.params), (raw) =>
          survives(() => api.decodeOperationParams(operation, raw, resolve)),
        ),
        { numRuns: 30 },
      );
    }
  });

  it('of names of classes, operations and events', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (className, name) => {
        assert.equal(api.resolveOperation(className, name), undefined);
        assert.equal(api.supportsEvent(className, name), false);
        assert.deepEqual(api.properties(className), []);
      }),
    );
  });
});

describe('any value as a result', () => {
  it('encodes to JSON', () => {
    const types = new Set(operations.flatMap(({ params }) => params.map(({ type }) => type)));
    for (const type of [...types, 'Stats<>', 'ServerInfo', 'Tag[]', 'ElementConnectionData[]']) {
      fc.assert(
        fc.property(json, (value) => {
          const encoded = api.encodeValue(type, value);
          assert.deepEqual(JSON.parse(JSON.stringify(encoded)), encoded);
        }),
        { numRuns: 30 },
      );
    }
  });
});

describe('registers', () => {
  it('survive a round trip', () => {
    const setRembParams = api.requireOperation('WebRtcEndpoint', 'setRembParams', {});
    const float = fc.float({ noNaN: true, noDefaultInfinity: true });
    const remb = fc.record(
      {
        packetsRecvIntervalTop: fc.integer(),
        exponentialFactor: float,
        linealFactorMin: fc.integer(),
        linealFactorGrade: float,
        upLosses: fc.integer(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(remb, (given) => {
        const once = api.decodeOperationParams(setRembParams, { rembParams: given }, resolve);
        const wire = api.encodeValue('RembParams', once.rembParams);
        const twice = api.decodeOperationParams(setRembParams, { rembParams: wire }, resolve);
        assert.deepEqual(api.encodeValue('RembParams', twice.rembParams), wire);
      }),
    );
  });
});
