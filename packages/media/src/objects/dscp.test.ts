import assert from 'node:assert/strict';
import { test } from 'node:test';
import { builtInModules, type ModuleDecl } from '@rivero/api';
import { codePointOf } from './dscp.js';

test('every DSCPValue has its code point', () => {
  assert.equal(codePointOf('EF', 'NO_DSCP'), 46);
  assert.equal(codePointOf('VIDEO_HIGH', 'EF'), 36);
  assert.equal(codePointOf('NO_VALUE', 'AF41'), 34);
  assert.equal(codePointOf('NO_VALUE', 'NO_DSCP'), 0);
  assert.equal(codePointOf('NO_DSCP', 'EF'), 0);
  const unmarked = ['NO_DSCP', 'NO_VALUE', 'CS0', 'AUDIO_LOW', 'VIDEO_LOW', 'DATA_LOW', 'CHROME_LOW'];
  const modules: readonly ModuleDecl[] = builtInModules;
  const type = modules.flatMap(({ complexTypes }) => complexTypes).find(({ name }) => name === 'DSCPValue');
  assert.ok(type?.kind === 'enum');
  for (const value of type.values) {
    const codePoint = codePointOf(value, 'NO_DSCP');
    assert.ok(codePoint >= 0 && codePoint <= 63);
    assert.equal(codePoint === 0, unmarked.includes(value), value);
  }
});
