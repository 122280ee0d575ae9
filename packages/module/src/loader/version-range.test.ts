import assert from 'node:assert/strict';
import test from 'node:test';
import { satisfies } from './version-range.js';

test('ranges take the versions that npm takes', () => {
  const cases: readonly [range: string, inside: readonly string[], outside: readonly string[]][] = [
    ['^7.1.0', ['7.1.0', '7.3.1', '7.3.1-SNAPSHOT'], ['7.0.9', '8.0.0', '6.18.0']],
    ['^0.1.0', ['0.1.0', '0.1.9'], ['0.2.0', '1.0.0', '0.0.9']],
    ['^0.0.3', ['0.0.3'], ['0.0.4', '0.0.2']],
    ['^0', ['0.9.9'], ['1.0.0']],
    ['~1.2.3', ['1.2.3', '1.2.9'], ['1.3.0', '1.2.2']],
    ['~1', ['1.9.0'], ['2.0.0']],
    ['1.2.3', ['1.2.3'], ['1.2.4']],
    ['1.2', ['1.2.0', '1.2.9'], ['1.3.0']],
    ['1.x', ['1.0.0', '1.9.9'], ['2.0.0']],
    ['*', ['0.0.0', '9.9.9'], []],
    ['', ['1.0.0'], []],
    ['>=1.2 <2', ['1.2.0', '1.99.0'], ['1.1.9', '2.0.0']],
    ['> 1.2', ['1.3.0'], ['1.2.9']],
    ['<=1.2', ['1.2.9', '1.0.0'], ['1.3.0']],
    ['^6.0.0 || ^7.0.0', ['6.18.0', '7.0.0'], ['5.0.0', '8.0.0']],
  ];
  for (const [range, inside, outside] of cases) {
    for (const version of inside) assert.equal(satisfies(version, range), true, `${version} in ${range}`);
    for (const version of outside) assert.equal(satisfies(version, range), false, `${version} in ${range}`);
  }
});

test('what is no range or no version is refused', () => {
  for (const range of ['latest', '1.2.3.4', '>', '^', 'a || b', '1..2'])
    assert.throws(() => satisfies('1.0.0', range), /is no range/);
  assert.throws(() => satisfies('1.0', '*'), /is no version/);
});
