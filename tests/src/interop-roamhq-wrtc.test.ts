import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/**
 * The native part of @roamhq/wrtc crashes when its process ends, whatever was done before. So the tests run in a process
 * of their own, and what counts is what they report before that.
 */
test('calls with @roamhq/wrtc, in a process of their own', { timeout: 120_000 }, async () => {
  const program = fileURLToPath(new URL('./interop-roamhq-wrtc.js', import.meta.url));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['--test-reporter=tap', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  const count = (name: string): number =>
    Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(output)?.[1] ?? -1);
  assert.ok(count('pass') >= 3, output);
  assert.equal(count('fail'), 0, output);
});
