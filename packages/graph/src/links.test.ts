import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Links } from './links.js';

const links = (...all: [source: string, sink: string, input?: string][]): Links => {
  const made = new Links((element) => element.startsWith('mixer'));
  for (const [source, sink, input = 'video'] of all) made.set(source, sink, input);
  return made;
};

test('chains and diamonds are no circles', () => {
  const made = links(['a', 'b'], ['b', 'c'], ['b', 'mixer', '1'], ['c', 'mixer', '2']);
  assert.equal(made.circle('mixer', 'd'), 'none');
  assert.equal(made.circle('a', 'mixer'), 'none');
  assert.equal(made.circle('a', 'c'), 'none');
});

test('what leads back, at once or by others', () => {
  const made = links(['a', 'b'], ['b', 'c'], ['c', 'mixer', '1'], ['mixer', 'd']);
  assert.equal(made.circle('a', 'a'), 'unpaced');
  assert.equal(made.circle('c', 'a'), 'unpaced');
  assert.equal(made.circle('mixer', 'mixer'), 'paced');
  assert.equal(made.circle('d', 'a'), 'paced');
  assert.equal(made.circle('d', 'mixer'), 'paced');
});

test('a way past a mixer does not excuse one without', () => {
  const made = links(['a', 'mixer', '1'], ['mixer', 'b', '1'], ['a', 'b', '2']);
  assert.equal(made.circle('b', 'a'), 'unpaced');
  made.delete('b', '2');
  assert.equal(made.circle('b', 'a'), 'paced');
});

test('an input has its last source only; an element that has gone leads nowhere', () => {
  const made = links(['a', 'b'], ['c', 'b']);
  assert.equal(made.circle('b', 'a'), 'none');
  assert.equal(made.circle('b', 'c'), 'unpaced');
  made.deleteElement('c');
  assert.equal(made.circle('b', 'c'), 'none');
  made.deleteElement('b');
  made.delete('b', 'video');
});
