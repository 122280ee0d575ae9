import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseLenient, sortMembers } from './json.js';

test('what JSON.parse takes comes out the same', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(parseLenient(text), JSON.parse(text));
    }),
  );
});

test('comments and text after the first value are ignored, whatever the value', () => {
  const space = fc.constantFrom('', ' ', '\n', '// a "comment" }\n', '/* { " */');
  fc.assert(
    fc.property(
      fc.json(),
      space,
      space,
      fc.constantFrom('', ' x', '}', ' {"a":', '//', ' /* '),
      (json, a, b, rest) => {
        assert.deepEqual(parseLenient(`${a}${json}${b}${rest}`), JSON.parse(json));
      },
    ),
  );
  assert.deepEqual(parseLenient('{"a": /* one */ 1, // two\n "b": "// no comment"}'), {
    a: 1,
    b: '// no comment',
  });
  assert.equal(parseLenient('5 trailing'), 5);
  assert.equal(parseLenient('"a\\"b" trailing'), 'a"b');
});

test('what is no JSON is refused', () => {
  for (const text of [
    '',
    ' ',
    '{',
    '{not json',
    "{'a':1}",
    '{"a":1,}',
    '[1,]',
    '//',
    '/*',
    '/',
    '"',
    'nul',
    '}',
    '{"a":1]',
  ]) {
    assert.throws(() => parseLenient(text), SyntaxError, text);
  }
});

test('any text gives a value or a SyntaxError', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:/*\\ \n1a') }), (text) => {
      try {
        parseLenient(text);
      } catch (error) {
        assert.ok(error instanceof SyntaxError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('members are sorted at every depth and nothing else changes', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain: unknown = JSON.parse(JSON.stringify(value));
      const sorted = sortMembers(plain);
      assert.deepEqual(JSON.parse(JSON.stringify(sorted)), plain);
      checkSorted(sorted);
    }),
  );
  assert.equal(
    JSON.stringify(sortMembers({ b: [{ d: 1, c: 2 }], a: null })),
    '{"a":null,"b":[{"c":2,"d":1}]}',
  );
  assert.equal(JSON.stringify(sortMembers(JSON.parse('{"b":1,"__proto__":2}'))), '{"__proto__":2,"b":1}');
  const inOrder = { a: { b: 1, c: 2 } };
  assert.equal(sortMembers(inOrder), inOrder);
});

function checkSorted(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) {
    // Members that look like numbers have an order of their own in JavaScript.
    const names = Object.keys(value).filter((name) => !/^\d+$/.test(name));
    assert.deepEqual(
      names,
      names.toSorted((a, b) => (a < b ? -1 : 1)),
    );
  }
  for (const member of Object.values(value)) checkSorted(member);
}
