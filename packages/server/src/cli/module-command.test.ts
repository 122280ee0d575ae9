import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { SCAFFOLD_KINDS } from '@rivero/module/scaffold';
import { runModuleCommand } from './module-command.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-new-'));
after(() => rmSync(folder, { recursive: true, force: true }));

async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const code = await runModuleCommand(
    words,
    (text) => {
      out += text;
    },
    (text) => {
      err += text;
    },
  );
  return { code, out, err };
}

const skip = existsSync(new URL('../../../graph-engine/build', import.meta.url)) ? false : 'needs GStreamer';

for (const kind of SCAFFOLD_KINDS) {
  test(`a new module of the kind ${kind} compiles, passes its test, and loads`, { skip }, async () => {
    const path = join(folder, `my-${kind}`);
    const made = await run('module', 'new', path, '--kind', kind);
    assert.deepEqual([made.code, made.err], [0, '']);
    // The environment of a test runner would make the module's test report to it.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync('npm', ['test'], {
      cwd: path,
      env,
      encoding: 'utf8',
      timeout: 120_000,
    });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^# pass 1$/m);
    const { code, out, err } = await run('modules', '--modules', path);
    assert.deepEqual([code, err], [0, '']);
    const className = `My${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
    assert.match(out, new RegExp(`^my${kind} +0\\.1\\.0 +${path} +${className}$`, 'm'));
    assert.match(out, /^core +7\.\d+\.\d+ +\(built in\) +HubPort MediaPipeline/m);
  });
}

test('new modules load beside each other', { skip }, async () => {
  const paths = SCAFFOLD_KINDS.map((kind) => join(folder, `my-${kind}`));
  const { code, err } = await run('modules', '--modules', paths.join(','));
  assert.deepEqual([code, err], [0, '']);
});

test('what can not be made is told, and nothing is left', async () => {
  const cases: [string[], number, RegExp][] = [
    [['module'], 64, /^Usage: rivero modules/],
    [['module', 'new'], 64, /^Usage/],
    [['module', 'old', 'x'], 64, /^Usage/],
    [
      ['module', 'new', join(folder, 'Big Name')],
      1,
      /'Big Name' can't be the name of a module: use small letters/,
    ],
    [
      ['module', 'new', join(folder, 'other'), '--kind', 'magic'],
      1,
      /there is no kind 'magic': use bin, video/,
    ],
    [['module', 'new', 'a', '--colour', 'red'], 1, /Unknown option '--colour'/],
    [['module', 'link', join(folder, 'nowhere')], 1, /nowhere has no package\.json/],
    [['modules', '--modules', 'no-such-module'], 1, /^rivero: module no-such-module: there is no package/],
    [['modules', '--port', 'x'], 78, /^rivero: .*port/],
  ];
  for (const [words, code, text] of cases) {
    const ended = await run(...words);
    assert.equal(ended.code, code, words.join(' '));
    assert.match(ended.err, text);
  }
  assert.equal(existsSync(join(folder, 'other')), false);
  // What is there is never written over.
  assert.equal((await run('module', 'new', join(folder, 'twice'))).code, 0);
  const again = await run('module', 'new', join(folder, 'twice'));
  assert.deepEqual([again.code, /is there already/.test(again.err)], [1, true]);
});
