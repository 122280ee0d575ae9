import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./test-support/small-mtu-program.js', import.meta.url));

/** Runs a shell command in a network namespace of its own whose loopback interface has an MTU of 1000. */
function withSmallMtu(command: string): { status: number | null; output: string } {
  const script = `ip link set lo up mtu 1000 && ${command}`;
  const result = spawnSync('unshare', ['--map-root-user', '--net', 'sh', '-c', script], { encoding: 'utf8' });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

const available = withSmallMtu('true').status === 0;

test('joined packets that the route cannot carry are sent one by one', {
  skip: available ? false : 'network namespaces or ip(8) are not available here',
}, () => {
  const { status, output } = withSmallMtu(`exec '${process.execPath}' '${PROGRAM}'`);
  assert.equal(status, 0, output);
  assert.deepEqual(JSON.parse(output), { authentic: 5, fallbacks: 1, sent: 5 });
});
