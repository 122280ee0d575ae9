import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestToken } from './request-token.js';

test('the token comes from the header, or else from the query', () => {
  assert.equal(requestToken('/kurento', {}), undefined);
  assert.equal(requestToken(undefined, {}), undefined);
  assert.equal(requestToken('/kurento?access_token=a%2Bb', {}), 'a+b');
  assert.equal(requestToken('/kurento?x=1&access_token=abc', { authorization: 'Basic eDp5' }), 'abc');
  assert.equal(requestToken('/kurento?access_token=', {}), undefined);
  assert.equal(requestToken('/?access_token=a', { authorization: 'Bearer b.c' }), 'b.c');
  assert.equal(requestToken('/', { authorization: 'bearer  b ' }), 'b');
  assert.equal(requestToken('/', { authorization: 'Bearer a b' }), undefined);
});
