import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RawClient } from './conformance/raw-client.js';
import { hasGStreamer } from './support/rtp-programs.js';
import { TestServer } from './support/server.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(root, 'docs/modules.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'rivero-first-module-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The commands and files of the page, in their order. */
const blocks = [...page.matchAll(/^```(sh|ts|json)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(
  ([, language, file, text]) => ({
    language,
    file,
    text: text!,
  }),
);

/** As at a terminal in the folder, with `rivero` among the programs. */
function shell(commands: string, cwd: string): string {
  const programs = join(folder, 'bin');
  // The environment of a test runner would make the module's test report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return execFileSync('sh', ['-e', '-c', commands.replaceAll('npx rivero', 'rivero')], {
    cwd,
    env: { ...env, PATH: `${programs}${delimiter}${env.PATH}` },
    encoding: 'utf8',
    timeout: 120_000,
  });
}

const skip = hasGStreamer() ? false : 'needs GStreamer';

test('the first module of the page is made, tested, loaded and used', { skip }, async () => {
  mkdirSync(join(folder, 'bin'));
  symlinkSync(join(root, 'packages/server/bin/rivero.mjs'), join(folder, 'bin/rivero'));
  const [first, second, ...more] = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text);
  assert.deepEqual(more, []);
  assert.match(shell(first!, folder), /^# pass 1$/m);
  const files = blocks.filter(({ language }) => language === 'ts');
  assert.deepEqual(
    files.map(({ file }) => file),
    [
      'src/declaration.ts',
      'src/glow.ts',
      'src/glow.test.ts',
      'src/gain.ts',
      'src/gain.test.ts',
      'src/shrink.ts',
      'src/shrink.test.ts',
      'src/lamp-watch.ts',
      'src/lamp-watch.test.ts',
      'src/stream-meter.ts',
      'src/stream-meter.test.ts',
    ],
  );
  for (const { file, text } of files) writeFileSync(join(folder, 'glow', file!), text);
  const said = shell(second!, join(folder, 'glow'));
  assert.match(said, /^# pass 6$/m);
  assert.match(said, /^glow +0\.1\.0 +\.\/glow +Glow$/m);

  const server = await TestServer.start({ args: ['--modules', join(folder, 'glow')] });
  try {
    const client = await RawClient.open(server.uri);
    const mediaPipeline = await client.create('MediaPipeline');
    const request = JSON.parse(
      blocks.find(({ language }) => language === 'json')!.text.replace('PIPELINE', mediaPipeline),
    );
    const { result } = await client.call(request.method, request.params);
    const object = (result as { value: string }).value;
    assert.match(object, /_glow\.Glow$/);
    const invoke = async (operation: string, operationParams = {}) =>
      (await client.call('invoke', { object, operation, operationParams })).result as { value: unknown };
    assert.equal((await invoke('getThreshold')).value, 200);
    assert.equal((await invoke('measure')).value, 0);
    const manager = 'manager_ServerManager';
    const kmd = await client.call('invoke', {
      object: manager,
      operation: 'getKmd',
      operationParams: { moduleName: 'glow' },
    });
    const descriptor = JSON.parse((kmd.result as { value: string }).value) as {
      remoteClasses: { name: string }[];
    };
    assert.deepEqual(
      descriptor.remoteClasses.map(({ name }) => name),
      ['Glow'],
    );
    client.close();
  } finally {
    await server.stop();
  }
});
