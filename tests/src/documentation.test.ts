import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SERVER_PROGRAM } from './support/server.js';

/** Settings whose defaults depend on where the server runs. */
const OF_THE_MACHINE = new Set(['workers', 'media.senderThreads']);

test('docs/operations.md lists every setting with its environment variable and default', () => {
  const help = execFileSync(process.execPath, [SERVER_PROGRAM, '--help'], { encoding: 'utf8' });
  // Each setting is a line, and a text of several lines below it, at the end of which long defaults are.
  const entries = help.split(/\n {2}(?=--[\w.]+ {2}\()/).slice(1);
  const settings = entries.map((entry) => {
    const [head = '', ...doc] = entry.trimEnd().split(/\n +/);
    const [, name, short, variable] =
      /^--([\w.]+) {2}\(.*?;(?: default (.*);)? (RIVERO_\w+)\)$/.exec(head) ?? [];
    const long = / Default: (.*)$/.exec(doc.join(' '))?.[1]?.replaceAll('", "', '","');
    return [name, variable, OF_THE_MACHINE.has(name!) ? 'number of cores' : `\`${short ?? long}\``];
  });
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w.]+)` \| `(RIVERO_\w+)` \| (.*?) \| /gm)];
  assert.ok(settings.length > 10);
  assert.deepEqual(
    rows.map(([, name, variable, value]) => [name, variable, value]),
    settings,
  );
});

test('log messages that docs/operations.md explains are logged', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8');
  const table = page.slice(page.indexOf('| message |'), page.indexOf('## A call has no picture'));
  const messages = [...table.matchAll(/^\| `(.+?)` \|/gm)].map(([, message]) => message!);
  const sources = ['server', 'media'].flatMap((name) => {
    const folder = join(root, 'packages', name, 'src');
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'));
  });
  assert.ok(messages.length > 10);
  const unknown = messages.filter((message) => !sources.some((text) => text.includes(`'${message}'`)));
  assert.deepEqual(unknown, []);
});
