/** What lifecycle.test.ts runs in processes and threads: `node lifecycle-program.js MODE`. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, Worker } from 'node:worker_threads';
import { PacketEngine } from '../packet-engine.js';

const PROGRAM = new URL(import.meta.url);
const STUN = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');

/** An engine that gets a STUN message every few milliseconds. */
async function receiving(onBatch: (engine: PacketEngine, count: number) => void): Promise<() => void> {
  const engine: PacketEngine = new PacketEngine({ onBatch: (count) => onBatch(engine, count) });
  const { port } = engine.addSocket('127.0.0.1', 0, 4);
  engine.addSocket('127.0.0.1', 0, 4);
  engine.start();
  const socket = createSocket('udp4');
  const timer = setInterval(() => socket.send(STUN, port, '127.0.0.1'), 2);
  return () => {
    clearInterval(timer);
    socket.close();
    engine.close();
  };
}

function firstBatch(): Promise<{ engine: PacketEngine; stop: () => void }> {
  return new Promise((resolve) => {
    const started = receiving((engine) => void started.then((stop) => resolve({ engine, stop })));
  });
}

async function worker(mode: string, terminate: boolean): Promise<void> {
  const thread = new Worker(PROGRAM, { argv: [mode] });
  // Listened for from the start: the thread may be gone when its message is looked at.
  const exited = once(thread, 'exit');
  await once(thread, 'message');
  if (terminate) await thread.terminate();
  await exited;
}

const modes: Record<string, () => Promise<void>> = {
  close: async () => (await firstBatch()).stop(),
  'close-in-batch': async () => {
    const stop = await receiving((engine) => {
      engine.close();
      stop();
    });
  },
  'remove-sockets-in-batch': async () => {
    const stop = await receiving((engine) => {
      engine.removeSocket(0);
      engine.removeSocket(1);
      setImmediate(stop);
    });
  },
  exit: async () => {
    await firstBatch();
    process.exit(0);
  },
  'exit-in-batch': async () => {
    await receiving(() => process.exit(0));
  },
  'never-started': async () => {
    new PacketEngine({ onBatch: () => {} }).addSocket('127.0.0.1', 0, 4);
  },
  forgotten: async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let i = 0; i < 50; i++) {
      new PacketEngine({ onBatch: () => {} }).addSocket('127.0.0.1', 0, 4);
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  throw: async () => {
    await receiving(() => {
      throw new Error('thrown in the batch');
    });
  },
  // In a thread: report, then do what the name says.
  receive: async () => {
    await firstBatch();
    parentPort?.postMessage('receiving');
  },
  'receive-close': async () => {
    const { stop } = await firstBatch();
    parentPort?.postMessage('receiving');
    stop();
  },
  'receive-exit': async () => {
    await firstBatch();
    parentPort?.postMessage('receiving');
    process.exit(0);
  },
  'receive-busily': async () => {
    await receiving(() => {
      for (const end = performance.now() + 5; performance.now() < end; );
    });
    parentPort?.postMessage('receiving');
  },
  'worker-closes': () => worker('receive-close', false),
  'worker-exits': () => worker('receive-exit', false),
  'worker-terminated': () => worker('receive', true),
  'worker-terminated-under-load': async () => {
    for (let i = 0; i < 5; i++) await worker('receive-busily', true);
  },
  'many-workers': async () => {
    await Promise.all(
      Array.from({ length: 4 }, (_, i) => worker(i % 2 ? 'receive' : 'receive-close', i % 2 === 1)),
    );
  },
  forked: async () => {
    await firstBatch();
    process.on('message', () => process.exit(0));
    process.on('disconnect', () => process.exit(0));
    process.send?.('receiving');
  },
};

await modes[process.argv.at(-1) ?? '']?.();
