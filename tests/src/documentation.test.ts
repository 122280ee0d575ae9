import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
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
