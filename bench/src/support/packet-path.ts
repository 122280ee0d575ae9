import { fork, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { Channel, processLink } from '@rivero/channel';
import type { FrameStatistics, WorkerGraphEnd } from '@rivero/graph/protocol';

const WARM_UP_MS = 2000;
const TICK_MS = 10;
const PACKET_BYTES = 1100;
const SSRC = 21;
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface PacketPathResult {
  name: string;
  packetsPerSecond: number;
  cores: number;
  /** Processor time of the process for each packet, µs. */
  microsPerPacket: number;
  /** Inside the implementation, µs. */
  meanMicros: number | undefined;
  dropped: number | undefined;
}

/** Something that packets are sent to, and come back from. */
interface Subject {
  readonly pid: number;
  readonly port: number;
  statistics(): Promise<FrameStatistics | undefined>;
  stop(): void;
}

async function inThread(body: string, back: number): Promise<Subject> {
  const child = fork(new URL(import.meta.resolve('@rivero/graph/process')));
  const graph: WorkerGraphEnd = new Channel(processLink(child));
  await graph.request('start', { name: 'bench' });
  const params = {
    kind: 'packetProcessor',
    url: `data:text/javascript,${encodeURIComponent(body)}`,
    className: 'Bench',
    params: {},
    properties: {},
    methods: [],
    readable: [],
    writable: [],
    events: [],
    kept: {},
    access: { folders: [], uriSchemes: [], uriHosts: [] },
    timeoutMs: 10_000,
  };
  await graph.request('createElement', { element: 'e', type: 'Module', params });
  const invoke = (method: string, given: Record<string, unknown>): Promise<unknown> =>
    graph.request('invoke', { element: 'e', method, params: given });
  const streams = [{ kind: 'video', input: SSRC, output: SSRC + 1 }];
  const { port } = (await invoke('openPackets', { port: back, streams })) as { port: number };
  await invoke('packetCodec', { payloadType: 96, name: 'VP8', clockRate: 90_000 });
  return {
    pid: child.pid!,
    port,
    statistics: async () => (await graph.request('statistics', { element: 'e' })) ?? undefined,
    stop: () => graph.close(),
  };
}

/** The same packets through GStreamer's elements, which do nothing with them. */
function throughGStreamer(port: number, back: number): Subject {
  const chain = `udpsrc address=127.0.0.1 port=${port} ! identity ! udpsink host=127.0.0.1 port=${back} sync=false async=false`;
  const child = spawn('gst-launch-1.0', ['-q', ...chain.split(' ')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { pid: child.pid!, port, statistics: async () => undefined, stop: () => child.kill('SIGKILL') };
}

/** Sends packets like those of video, a few each ten milliseconds, until the returned function is called. */
function send(socket: Socket, to: number, packetsPerSecond: number): () => void {
  let sequence = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < (packetsPerSecond * TICK_MS) / 1000; i++) {
      const packet = Buffer.alloc(PACKET_BYTES, 7);
      packet.set([0x80, 96, (sequence >> 8) & 0xff, sequence & 0xff], 0);
      packet.writeUInt32BE((sequence * 300) >>> 0, 4);
      packet.writeUInt32BE(SSRC, 8);
      sequence++;
      socket.send(packet, to, '127.0.0.1');
    }
  }, TICK_MS);
  return () => clearInterval(timer);
}

const SEAL = `import { createCipheriv } from 'node:crypto';
const key = Buffer.alloc(16, 1), nonce = Buffer.alloc(12);
export default class {
  static opaque = true;
  onPacket(packet) {
    nonce.writeUInt16BE(packet.sequence, 10);
    const cipher = createCipheriv('aes-128-gcm', key, nonce);
    const sealed = cipher.update(packet.payload);
    cipher.final();
    packet.payload = Buffer.concat([sealed, cipher.getAuthTag()]);
  }
}`;
const BODIES: readonly [name: string, body: string | undefined][] = [
  ['processor that does nothing', 'export default class { onPacket() {} }'],
  ['… that only looks (passive)', 'export default class { static passive = true; onPacket() {} }'],
  ['… that encrypts (AES-128-GCM of node:crypto, opaque)', SEAL],
  ['gst-launch: udpsrc ! identity ! udpsink', undefined],
];

/** What it costs that RTP packets go through a PacketProcessor, as processor time of its graph process. */
export async function measurePackets(
  seconds: number,
  cpuSeconds: (pid: number) => number,
  freePort: () => Promise<number>,
): Promise<PacketPathResult[]> {
  const results: PacketPathResult[] = [];
  for (const wanted of [500, 5000]) {
    for (const [name, body] of BODIES) {
      const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      let back = 0;
      socket.on('message', () => back++);
      const { port } = socket.address();
      const subject =
        body === undefined ? throughGStreamer(await freePort(), port) : await inThread(body, port);
      await wait(1000);
      const stop = send(socket, subject.port, wanted);
      await wait(WARM_UP_MS);
      const [begin, used, came] = [performance.now(), cpuSeconds(subject.pid), back];
      const first = await subject.statistics();
      await wait(seconds * 1000);
      const last = await subject.statistics();
      const elapsed = (performance.now() - begin) / 1000;
      const cores = (cpuSeconds(subject.pid) - used) / elapsed;
      stop();
      subject.stop();
      socket.close();
      const packets = last === undefined ? back - came : last.framesProcessed - first!.framesProcessed;
      results.push({
        name,
        packetsPerSecond: packets / elapsed,
        cores,
        microsPerPacket: (cores * 1e6 * elapsed) / packets,
        meanMicros: last?.meanMicros,
        dropped: last === undefined ? undefined : last.framesDropped - first!.framesDropped,
      });
    }
  }
  return results;
}
