import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { SERVER_PROGRAM } from './support/server.js';

/** Settings whose defaults depend on where the server runs. */
const OF_THE_MACHINE = new Set(['workers', 'media.senderThreads']);

test('docs/operations.md lists every setting with its environment variable and default', () => {
  const help = execFileSync(process.execPath, [SERVER_PROGRAM, '--help'], { encoding: 'utf8' });
  const settings = [...help.matchAll(/^ +--([\w.]+) {2}\(.*; default (.*); (RIVERO_\w+)\)$/gm)].map(
    ([, name, value, variable]) => [
      name,
      variable,
      OF_THE_MACHINE.has(name!) ? 'number of cores' : `\`${value}\``,
    ],
  );
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([\w.]+)` \| `(RIVERO_\w+)` \| (.*?) \| /gm)];
  assert.ok(settings.length > 10);
  assert.deepEqual(
    rows.map(([, name, variable, value]) => [name, variable, value]),
    settings,
  );
});
