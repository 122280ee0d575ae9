/** One OBU without its size: what stands in RTP. */
export interface TestObu {
  type: number;
  extension: boolean;
  payload: Uint8Array;
}

export const SEQUENCE_HEADER = 1;
export const TEMPORAL_DELIMITER = 2;
export const FRAME = 6;

function leb128(value: number): number[] {
  const bytes = [];
  for (let left = value; ; ) {
    const byte = left & 0x7f;
    left >>>= 7;
    bytes.push(left === 0 ? byte : byte | 0x80);
    if (left === 0) return bytes;
  }
}

/** A temporal unit as encoders give it (AV1 specification 7.5 and 5.3): a delimiter, then each OBU with its size. */
export function temporalUnit(obus: readonly TestObu[]): Uint8Array {
  const parts = [Buffer.from([(TEMPORAL_DELIMITER << 3) | 2, 0])];
  for (const { type, extension, payload } of obus) {
    const header = [(type << 3) | (extension ? 4 : 0) | 2, ...(extension ? [0x20] : [])];
    parts.push(Buffer.from([...header, ...leb128(payload.length)]), Buffer.from(payload));
  }
  return Uint8Array.from(Buffer.concat(parts));
}

export interface TestPacket {
  marker: boolean;
  sequenceNumber: number;
  timestamp: number;
  /** Aggregation header (AV1 RTP payload format 4.4): an OBU goes on here, goes on in the next packet; how many there are; N. */
  z: boolean;
  y: boolean;
  w: number;
  n: boolean;
  elements: Uint8Array[];
}

/** Reads an RTP packet of 12 bytes of header with AV1 in it. Written from the specification, apart from the code that it tests. */
export function readPacket(packet: Uint8Array): TestPacket {
  const view = Buffer.from(packet);
  const payload = view.subarray(12);
  const aggregation = payload[0]!;
  const w = (aggregation >> 4) & 3;
  const elements: Uint8Array[] = [];
  let at = 1;
  while (at < payload.length) {
    let size = payload.length - at;
    if (w === 0 || elements.length < w - 1) {
      size = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = payload[at++]!;
        size |= (byte & 0x7f) << shift;
        if ((byte & 0x80) === 0) break;
      }
    }
    if (at + size > payload.length) throw new Error('an element is longer than its packet');
    elements.push(Uint8Array.from(payload.subarray(at, at + size)));
    at += size;
  }
  return {
    marker: (view[1]! & 0x80) !== 0,
    sequenceNumber: view.readUInt16BE(2),
    timestamp: view.readUInt32BE(4),
    z: (aggregation & 0x80) !== 0,
    y: (aggregation & 0x40) !== 0,
    w,
    n: (aggregation & 8) !== 0,
    elements,
  };
}

/** A packet with any payload. */
export function rtpPacket(
  sequenceNumber: number,
  timestamp: number,
  marker: boolean,
  payload: Uint8Array,
): Uint8Array {
  const packet = Buffer.alloc(12 + payload.length);
  packet[0] = 0x80;
  packet[1] = 96 | (marker ? 0x80 : 0);
  packet.writeUInt16BE(sequenceNumber & 0xffff, 2);
  packet.writeUInt32BE(timestamp >>> 0, 4);
  packet.writeUInt32BE(7, 8);
  packet.set(payload, 12);
  return Uint8Array.from(packet);
}
