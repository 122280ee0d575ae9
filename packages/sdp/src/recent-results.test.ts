import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentResults } from './recent-results.js';

test('a text that comes again is not looked at again; bounded in number and length', () => {
  const results = new RecentResults<string>(2, 5);
  const made: string[] = [];
  const get = (text: string): string =>
    results.get(text, () => {
      made.push(text);
      return text.toUpperCase();
    });
  assert.deepEqual(['a', 'b', 'a', 'b'].map(get), ['A', 'B', 'A', 'B']);
  assert.deepEqual(made, ['a', 'b']);
  get('c');
  assert.equal(results.size, 2);
  assert.deepEqual(['b', 'c', 'a'].map(get), ['B', 'C', 'A']);
  assert.deepEqual(made, ['a', 'b', 'c', 'a']);
  assert.deepEqual(['longer', 'longer'].map(get), ['LONGER', 'LONGER']);
  assert.deepEqual(made.slice(-2), ['longer', 'longer']);
  assert.equal(results.size, 2);
});

test('what is thrown is not kept', () => {
  const results = new RecentResults<number>(2, 5);
  const refuse = (): never => {
    throw new Error('no');
  };
  assert.throws(() => results.get('a', refuse), /no/);
  assert.equal(
    results.get('a', () => 1),
    1,
  );
});
