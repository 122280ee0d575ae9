import { packetChecksum } from '../crc32c.js';
import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.js';
import { CHUNK_HEADER, COMMON_HEADER, padded } from './types.js';

export interface Chunk {
  type: number;
  flags: number;
  /** After the chunk header, without padding; a view into the packet. */
  value: Uint8Array;
}

export interface Packet {
  sourcePort: number;
  destinationPort: number;
  tag: number;
  /** 0 may stand for no checksum at all (RFC 9653). */
  checksum: number;
  chunks: Chunk[];
}

/** The chunks of a packet; undefined when its lengths do not fit. The checksum is not looked at. */
export function parsePacket(data: Uint8Array): Packet | undefined {
  if (data.length < COMMON_HEADER + CHUNK_HEADER) return undefined;
  const chunks: Chunk[] = [];
  for (let offset = COMMON_HEADER; offset < data.length; ) {
    if (offset + CHUNK_HEADER > data.length) return undefined;
    const length = readUint16(data, offset + 2);
    if (length < CHUNK_HEADER || offset + length > data.length) return undefined;
    chunks.push({
      type: data[offset]!,
      flags: data[offset + 1]!,
      value: data.subarray(offset + CHUNK_HEADER, offset + length),
    });
    offset += padded(length);
  }
  return {
    sourcePort: readUint16(data, 0),
    destinationPort: readUint16(data, 2),
    tag: readUint32(data, 4),
    checksum: readUint32(data, 8),
    chunks,
  };
}

/** Whether the checksum field is the CRC32c of the packet. */
export function checksumFits(data: Uint8Array): boolean {
  const crc = packetChecksum(data);
  const field = data[8]! | (data[9]! << 8) | (data[10]! << 16) | (data[11]! << 24);
  return crc === field >>> 0;
}

/** Fills packets of at most `mtu` bytes with chunks, one after the other. */
export class PacketWriter {
  readonly #bytes: Uint8Array;
  #length = COMMON_HEADER;

  constructor(mtu: number, sourcePort: number, destinationPort: number) {
    this.#bytes = new Uint8Array(mtu);
    writeUint16(this.#bytes, 0, sourcePort);
    writeUint16(this.#bytes, 2, destinationPort);
  }

  /** Bytes left for one more chunk, its header included. */
  get room(): number {
    return this.#bytes.length - this.#length;
  }

  get empty(): boolean {
    return this.#length === COMMON_HEADER;
  }

  fits(chunk: Chunk): boolean {
    return CHUNK_HEADER + chunk.value.length <= this.room;
  }

  append(chunk: Chunk): void {
    this.#bytes.set(chunk.value, this.begin(chunk.type, chunk.flags, chunk.value.length) + CHUNK_HEADER);
  }

  /** Writes a chunk header for a value of `valueLength` bytes; gives its offset in `bytes`. The caller writes the value. */
  begin(type: number, flags: number, valueLength: number): number {
    const offset = this.#length;
    const length = CHUNK_HEADER + valueLength;
    this.#bytes[offset] = type;
    this.#bytes[offset + 1] = flags;
    writeUint16(this.#bytes, offset + 2, length);
    this.#length = offset + padded(length);
    for (let i = offset + length; i < this.#length; i++) this.#bytes[i] = 0;
    return offset;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** A copy of the packet with its checksum, or with none where the peer does without (RFC 9653); the next one is begun. */
  finish(tag: number, withChecksum: boolean): Uint8Array {
    const packet = this.#bytes.slice(0, this.#length);
    this.#length = COMMON_HEADER;
    writeUint32(packet, 4, tag);
    if (withChecksum) {
      const crc = packetChecksum(packet);
      packet[8] = crc;
      packet[9] = crc >>> 8;
      packet[10] = crc >>> 16;
      packet[11] = crc >>> 24;
    }
    return packet;
  }
}
