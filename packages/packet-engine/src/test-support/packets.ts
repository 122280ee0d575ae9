/** Packets and keys for tests. */

export interface RtpFields {
  payloadType?: number;
  marker?: boolean;
  sequence: number;
  timestamp?: number;
  ssrc: number;
  csrcs?: readonly number[];
  /** Extension block with its 4-byte header. */
  extension?: Uint8Array;
  payload?: Uint8Array;
  /** Bytes of padding, 0 for none. */
  padding?: number;
}

export function rtpPacket(fields: RtpFields): Uint8Array {
  const csrcs = fields.csrcs ?? [];
  const extension = fields.extension ?? new Uint8Array();
  const payload = fields.payload ?? filled(100, fields.sequence & 255);
  const padding = fields.padding ?? 0;
  const header = 12 + 4 * csrcs.length + extension.length;
  const packet = new Uint8Array(header + payload.length + padding);
  const view = new DataView(packet.buffer);
  packet[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension.length > 0 ? 0x10 : 0) | csrcs.length;
  packet[1] = (fields.marker ? 0x80 : 0) | (fields.payloadType ?? 96);
  view.setUint16(2, fields.sequence & 0xffff);
  view.setUint32(4, fields.timestamp ?? 0);
  view.setUint32(8, fields.ssrc);
  for (const [i, csrc] of csrcs.entries()) view.setUint32(12 + 4 * i, csrc);
  packet.set(extension, 12 + 4 * csrcs.length);
  packet.set(payload, header);
  if (padding > 0) packet[packet.length - 1] = padding;
  return packet;
}

/** An RTCP receiver report without blocks, lengthened by an SDES-like tail to the wanted number of words. */
export function rtcpPacket(ssrc: number, words = 2): Uint8Array {
  const packet = filled(4 * words, 0x11);
  packet.set([0x80, 201, 0, words - 1]);
  new DataView(packet.buffer).setUint32(4, ssrc);
  return packet;
}

export function filled(length: number, start: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (start + i * 13) & 255);
}

/** A key of the given length that differs for every id. */
export function testKey(id: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (id * 31 + i * 7 + (id >> 8) * 13 + 1) & 255);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function fromHex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

/** Numbers that look random but are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}
