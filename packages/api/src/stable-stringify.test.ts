import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { stableStringify } from './stable-stringify.js';

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([name, member]) => [name, sorted(member)])
    .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1));
}

/** The names of members in the order in which they are written. */
function written(text: string): string[] {
  const names: string[] = [];
  for (const [, name] of text.matchAll(/"((?:[^"\\]|\\.)*)":/g)) names.push(name as string);
  return names;
}

describe('stableStringify', () => {
  it('sorts members by name at every depth', () => {
    assert.equal(
      stableStringify({ b: [{ d: 1, c: null }], a: 'x', E2E: true, __type__: 'T', 10: 1, 9: 2 }),
      '{"10":1,"9":2,"E2E":true,"__type__":"T","a":"x","b":[{"c":null,"d":1}]}',
    );
  });

  it('leaves out what is undefined, and writes null for what JSON cannot hold', () => {
    assert.equal(stableStringify({ a: undefined, b: Number.NaN, c: [undefined] }), '{"b":null,"c":[null]}');
    assert.equal(stableStringify(undefined), 'null');
    assert.equal(stableStringify({}), '{}');
    assert.equal(stableStringify(-0), '0');
  });

  it('escapes text as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(stableStringify(text), JSON.stringify(text));
      }),
    );
    assert.equal(stableStringify('\ud800"\\\n'), JSON.stringify('\ud800"\\\n'));
  });

  it('writes any JSON value so that it reads back the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = stableStringify(value);
        assert.deepEqual(sorted(JSON.parse(text)), sorted(JSON.parse(JSON.stringify(value))));
      }),
    );
  });

  it('writes members of any object in order', () => {
    const names = fc.stringMatching(/^[A-Za-z0-9_]{1,8}$/);
    fc.assert(
      fc.property(fc.dictionary(names, fc.integer()), (object) => {
        assert.deepEqual(written(stableStringify(object)), Object.keys(object).sort());
      }),
    );
  });
});
