import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { consoleDirectory } from './index.js';

const page = readFileSync(join(consoleDirectory, 'index.html'), 'utf8');

test('every file that the page and its modules refer to is there', () => {
  const files = readdirSync(consoleDirectory);
  const scripts = files.filter((file) => file.endsWith('.js'));
  const references = [
    ...[...page.matchAll(/(?:href|src)="([^"]+)"/g)].map((match) => match[1]),
    ...scripts.flatMap((script) =>
      [...readFileSync(join(consoleDirectory, script), 'utf8').matchAll(/from '\.\/([^']+)'/g)].map(
        (match) => match[1],
      ),
    ),
  ];
  assert.ok(references.length >= 6);
  for (const reference of references) assert.ok(files.includes(reference!), reference);
});

test("the page works under the content security policy default-src 'self'", () => {
  assert.doesNotMatch(page, /<script(?![^>]*\ssrc=)/);
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=/);
  assert.doesNotMatch(page, /(?:href|src)="(?:https?:)?\/\//);
});
