import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.js';
import type { Chunk } from './packet.js';
import { CHUNK_HEADER, ChunkType } from './types.js';

const FIXED = 12;

/** SACK (RFC 9260 section 3.3.4). */
export interface Sack {
  /** On the wire, 32 bits. */
  cumulativeTsn: number;
  receiveWindow: number;
  /** Pairs of start and end, offsets from the cumulative TSN, ascending. */
  gaps: number[];
  duplicates: number;
}

/** Undefined when malformed. Blocks that do not ascend are left out. */
export function parseSack(value: Uint8Array): Sack | undefined {
  if (value.length < FIXED) return undefined;
  const gapCount = readUint16(value, 8);
  const duplicates = readUint16(value, 10);
  if (value.length < FIXED + 4 * (gapCount + duplicates)) return undefined;
  const gaps: number[] = [];
  let last = 0;
  for (let i = 0; i < gapCount; i++) {
    const start = readUint16(value, FIXED + 4 * i);
    const end = readUint16(value, FIXED + 4 * i + 2);
    if (start <= last || end < start) continue;
    gaps.push(start, end);
    last = end;
  }
  return { cumulativeTsn: readUint32(value, 0), receiveWindow: readUint32(value, 4), gaps, duplicates };
}

/** As many of the gaps (first and last TSN each) and then of the duplicates as `room` bytes take. */
export function writeSack(
  room: number,
  cumulativeTsn: number,
  receiveWindow: number,
  gaps: readonly (readonly [number, number])[],
  duplicates: readonly number[],
): Chunk {
  let entries = Math.max(0, Math.floor((room - CHUNK_HEADER - FIXED) / 4));
  const gapCount = Math.min(gaps.length, entries);
  entries -= gapCount;
  const duplicateCount = Math.min(duplicates.length, entries);
  const value = new Uint8Array(FIXED + 4 * (gapCount + duplicateCount));
  writeUint32(value, 0, cumulativeTsn);
  writeUint32(value, 4, receiveWindow);
  writeUint16(value, 8, gapCount);
  writeUint16(value, 10, duplicateCount);
  for (let i = 0; i < gapCount; i++) {
    writeUint16(value, FIXED + 4 * i, gaps[i]![0] - cumulativeTsn);
    writeUint16(value, FIXED + 4 * i + 2, gaps[i]![1] - cumulativeTsn);
  }
  for (let i = 0; i < duplicateCount; i++) {
    writeUint32(value, FIXED + 4 * (gapCount + i), duplicates[i]!);
  }
  return { type: ChunkType.Sack, flags: 0, value };
}
