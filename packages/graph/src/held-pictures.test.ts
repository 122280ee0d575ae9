import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hasElement, isGraphEngineBuilt } from '@rivero/graph-engine';
import { CountedReceiver, makeCountedFile } from './test-support/counted-pictures.js';
import { GraphProcess } from './test-support/graph-process.js';
import { waitFor } from './test-support/wait-for.js';

const PICTURES = 6;
/** How each codec is made by ffmpeg, all of it key frames, and put into RTP. */
const SOURCES = {
  VP8: { encode: ['libvpx', '-g', '1', '-b:v', '1M'], pay: 'rtpvp8pay' },
  VP9: { encode: ['libvpx-vp9', '-g', '1', '-b:v', '1M', '-deadline', 'realtime'], pay: 'rtpvp9pay' },
  H264: {
    encode: ['libx264', '-g', '1', '-tune', 'zerolatency'],
    pay: 'h264parse ! rtph264pay config-interval=-1',
  },
  H265: {
    encode: ['libx265', '-x265-params', 'keyint=1:log-level=none'],
    pay: 'h265parse ! rtph265pay config-interval=-1',
  },
} as const;
type CodecName = keyof typeof SOURCES;

const formatOf = (name: string) => ({ name, clockRate: 90_000, channels: 0, parameters: {} });
const AGAIN_MS = 300;
const isMarked = (packet: Buffer): boolean => (packet[1]! & 0x80) !== 0;

/** RTP packets of each picture of a file. */
async function packetsOf(path: string, pay: string): Promise<Buffer[][]> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const pictures: Buffer[][] = [[]];
  socket.on('message', (packet) => {
    pictures.at(-1)!.push(packet);
    if (isMarked(packet)) pictures.push([]);
  });
  const chain = `filesrc location=${path} ! matroskademux ! ${pay} mtu=1200 ! udpsink host=127.0.0.1 port=${socket.address().port} sync=false`;
  const program = spawn('gst-launch-1.0', ['-q', ...chain.split(' ')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await waitFor('all packets', () => pictures.length > PICTURES);
  program.kill('SIGKILL');
  socket.close();
  return pictures.slice(0, PICTURES);
}

/** Somebody shows a slide: it must be seen before the next one comes. */
describe('a picture after which nothing comes for a long time', {
  skip: !isGraphEngineBuilt() && 'no GStreamer',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-held-'));
  let socket: Socket;

  before(async () => {
    socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
  });
  after(() => {
    socket.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function slidesOf(codec: CodecName): Promise<Buffer[][]> {
    const path = join(folder, `${codec}.mkv`);
    const { encode, pay } = SOURCES[codec];
    makeCountedFile(1, PICTURES, ['-c:v', ...encode, '-an', path]);
    return packetsOf(path, pay);
  }

  for (const [from, name, needed] of [
    ['VP8', 'VP8', 'vp8enc'],
    ['VP8', 'VP9', 'vp9enc'],
    ['VP8', 'H264', 'x264enc'],
    ['VP8', 'H265', 'x265enc'],
    ['VP9', 'VP8', 'vp9dec'],
    ['H264', 'VP8', 'avdec_h264'],
    ['H265', 'VP8', 'avdec_h265'],
  ] as const) {
    test(`comes out, ${name} made of ${from}`, { skip: !hasElement(needed) && `no ${needed}` }, async () => {
      const pictures = await slidesOf(from);
      const graph = await GraphProcess.start();
      const receiver = await CountedReceiver.start(name);
      try {
        const input = { input: 'in', kind: 'video', codec: formatOf(from), payloadType: 96 } as const;
        const { rtpPort } = await graph.request('createInput', input);
        await graph.request('createOutput', {
          output: 'out',
          stream: 'in',
          encode: { codec: formatOf(name) },
          port: receiver.port,
          payloadType: 96,
          ssrc: 7,
          mtu: 1200,
        });
        await graph.request('startOutput', { output: 'out' });
        let sequence = 0;
        const began = performance.now();
        const send = (picture: readonly Buffer[]): void => {
          const timestamp = Math.round((performance.now() - began) * 90);
          for (const packet of picture) {
            packet.writeUInt16BE(sequence++ & 0xffff, 2);
            packet.writeUInt32BE(timestamp, 4);
            socket.send(packet, rtpPort, '127.0.0.1');
          }
        };
        // Until all of it runs, receiver and encoder.
        let sent = 0;
        await waitFor('the first picture', () => {
          if (performance.now() - began > sent * AGAIN_MS) {
            send(pictures[0]!);
            sent++;
          }
          return receiver.last !== undefined;
        });
        for (let number = 1; number < PICTURES; number++) {
          send(pictures[number]!);
          await waitFor(`picture ${number}`, () => receiver.last?.number === number);
        }
      } finally {
        receiver.close();
        await graph.close();
      }
    });
  }
});
