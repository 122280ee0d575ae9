import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { Channel, ChannelClosedError, type Nothing, processLink } from './index.js';
import type { EchoMethods } from './test-support/echo-methods.js';

function start() {
  const child = fork(new URL('./test-support/echo-process.js', import.meta.url));
  const channel = new Channel<Nothing, EchoMethods, Nothing, { burst: number }>(processLink(child));
  return { child, channel };
}

test('requests, answers and events between processes, and a clean end', async () => {
  const { child, channel } = start();
  const seen: number[] = [];
  channel.on('burst', (n) => seen.push(n));
  assert.deepEqual(await channel.request('echo', { a: [1, 'x', null] }), { a: [1, 'x', null] });
  assert.equal(await channel.request('burst', 1000), 1000);
  assert.deepEqual(seen, [...Array(1000).keys()]);
  const exit = once(child, 'exit');
  channel.close();
  await channel.closed;
  assert.deepEqual(await exit, [0, null]);
});

test('what a process sent before its end is delivered before the end', async () => {
  const { child, channel } = start();
  const exit = once(child, 'exit');
  let count = 0;
  channel.on('burst', () => count++);
  assert.equal(await channel.request('burstAndDie', 500), 500);
  await channel.closed;
  assert.equal(count, 500);
  await exit;
});

test('kill -9 of the other process fails pending requests', async () => {
  const { child, channel } = start();
  await channel.request('echo', 1);
  const exit = once(child, 'exit');
  const pending = channel.request('never', null);
  child.kill('SIGKILL');
  await assert.rejects(pending, ChannelClosedError);
  await channel.closed;
  assert.deepEqual(await exit, [null, 'SIGKILL']);
});

test('a program that cannot be started closes the link', async () => {
  const child = fork('/nonexistent/program.js', { execPath: '/nonexistent/node' });
  const channel = new Channel<Nothing, EchoMethods, Nothing, Nothing>(processLink(child));
  await assert.rejects(channel.request('echo', 1), ChannelClosedError);
  await channel.closed;
});
