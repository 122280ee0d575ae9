import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TestClient } from './test-support/test-client.js';

const PROGRAM = fileURLToPath(new URL('./test-support/test-program.js', import.meta.url));

class Run {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly exit: Promise<[number | null, string | null]>;

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (data: Buffer) => (this.out += data));
    this.child.stderr?.on('data', (data: Buffer) => (this.err += data));
    this.exit = once(this.child, 'close') as Promise<[number | null, string | null]>;
  }

  async url(): Promise<string> {
    for (;;) {
      const url = /ws:\/\/\S+/.exec(this.out)?.[0];
      if (url !== undefined) return url;
      await Promise.race([once(this.child.stdout!, 'data'), this.exit]);
      if (this.child.exitCode !== null) throw new Error(this.err);
    }
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends it with exit code 0, clients are closed with 1001`, async () => {
    const run = new Run('--port', '0', '--workers', '2');
    const client = await TestClient.open(await run.url());
    await client.create('MediaPipeline');
    const closed = client.closed();
    run.child.kill(signal);
    // npm passes the signal of the terminal on a second time.
    run.child.kill(signal);
    assert.equal((await closed).code, 1001);
    assert.deepEqual(await run.exit, [0, null], run.err);
    assert.match(run.out, /Test page: +http:/);
  });
}

test('says in one line that the port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const run = new Run('--port', `${port}`, '--log.level', 'silent');
  assert.deepEqual(await run.exit, [69, null]);
  assert.match(run.err, /^rivero: Port \d+ on 127\.0\.0\.1 is in use;.*\n$/);
  other.close();
});

test('says which module it can not load, and starts without one that is optional', async () => {
  const refused = new Run('--port', '0', '--modules', 'no-such-module,/nowhere', '--log.level', 'silent');
  assert.deepEqual(await refused.exit, [78, null]);
  assert.match(
    refused.err,
    /^rivero: module no-such-module: there is no package of this name: .*\nrivero: module \/nowhere: there is no folder \/nowhere\n$/,
  );
  const run = new Run('--port', '0', '--modules', 'optional:no-such-module', '--log.format', 'json');
  const client = await TestClient.open(await run.url());
  await client.create('MediaPipeline');
  assert.match(
    run.out + run.err,
    /The server goes on without the module no-such-module: there is no package/,
  );
  run.child.kill('SIGTERM');
  assert.deepEqual(await run.exit, [0, null], run.err);
});

test('says what is wrong with the configuration', async () => {
  const run = new Run('--port', 'x', '--workers', '0');
  assert.deepEqual(await run.exit, [78, null]);
  assert.equal(run.err.trim().split('\n').length, 2);
  assert.match(run.err, /^rivero: port: /);
});

test('prints help, version and configuration', async () => {
  const [help, version, print] = [
    new Run('--help'),
    new Run('--version'),
    new Run('--print-config', '--port=1'),
  ];
  for (const run of [help, version, print]) assert.deepEqual(await run.exit, [0, null], run.err);
  assert.match(help.out, /--media\.port/);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
  assert.equal((JSON.parse(print.out) as { port: number }).port, 1);
});
