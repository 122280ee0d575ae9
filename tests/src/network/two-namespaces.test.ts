import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../support/process.js';
import { waitFor } from '../support/wait.js';
import { whyNoNamespaces } from './namespace.js';
import { TwoNamespaces } from './two-namespaces.js';

const LISTENER = `let count = 0;
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', () => count++);
socket.bind(5000, () => process.send('ready'));
process.on('message', () => process.send(count));`;
const SENDER = `const socket = require('node:dgram').createSocket('udp4');
let left = Number(process.argv[2]);
const timer = setInterval(() => {
  if (left-- > 0) socket.send(Buffer.alloc(1000), 5000, process.argv[1]);
  else { clearInterval(timer); socket.close(); }
}, 1);`;

function run(launcher: readonly string[], script: string, ...args: string[]) {
  const [program, ...rest] = [...launcher, process.execPath, '-e', script, ...args];
  return spawn(program!, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

describe('two network namespaces', { skip: whyNoNamespaces() }, () => {
  test('the profile decides what arrives', async () => {
    const network = await TwoNamespaces.create(7);
    const listener = run(network.far.launcher, LISTENER);
    try {
      await once(listener, 'message');
      const send = async (count: number): Promise<number> => {
        const sender = run(network.near.launcher, SENDER, network.farAddress, `${count}`);
        await once(sender, 'exit');
        const { down } = await network.counters();
        await waitFor('everything to be delivered or lost', async () => {
          const { delivered, lost, dropped } = (await network.counters()).down;
          return delivered + lost + dropped === down.sent;
        });
        listener.send('how many');
        const [received] = (await once(listener, 'message')) as [number];
        return received;
      };
      assert.equal(await send(50), 50);
      await network.setProfile({ down: { loss: 0.5, delay: 20 }, up: {} });
      const received = (await send(200)) - 50;
      const { down, up } = await network.counters();
      assert.equal(down.sent, 250);
      assert.equal(received, 200 - down.lost);
      assert.ok(down.lost > 60 && down.lost < 140, `${down.lost}`);
      assert.equal(up.sent, 0);
      // 1000 bytes, UDP and IP
      assert.equal(down.deliveredBytes, (50 + received) * 1028);
    } finally {
      listener.kill();
      await network.close();
    }
  });

  test('nothing is left when the process that made them is killed', async () => {
    const module = fileURLToPath(new URL('./two-namespaces.js', import.meta.url));
    const script = `import { TwoNamespaces } from ${JSON.stringify(module)};
      const network = await TwoNamespaces.create();
      process.send(network.processes);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [processes] = (await once(child, 'message')) as [number[]];
    assert.equal(processes.length, 5);
    assert.ok(processes.every(isRunning));
    child.kill('SIGKILL');
    await waitFor('all processes to end', () => !processes.some(isRunning));
  });
});
