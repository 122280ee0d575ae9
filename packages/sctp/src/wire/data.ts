import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.js';

/** Flags of a DATA chunk (RFC 9260 section 3.3.1). */
export const DataFlag = { End: 1, Begin: 2, Unordered: 4, Immediate: 8 } as const;

/** Between chunk header and user data. */
export const DATA_FIELDS = 12;
/** Chunk header and fields. */
export const DATA_HEADER = 16;

export interface DataChunk {
  /** On the wire, 32 bits. */
  tsn: number;
  stream: number;
  /** On the wire, 16 bits. */
  sequence: number;
  protocol: number;
  flags: number;
  /** A view into the packet. */
  payload: Uint8Array;
}

/** Undefined when too short. The payload may be empty, which is an error of the peer. */
export function parseData(flags: number, value: Uint8Array): DataChunk | undefined {
  if (value.length < DATA_FIELDS) return undefined;
  return {
    tsn: readUint32(value, 0),
    stream: readUint16(value, 4),
    sequence: readUint16(value, 6),
    protocol: readUint32(value, 8),
    flags,
    payload: value.subarray(DATA_FIELDS),
  };
}

/** Writes the fields behind a chunk header at `offset`; numbers are truncated. */
export function writeDataFields(
  bytes: Uint8Array,
  offset: number,
  tsn: number,
  stream: number,
  sequence: number,
  protocol: number,
): void {
  writeUint32(bytes, offset, tsn);
  writeUint16(bytes, offset + 4, stream);
  writeUint16(bytes, offset + 6, sequence);
  writeUint32(bytes, offset + 8, protocol);
}
