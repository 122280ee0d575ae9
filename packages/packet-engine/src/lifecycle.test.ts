import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const PROGRAM = fileURLToPath(new URL('./test-support/lifecycle-program.js', import.meta.url));

/** Ends how a process ends: exit code, and nothing on stderr (no abort, no assertion). */
async function run(mode: string): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, mode], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (data) => {
    complaints += data;
  });
  const [code, signal] = await once(child, 'close');
  assert.deepEqual({ code, signal, complaints }, { code: 0, signal: null, complaints: '' });
}

for (const mode of [
  'close', // the loop ends by itself
  'close-in-batch',
  'remove-sockets-in-batch',
  'exit', // process.exit with live sockets
  'exit-in-batch',
  'never-started',
  'forgotten', // garbage collected without close
  'worker-closes',
  'worker-exits',
  'worker-terminated',
  'worker-terminated-under-load',
  'many-workers',
]) {
  test(`a process ends cleanly: ${mode}`, () => run(mode));
}

test('an exception in the batch callback is an uncaught exception', async () => {
  const child = spawn(process.execPath, [PROGRAM, 'throw'], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (data) => {
    complaints += data;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 1);
  assert.match(complaints, /Error: thrown in the batch/);
});

test('a forked child ends cleanly when it is told to, and when its parent goes away', async () => {
  for (const end of ['message', 'disconnect'] as const) {
    const child = fork(PROGRAM, ['forked'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    await once(child, 'message');
    if (end === 'message') child.send('exit');
    else child.disconnect();
    const [code, signal] = await once(child, 'exit');
    assert.deepEqual({ code, signal }, { code: 0, signal: null });
  }
});

test('a worker thread may be terminated while it receives', async () => {
  for (let i = 0; i < 5; i++) {
    const worker = new Worker(PROGRAM, { argv: ['receive'] });
    await once(worker, 'message');
    await worker.terminate();
  }
});
