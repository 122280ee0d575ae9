import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatParameter, formatParametersText, numericParameter, parseFormatParameters } from './fmtp.js';

test('parameters keep their order and their text', () => {
  for (const text of [
    'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
    '111/111',
    '0-15',
    'sprop-parameter-sets=Z0LAH9oBQBbsBagICAoAAAMAAgAAAwB5HjBlQA==,aM48gA==',
  ]) {
    assert.equal(formatParametersText(parseFormatParameters(text)), text);
  }
});

test('blanks, empty parts and repetitions are tolerated', () => {
  const parameters = parseFormatParameters(' minptime = 10; useinbandfec=1 ;;minptime=20; =x');
  assert.deepEqual(
    [...parameters],
    [
      ['minptime', '10'],
      ['useinbandfec', '1'],
    ],
  );
});

test('names have no case and hostile names are only names', () => {
  const parameters = parseFormatParameters('Profile-Id=2;__proto__=1;constructor=3');
  assert.equal(formatParameter(parameters, 'profile-id'), '2');
  assert.equal(formatParameter(parameters, '__proto__'), '1');
  assert.equal(formatParameter(parameters, 'toString'), undefined);
});

test('a number that is none gives the fallback', () => {
  const parameters = parseFormatParameters('a=2;b=x;c=-1;d=99999999999999999999;e=');
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => numericParameter(parameters, name, 7)),
    [2, 7, 7, 7, 7, 7],
  );
});
