import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathOwners } from './path-owners.js';

const A = [3, '192.0.2.1', 5000] as const;
const B = [3, '192.0.2.1', 5001] as const;

test('a path is of the session that took it last, and nobody else gives it up', () => {
  const paths = new PathOwners();
  assert.equal(paths.ownerOf(...A), undefined);
  paths.take(1, ...A);
  paths.take(2, ...A);
  assert.equal(paths.ownerOf(...A), 2);
  paths.giveUp(1, ...A);
  assert.equal(paths.ownerOf(...A), 2);
  paths.giveUp(2, ...A);
  assert.equal(paths.ownerOf(...A), undefined);
});

test('socket, address and port tell paths apart', () => {
  const paths = new PathOwners();
  paths.take(1, ...A);
  assert.equal(paths.ownerOf(...B), undefined);
  assert.equal(paths.ownerOf(4, A[1], A[2]), undefined);
  assert.equal(paths.ownerOf(A[0], '192.0.2.2', A[2]), undefined);
});

test('a session that ends leaves what others have taken since', () => {
  const paths = new PathOwners();
  paths.take(1, ...A);
  paths.take(1, ...B);
  paths.take(2, ...B);
  paths.giveUpAll(1);
  assert.equal(paths.ownerOf(...A), undefined);
  assert.equal(paths.ownerOf(...B), 2);
  paths.giveUpAll(1);
});
