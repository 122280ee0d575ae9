import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { CacheBudget, RequestCache } from './request-cache.js';

let now = 0;
const budget = (entries = 10, bytes = 1000) => new CacheBudget({ seconds: 20, entries, bytes }, () => now);
const unexpected = () => assert.fail('no repetition');

beforeEach(() => {
  now = 0;
});

test('a repetition gets the answer of the first request', () => {
  const cache = new RequestCache(budget());
  const request = cache.begin(1, 'text', unexpected);
  cache.finish(request!, 'answer');
  const got: string[] = [];
  assert.equal(
    cache.begin(1, 'text', (answer) => got.push(answer)),
    undefined,
  );
  assert.deepEqual(got, ['answer']);
});

test('a repetition while the first runs waits for its answer', () => {
  const cache = new RequestCache(budget());
  const request = cache.begin('a', 'text', unexpected);
  const got: string[] = [];
  for (let i = 0; i < 2; i++)
    assert.equal(
      cache.begin('a', 'text', (answer) => got.push(answer)),
      undefined,
    );
  assert.deepEqual(got, []);
  cache.finish(request!, 'answer');
  assert.deepEqual(got, ['answer', 'answer']);
});

test('another request, another type of id or a later time is no repetition', () => {
  const cache = new RequestCache(budget());
  cache.finish(cache.begin(1, 'text', unexpected)!, 'answer');
  assert.ok(cache.begin('1', 'text', unexpected));
  assert.ok(cache.begin(1, 'other text', unexpected));
  cache.finish(cache.begin(2, 'text', unexpected)!, 'answer');
  now = 20_000;
  assert.ok(cache.begin(2, 'text', unexpected));
});

test('who waits is answered even when the entry has been forgotten', () => {
  const cache = new RequestCache(budget());
  const request = cache.begin(1, 'text', unexpected);
  const got: string[] = [];
  cache.begin(1, 'text', (answer) => got.push(answer));
  cache.begin(1, 'other', unexpected);
  cache.finish(request!, 'answer');
  assert.deepEqual(got, ['answer']);
});

test('entries, bytes and age are bounded, and the bytes are counted right', () => {
  const shared = budget(3, 100);
  const caches = [new RequestCache(shared), new RequestCache(shared)];
  for (let i = 0; i < 10; i++) caches[0]!.finish(caches[0]!.begin(i, 'text', unexpected)!, 'answer');
  assert.equal(caches[0]!.size, 3);
  assert.equal(shared.bytes, 30);
  caches[1]!.begin(1, 'x'.repeat(200), unexpected);
  assert.equal(caches[1]!.size, 0, 'larger than all there is');
  assert.equal(shared.bytes, 30);
  now = 30_000;
  caches[0]!.sweep();
  assert.equal(caches[0]!.size, 0);
  assert.equal(shared.bytes, 0);
});
