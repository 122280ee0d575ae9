import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { isGraphEngineBuilt } from './addon.js';
import { gstreamerVersion } from './registry.js';
import { until } from './test-support/running-pipeline.js';

interface Told {
  port?: number;
  length?: number;
  age?: number;
  count?: number;
  error?: string;
  afterwards?: number;
}

const skip = isGraphEngineBuilt() ? false : 'needs GStreamer';

/** A thread with a port, and a socket that it is connected to. */
async function opened(context: TestContext, does: string) {
  // The first thread that loads the addon has GStreamer, the others have ports.
  gstreamerVersion();
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const back: Buffer[] = [];
  socket.on('message', (data) => back.push(data));
  const told: Told[] = [];
  const thread = new Worker(new URL('./test-support/packet-thread.js', import.meta.url), {
    workerData: { to: socket.address().port, does },
  });
  thread.on('message', (message: Told) => told.push(message));
  context.after(async () => {
    socket.close();
    await thread.terminate();
  });
  await until(() => told[0]?.port !== undefined);
  const { port } = told.shift()!;
  return {
    socket,
    thread,
    told,
    back,
    port: port!,
    send: (data: Buffer) => socket.send(data, port!, '127.0.0.1'),
  };
}

test('what comes is seen where it is, and goes back as it is by then', { skip }, async (context) => {
  const { send, told, back } = await opened(context, 'echo');
  for (let i = 0; i < 100; i++) send(Buffer.from(`packet ${i}`));
  await until(() => back.length === 100);
  assert.deepEqual(
    back.map(String),
    Array.from({ length: 100 }, (_, i) => `!acket ${i}`),
  );
  assert.ok(told.every(({ age = -1 }) => age >= 0 && age < 60_000));
});

test('what is too long has no length; what others send is not taken', { skip }, async (context) => {
  const { send, told, back, port } = await opened(context, 'echo');
  const stranger = createSocket('udp4');
  context.after(() => stranger.close());
  const strange = Buffer.from('strange');
  await new Promise((resolve) => stranger.send(strange, port, '127.0.0.1', resolve));
  send(Buffer.alloc(1601));
  send(Buffer.alloc(1600, 1));
  await until(() => back.length === 1);
  assert.deepEqual(
    told.map(({ length }) => length),
    [0, 1600],
  );
  assert.equal(back[0]!.length, 1600);
});

test('memory that was given away is an error, and nothing else', { skip }, async (context) => {
  const { send, told } = await opened(context, 'give');
  send(Buffer.from('hello'));
  await until(() => told.some(({ error }) => error !== undefined));
  assert.match(told.at(-1)!.error!, /given to another thread/);
});

test('a closed port is free again, also when its thread just ends', { skip }, async (context) => {
  const free = async (port: number): Promise<void> => {
    const socket = createSocket('udp4');
    for (let isBound = false; !isBound; ) {
      socket.bind(port, '127.0.0.1');
      isBound = await Promise.race([
        once(socket, 'listening').then(() => true),
        once(socket, 'error').then(() => false),
      ]);
    }
    socket.close();
  };
  const closing = await opened(context, 'close');
  closing.send(Buffer.from('hello'));
  await until(() => closing.told.some(({ afterwards }) => afterwards === 0));
  await free(closing.port);
  const ending = await opened(context, 'echo');
  ending.send(Buffer.from('hello'));
  await until(() => ending.back.length === 1);
  await ending.thread.terminate();
  await free(ending.port);
});
