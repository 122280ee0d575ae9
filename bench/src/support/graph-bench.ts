/** Graph processes and gst-launch side by side, as the benchmarks of processing need them. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Channel, processLink } from '@rivero/channel';
import type { WorkerGraphEnd } from '@rivero/graph/protocol';
import { threadTimes } from './processes.js';

export const VP8 = { name: 'VP8', clockRate: 90_000, channels: 1, parameters: {} };
export const H264 = { ...VP8, name: 'H264' };
export const OPUS = { name: 'opus', clockRate: 48_000, channels: 2, parameters: {} };

export const option = (name: string): string | undefined =>
  process.argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export async function udp(): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 21 });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

export async function freePort(): Promise<number> {
  const socket = await udp();
  const { port } = socket.address();
  socket.close();
  return port;
}

export function launch(description: string): ChildProcess {
  return spawn('gst-launch-1.0', ['-q', ...description.trim().split(/\s+/)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** A graph process of its own. */
export async function startGraph(): Promise<{ graph: WorkerGraphEnd; child: ChildProcess }> {
  const child = fork(fileURLToPath(import.meta.resolve('@rivero/graph/process')));
  const graph: WorkerGraphEnd = new Channel(processLink(child));
  await graph.request('start', { name: 'bench' });
  return { graph, child };
}

/** Cores that a process uses in so many seconds from now, all its threads. */
export async function coresOf(pid: number, seconds: number): Promise<number> {
  const before = threadTimes(pid);
  const start = performance.now();
  await wait(seconds * 1000);
  const elapsed = (performance.now() - start) * 1000;
  let used = 0;
  for (const [thread, micros] of threadTimes(pid)) used += micros - (before.get(thread) ?? 0);
  return used / elapsed;
}

/** What a gst-launch sends as RTP, handed on to ports. */
export class Source {
  readonly targets = new Set<number>();
  packets = 0;
  bytes = 0;
  private constructor(
    private readonly socket: Socket,
    private readonly program: ChildProcess,
  ) {
    socket.on('message', (packet) => {
      this.packets++;
      this.bytes += packet.length;
      for (const port of this.targets) socket.send(packet, port, '127.0.0.1');
    });
  }

  /** @param description gst-launch without the sink */
  static async start(description: string): Promise<Source> {
    const socket = await udp();
    return new Source(
      socket,
      launch(`${description} ! udpsink host=127.0.0.1 port=${socket.address().port} sync=false`),
    );
  }

  stop(): void {
    this.program.kill('SIGKILL');
    this.socket.close();
  }
}

/** Counts pictures that come by RTP. */
export async function pictureCounter(): Promise<{ port: number; pictures: number; close(): void }> {
  const socket = await udp();
  const counter = { port: socket.address().port, pictures: 0, close: () => socket.close() };
  socket.on('message', (packet) => {
    if (packet.length > 12 && packet[1]! & 0x80 && (packet[1]! & 0x7f) === 96) counter.pictures++;
  });
  return counter;
}
