import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StaticTokens } from './static-tokens.js';

test('finds tokens, their names are their subjects', () => {
  const tokens = new StaticTokens(['alice:0123456789abcdef', 'QUJDREVGR0hJSktMTU5PUA==']);
  assert.equal(tokens.find('0123456789abcdef')?.subject, 'alice');
  assert.match(tokens.find('QUJDREVGR0hJSktMTU5PUA==')?.subject ?? '', /^token-[0-9a-f]{12}$/);
  for (const wrong of ['', 'alice', 'alice:0123456789abcdef', '0123456789abcdeF', '0123456789abcde']) {
    assert.equal(tokens.find(wrong), undefined, wrong);
  }
});

test('a file has comments and empty lines', () => {
  const tokens = StaticTokens.parse('# tokens\n\nbob:aaaaaaaaaaaaaaaa\r\n  bbbbbbbbbbbbbbbb\n');
  assert.equal(tokens.find('aaaaaaaaaaaaaaaa')?.subject, 'bob');
  assert.ok(tokens.find('bbbbbbbbbbbbbbbb'));
  assert.equal(tokens.find('# tokens'), undefined);
});

test('tokens that can be guessed or sent wrongly are refused without being named', () => {
  for (const line of ['short', 'name:short', 'with space in between', 'a:b:0123456789abcdef', '']) {
    assert.throws(
      () => new StaticTokens(['0123456789abcdef', line]),
      (error: Error) => /token 2 /.test(error.message) && (line === '' || !error.message.includes(line)),
      line,
    );
  }
});
