import { type AddressInfo, connect, createServer, type Server } from 'node:net';

const HANDSHAKE = 1 + 2 * 1536;
const HEADERS = [11, 7, 3, 0];
const SET_CHUNK_SIZE = 1;
/** Audio, video and data. */
const MEDIA = new Set([8, 9, 18]);

interface ChunkStream {
  length: number;
  type: number;
  left: number;
  isExtended: boolean;
}

/**
 * What an RTMP server sends, with its media in message stream 1 (Adobe RTMP 1.0, 5.3.1): that of ffmpeg's `-listen` is in stream 0, which it
 * has not made, and strict clients ignore it.
 */
class StreamMender {
  #rest = Buffer.alloc(0);
  #handshake = HANDSHAKE;
  #chunkSize = 128;
  readonly #streams = new Map<number, ChunkStream>();

  mend(data: Buffer): Buffer {
    const bytes = Buffer.concat([this.#rest, data]);
    let at = Math.min(this.#handshake, bytes.length);
    this.#handshake -= at;
    for (;;) {
      const end = this.#chunk(bytes, at);
      if (end === undefined) break;
      at = end;
    }
    this.#rest = Buffer.from(bytes.subarray(at));
    return bytes.subarray(0, at);
  }

  /** Where the chunk ends that begins there; undefined while it is not whole. */
  #chunk(bytes: Buffer, start: number): number | undefined {
    if (this.#handshake > 0 || bytes.length < start + 3) return undefined;
    const format = bytes[start]! >> 6;
    const id = bytes[start]! & 63;
    let at = start + (id === 0 ? 2 : id === 1 ? 3 : 1);
    const header = at;
    at += HEADERS[format]!;
    if (bytes.length < at + 4) return undefined;
    const former = this.#streams.get(id);
    const isExtended =
      format === 3 ? (former?.isExtended ?? false) : bytes.readUIntBE(header, 3) === 0xffffff;
    if (isExtended) at += 4;
    const length = format < 2 ? bytes.readUIntBE(header + 3, 3) : (former?.length ?? 0);
    const type = format < 2 ? bytes[header + 6]! : (former?.type ?? 0);
    const left = former !== undefined && former.left > 0 ? former.left : length;
    const end = at + Math.min(left, this.#chunkSize);
    if (bytes.length < end) return undefined;
    if (type === SET_CHUNK_SIZE) this.#chunkSize = bytes.readUInt32BE(at);
    if (format === 0 && MEDIA.has(type)) bytes.writeUInt32LE(1, header + 7);
    this.#streams.set(id, { length, type, left: left - (end - at), isExtended });
    return end;
  }
}

/** A server before an RTMP server at a port of this machine, which mends the numbers of its message streams. */
export async function mendRtmpStreams(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const mender = new StreamMender();
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    client.pipe(upstream);
    upstream.on('data', (data) => client.write(mender.mend(data)));
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}
