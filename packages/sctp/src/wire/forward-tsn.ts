import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.js';
import type { Chunk } from './packet.js';
import { ChunkType } from './types.js';

/** FORWARD TSN (RFC 3758 section 3.2). */
export interface ForwardTsn {
  /** On the wire, 32 bits. */
  newCumulativeTsn: number;
  /** Ordered streams and the last sequence number skipped in each. */
  streams: { stream: number; sequence: number }[];
}

export function parseForwardTsn(value: Uint8Array): ForwardTsn | undefined {
  if (value.length < 4 || value.length % 4 !== 0) return undefined;
  const streams: ForwardTsn['streams'] = [];
  for (let offset = 4; offset < value.length; offset += 4) {
    streams.push({ stream: readUint16(value, offset), sequence: readUint16(value, offset + 2) });
  }
  return { newCumulativeTsn: readUint32(value, 0), streams };
}

export function writeForwardTsn({ newCumulativeTsn, streams }: ForwardTsn): Chunk {
  const value = new Uint8Array(4 + 4 * streams.length);
  writeUint32(value, 0, newCumulativeTsn);
  streams.forEach(({ stream, sequence }, i) => {
    writeUint16(value, 4 + 4 * i, stream);
    writeUint16(value, 6 + 4 * i, sequence);
  });
  return { type: ChunkType.ForwardTsn, flags: 0, value };
}
