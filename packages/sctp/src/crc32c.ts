/** Slicing by eight: table k advances a byte by k more bytes. Reflected polynomial of Castagnoli. */
const tables = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let crc = n;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    first[n] = crc;
  }
  const made = [first];
  for (let k = 1; k < 8; k++) {
    const previous = made[k - 1]!;
    made.push(previous.map((crc) => first[crc & 0xff]! ^ (crc >>> 8)));
  }
  return made;
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/** Continues a CRC register (not inverted) over bytes from `start` to `end`. */
function advance(register: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = register;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[i + 4]!]! ^
      t2[bytes[i + 5]!]! ^
      t1[bytes[i + 6]!]! ^
      t0[bytes[i + 7]!]!;
  }
  for (; i < end; i++) crc = t0[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return crc;
}

/** CRC32c of all bytes, unsigned (RFC 9260 appendix A). */
export function crc32c(bytes: Uint8Array): number {
  return (advance(-1, bytes, 0, bytes.length) ^ -1) >>> 0;
}

const zeros = new Uint8Array(4);
const CHECKSUM_OFFSET = 8;

/**
 * Checksum of an SCTP packet of at least 12 bytes, its checksum field taken as zero (RFC 9260 section 6.8): a number
 * to be written in little-endian order.
 */
export function packetChecksum(packet: Uint8Array): number {
  let crc = advance(-1, packet, 0, CHECKSUM_OFFSET);
  crc = advance(crc, zeros, 0, 4);
  return (advance(crc, packet, CHECKSUM_OFFSET + 4, packet.length) ^ -1) >>> 0;
}
