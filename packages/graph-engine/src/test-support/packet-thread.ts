// A worker thread with a port: sends back what comes, with its first byte changed, and tells of it; or misbehaves.
import { parentPort, workerData } from 'node:worker_threads';
import { PacketPort } from '../packet-port.js';

const { to, does } = workerData as { to: number; does: 'echo' | 'give' | 'close' | 'spare' };
const port = new PacketPort(() => {
  try {
    take();
  } catch (error) {
    parentPort!.postMessage({ error: String(error) });
  }
});

function take(): void {
  const count = port.receive();
  for (let i = 0; i < count; i++) {
    const [begin, length] = [port.begin(i), port.length(i)];
    parentPort!.postMessage({ length, age: port.age(i), count });
    if (length === 0) continue;
    port.memory[begin] = 0x21;
    port.queue(begin, length);
  }
  if (does === 'give') structuredClone(port.memory.buffer, { transfer: [port.memory.buffer as ArrayBuffer] });
  port.flush();
  if (does === 'close') {
    port.close();
    port.close();
    parentPort!.postMessage({ afterwards: port.receive() });
  }
  port.wait();
}

port.connect(to);
port.wait();
parentPort!.postMessage({ port: port.port });
