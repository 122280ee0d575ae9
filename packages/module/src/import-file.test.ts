import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { importFile } from './import-file.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-import-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return pathToFileURL(join(folder, name)).href;
}

test('what can not be parsed is told with file and line, also where another file imports it', async () => {
  const url = write('broken.mjs', 'export const a = 1;\nlet x = ;\n');
  const place = `${join(folder, 'broken.mjs')}:2: `;
  await assert.rejects(importFile(url), (error: Error) => error.message.startsWith(place));
  const importing = write('importing.mjs', "import { a } from './broken.mjs';\nexport default a;\n");
  await assert.rejects(importFile(importing), (error: Error) => error.message.startsWith(place));
  const missing = write('missing.mjs', "\nimport { nothing } from './good.mjs';\nexport default nothing;\n");
  write('good.mjs', 'export default 5;\n');
  await assert.rejects(importFile(missing), { message: /missing\.mjs:2: .*'nothing'/ });
  assert.equal((await importFile(pathToFileURL(join(folder, 'good.mjs')).href)).default, 5);
});

test('what a file throws comes as it is', async () => {
  await assert.rejects(importFile(write('json.mjs', "JSON.parse('{');")), (error: Error) => {
    assert.ok(error instanceof SyntaxError);
    return !error.message.includes('json.mjs');
  });
  await assert.rejects(importFile(write('throws.mjs', "throw new RangeError('mine');")), {
    name: 'RangeError',
    message: 'mine',
  });
});

test('a file that waits for ever is given up', async () => {
  await assert.rejects(importFile(write('waits.mjs', 'await new Promise(() => {});'), 50), {
    message: /^it is not loaded after 0\.05 s/,
  });
});
