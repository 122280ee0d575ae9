import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { SentPacket, TestPacket } from '@rivero/module/testing';
import { headerLength } from '../processors/packet-view.js';
import type { PacketCodecRequest, PacketsRequest, StreamKind } from '../protocol.js';

const CLOCK_RATES: Readonly<Record<string, number>> = { opus: 48_000, PCMU: 8000, PCMA: 8000, G722: 8000 };
const SSRC: Readonly<Record<StreamKind, { input: number; output: number }>> = {
  audio: { input: 11, output: 12 },
  video: { input: 21, output: 22 },
};

interface Thread {
  openPackets(request: PacketsRequest): Promise<unknown>;
  packetCodec(request: PacketCodecRequest): Promise<unknown>;
}

/** The worker's side of a tested PacketProcessor: what goes in, and what comes out. */
export class PacketEnds {
  readonly #socket: Socket;
  readonly #thread: Thread;
  readonly #codecs: string[] = [];
  readonly #sequences: Record<StreamKind, number> = { audio: 0, video: 0 };
  #port = 0;

  private constructor(socket: Socket, thread: Thread) {
    this.#socket = socket;
    this.#thread = thread;
  }

  static async open(thread: Thread, take: (packet: TestPacket) => void): Promise<PacketEnds> {
    const socket = createSocket('udp4');
    const ends = new PacketEnds(socket, thread);
    socket.on('message', (bytes) => take(ends.#read(bytes)));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const streams = (['audio', 'video'] as const).map((kind) => ({ kind, ...SSRC[kind] }));
    const { port } = (await thread.openPackets({ port: socket.address().port, streams })) as { port: number };
    ends.#port = port;
    return ends;
  }

  async send({ kind, codec, payload, timestamp, marker = false }: SentPacket): Promise<void> {
    let type = this.#codecs.indexOf(codec);
    if (type < 0) {
      type = this.#codecs.push(codec) - 1;
      const clockRate = CLOCK_RATES[codec] ?? 90_000;
      await this.#thread.packetCodec({ payloadType: 96 + type, name: codec, clockRate });
    }
    const sequence = this.#sequences[kind]++;
    const header = Buffer.alloc(12);
    header[0] = 0x80;
    header[1] = (96 + type) | (marker ? 0x80 : 0);
    header.writeUInt16BE(sequence & 0xffff, 2);
    header.writeUInt32BE((timestamp ?? 0) >>> 0, 4);
    header.writeUInt32BE(SSRC[kind].input, 8);
    const bytes = Buffer.concat([header, payload]);
    await new Promise<void>((resolve, reject) =>
      this.#socket.send(bytes, this.#port, '127.0.0.1', (error) => (error ? reject(error) : resolve())),
    );
  }

  #read(bytes: Buffer): TestPacket {
    const header = headerLength(bytes, 0, bytes.length);
    return {
      kind: bytes.readUInt32BE(8) === SSRC.audio.output ? 'audio' : 'video',
      codec: this.#codecs[(bytes[1]! & 0x7f) - 96] ?? '',
      marker: bytes[1]! >= 0x80,
      sequence: bytes.readUInt16BE(2),
      timestamp: bytes.readUInt32BE(4),
      payload: Uint8Array.from(bytes.subarray(header)),
    };
  }

  close(): void {
    this.#socket.close();
  }
}
