import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lineage, readApiReference } from './api-reference.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(ROOT, 'docs', 'api');
const pages = new Map(
  readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => [join(FOLDER, file), readFileSync(join(FOLDER, file), 'utf8')]),
);

describe('docs/api', () => {
  test('is what the declaration gives', () => {
    const checked = spawnSync(process.execPath, [join(ROOT, 'scripts/generate-api-docs.mjs'), '--check'], {
      encoding: 'utf8',
    });
    assert.equal(checked.status, 0, checked.stderr);
  });

  test('every link leads to a page and a heading', () => {
    for (const [file, text] of pages) {
      for (const [, target = '', heading] of text.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g)) {
        const page = resolve(dirname(file), target);
        const found = pages.get(page) ?? readFileSync(page, 'utf8');
        if (heading === undefined) continue;
        const headings = [...found.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase());
        assert.ok(headings.includes(heading), `${file} → ${target}#${heading}`);
      }
    }
  });

  test('every class of the reference has a page with its members, and an example if it can be created', () => {
    const reference = readApiReference();
    for (const { name, abstract } of reference.classes.values()) {
      const page = pages.get(join(FOLDER, 'classes', `${name}.md`));
      assert.ok(page, name);
      if (!abstract) assert.match(page, /^## Example$/m, name);
      for (const { properties, methods, events } of lineage(reference, name)) {
        const members = [...properties, ...methods].map((member) => member.name);
        for (const member of [...members, ...events]) {
          assert.ok(page.includes(`### ${member}\n`) || page.includes(`[${member}](`), `${name}: ${member}`);
        }
      }
    }
  });
});
