const SEQUENCE_HEADER = 1;
const TEMPORAL_DELIMITER = 2;
/** A sequence header takes no more. */
const MAX_HEADER = 256;

/**
 * The AV1CodecConfigurationRecord ("AV1 Codec ISO Media File Format Binding" 2.3) of a stream whose key frame this is: a temporal unit of
 * OBUs with their sizes. Undefined when there is no sequence header in it that can be read.
 */
export function av1Configuration(unit: Uint8Array): Uint8Array | undefined {
  const header = sequenceHeader(unit);
  if (header === undefined) return undefined;
  const bits = new Bits(header.payload);
  const fields = configurationFields(bits);
  if (!bits.ok) return undefined;
  const { profile, level, tier, highBitdepth, twelveBit, monochrome, subsamplingX, subsamplingY, position } =
    fields;
  return Uint8Array.from([
    0x81,
    (profile << 5) | level,
    (tier << 7) |
      (highBitdepth << 6) |
      (twelveBit << 5) |
      (monochrome << 4) |
      (subsamplingX << 3) |
      (subsamplingY << 2) |
      position,
    0,
    ...header.obu,
  ]);
}

/** A temporal unit as containers hold it: without the delimiter before it, which they mark by themselves. Nothing is copied. */
export function withoutTemporalDelimiter(unit: Uint8Array): Uint8Array {
  const has =
    unit.length > 2 && ((unit[0]! >> 3) & 15) === TEMPORAL_DELIMITER && unit[0] === 0x12 && unit[1] === 0;
  return has ? unit.subarray(2) : unit;
}

function sequenceHeader(unit: Uint8Array): { obu: Uint8Array; payload: Uint8Array } | undefined {
  let at = 0;
  while (at < unit.length) {
    const start = at;
    const first = unit[at]!;
    at += (first & 4) === 0 ? 1 : 2;
    let size = unit.length - at;
    if ((first & 2) !== 0) {
      size = 0;
      for (let shift = 0; ; shift += 7) {
        if (at >= unit.length || shift > 21) return undefined;
        const byte = unit[at++]!;
        size |= (byte & 0x7f) << shift;
        if ((byte & 0x80) === 0) break;
      }
    }
    if (size < 0 || size > unit.length - at) return undefined;
    if (((first >> 3) & 15) === SEQUENCE_HEADER) {
      if (size > MAX_HEADER || (first & 2) === 0) return undefined;
      return { obu: unit.subarray(start, at + size), payload: unit.subarray(at, at + size) };
    }
    at += size;
  }
  return undefined;
}

interface ConfigurationFields {
  profile: number;
  /** Of operating point 0, as `tier` is. */
  level: number;
  tier: number;
  highBitdepth: number;
  twelveBit: number;
  monochrome: number;
  subsamplingX: number;
  subsamplingY: number;
  /** chroma_sample_position */
  position: number;
}

/** sequence_header_obu() of the AV1 specification (5.5.1). */
function configurationFields(bits: Bits): ConfigurationFields {
  const profile = bits.read(3);
  bits.read(1);
  const isReduced = bits.read(1) === 1;
  const { level, tier } = isReduced ? { level: bits.read(5), tier: 0 } : operatingPoints(bits);
  const widthBits = bits.read(4) + 1;
  const heightBits = bits.read(4) + 1;
  bits.read(widthBits);
  bits.read(heightBits);
  if (!isReduced && bits.read(1) === 1) bits.read(4 + 3);
  // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
  bits.read(3);
  if (!isReduced) toolsOfInterFrames(bits);
  // enable_superres, enable_cdef, enable_restoration
  bits.read(3);
  return { profile, level, tier, ...colourFields(bits, profile) };
}

function operatingPoints(bits: Bits): { level: number; tier: number } {
  let delayBits = 0;
  if (bits.read(1) === 1) {
    bits.read(32);
    bits.read(32);
    if (bits.read(1) === 1) bits.skipUvlc();
    if (bits.read(1) === 1) {
      delayBits = bits.read(5) + 1;
      bits.read(32);
      bits.read(10);
    }
  }
  const hasDisplayDelay = bits.read(1) === 1;
  const count = bits.read(5) + 1;
  const first = { level: 0, tier: 0 };
  for (let i = 0; i < count; i++) {
    bits.read(12);
    const level = bits.read(5);
    const tier = level > 7 ? bits.read(1) : 0;
    if (i === 0) Object.assign(first, { level, tier });
    if (delayBits > 0 && bits.read(1) === 1) {
      bits.read(delayBits);
      bits.read(delayBits);
      bits.read(1);
    }
    if (hasDisplayDelay && bits.read(1) === 1) bits.read(4);
  }
  return first;
}

function toolsOfInterFrames(bits: Bits): void {
  // enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
  bits.read(4);
  const hasOrderHint = bits.read(1) === 1;
  if (hasOrderHint) bits.read(2);
  const chooseScreenTools = bits.read(1) === 1;
  const forceScreenTools = chooseScreenTools ? 2 : bits.read(1);
  if (forceScreenTools > 0 && bits.read(1) === 0) bits.read(1);
  if (hasOrderHint) bits.read(3);
}

/** color_config() (5.5.2) */
function colourFields(bits: Bits, profile: number): Omit<ConfigurationFields, 'profile' | 'level' | 'tier'> {
  const highBitdepth = bits.read(1);
  const twelveBit = profile === 2 && highBitdepth === 1 ? bits.read(1) : 0;
  const monochrome = profile === 1 ? 0 : bits.read(1);
  let isRgb = false;
  if (bits.read(1) === 1) {
    const [primaries, transfer, matrix] = [bits.read(8), bits.read(8), bits.read(8)];
    // CP_BT_709, TC_SRGB, MC_IDENTITY
    isRgb = primaries === 1 && transfer === 13 && matrix === 0;
  }
  const depths = { highBitdepth, twelveBit, monochrome };
  if (monochrome === 1) {
    bits.read(1);
    return { ...depths, subsamplingX: 1, subsamplingY: 1, position: 0 };
  }
  if (isRgb) return { ...depths, subsamplingX: 0, subsamplingY: 0, position: 0 };
  bits.read(1);
  let subsamplingX = profile === 1 ? 0 : 1;
  let subsamplingY = profile === 0 ? 1 : 0;
  if (profile === 2 && twelveBit === 1) {
    subsamplingX = bits.read(1);
    subsamplingY = subsamplingX === 1 ? bits.read(1) : 0;
  }
  const position = subsamplingX === 1 && subsamplingY === 1 ? bits.read(2) : 0;
  return { ...depths, subsamplingX, subsamplingY, position };
}

/** Reads bits from the most significant on; beyond the end everything is 0, and `ok` false. */
class Bits {
  ok = true;
  #at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** @param count up to 32 */
  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const byte = this.bytes[this.#at >>> 3];
      if (byte === undefined) {
        this.ok = false;
        return 0;
      }
      value = value * 2 + ((byte >>> (7 - (this.#at++ & 7))) & 1);
    }
    return value;
  }

  /** uvlc() (4.10.3) */
  skipUvlc(): void {
    let zeros = 0;
    while (this.ok && this.read(1) === 0) zeros++;
    if (zeros < 32) this.read(zeros);
  }
}
