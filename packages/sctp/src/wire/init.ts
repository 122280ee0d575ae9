import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.js';
import { type Parameter, parseParameters, writeParameters } from './parameters.js';
import { ChunkType, ParameterType } from './types.js';

/** Optional features that an end announces in INIT or INIT ACK. */
export interface Features {
  /** FORWARD TSN (RFC 3758). */
  partialReliability: boolean;
  /** RE-CONFIG (RFC 6525). */
  reconfiguration: boolean;
  /** Takes packets without checksum because DTLS protects them (RFC 9653). */
  zeroChecksum: boolean;
}

/** INIT and INIT ACK (RFC 9260 sections 3.3.2 and 3.3.3). */
export interface Init {
  tag: number;
  receiveWindow: number;
  outboundStreams: number;
  inboundStreams: number;
  initialTsn: number;
  features: Features;
  /** Only in INIT ACK. */
  cookie?: Uint8Array;
  /** Unknown parameters that want to be reported, as they came (RFC 9260 section 3.2.1). */
  unrecognized: Parameter[];
}

const FIXED = 16;
const DTLS_ERROR_DETECTION = 1;
const KNOWN_AND_IGNORED = new Set([5, 6, 9, 11, 12, 0x8000, 0x8002, 0x8003, 0x8004, 0x8005, 0xc006, 8]);

/** Undefined when malformed or with a field that no end may send (tag or a number of streams of zero). */
export function parseInit(value: Uint8Array): Init | undefined {
  if (value.length < FIXED) return undefined;
  const parameters = parseParameters(value, FIXED);
  if (parameters === undefined) return undefined;
  const init: Init = {
    tag: readUint32(value, 0),
    receiveWindow: readUint32(value, 4),
    outboundStreams: readUint16(value, 8),
    inboundStreams: readUint16(value, 10),
    initialTsn: readUint32(value, 12),
    features: { partialReliability: false, reconfiguration: false, zeroChecksum: false },
    unrecognized: [],
  };
  if (init.tag === 0 || init.outboundStreams === 0 || init.inboundStreams === 0) return undefined;
  for (const parameter of parameters) if (!takeParameter(init, parameter)) break;
  return init;
}

/** False when the parameter is unknown and forbids to read on. */
function takeParameter(init: Init, { type, value }: Parameter): boolean {
  switch (type) {
    case ParameterType.StateCookie:
      init.cookie = value;
      return true;
    case ParameterType.ForwardTsnSupported:
      init.features.partialReliability = true;
      return true;
    case ParameterType.ZeroChecksum:
      init.features.zeroChecksum = value.length >= 4 && readUint32(value, 0) === DTLS_ERROR_DETECTION;
      return true;
    case ParameterType.SupportedExtensions:
      if (value.includes(ChunkType.ForwardTsn)) init.features.partialReliability = true;
      if (value.includes(ChunkType.ReConfig)) init.features.reconfiguration = true;
      return true;
  }
  if (KNOWN_AND_IGNORED.has(type)) return true;
  if ((type & 0x4000) !== 0) init.unrecognized.push({ type, value });
  return (type & 0x8000) !== 0;
}

/** The value of an INIT or INIT ACK chunk; `unrecognized` goes out as reports. */
export function writeInit(init: Init): Uint8Array {
  const parameters: Parameter[] = [];
  if (init.cookie) parameters.push({ type: ParameterType.StateCookie, value: init.cookie });
  const extensions: number[] = [];
  if (init.features.reconfiguration) extensions.push(ChunkType.ReConfig);
  if (init.features.partialReliability) {
    extensions.push(ChunkType.ForwardTsn);
    parameters.push({ type: ParameterType.ForwardTsnSupported, value: new Uint8Array(0) });
  }
  if (extensions.length > 0) {
    parameters.push({ type: ParameterType.SupportedExtensions, value: Uint8Array.from(extensions) });
  }
  if (init.features.zeroChecksum) {
    parameters.push({
      type: ParameterType.ZeroChecksum,
      value: Uint8Array.of(0, 0, 0, DTLS_ERROR_DETECTION),
    });
  }
  for (const parameter of init.unrecognized) {
    parameters.push({ type: ParameterType.UnrecognizedParameter, value: writeParameters([parameter]) });
  }
  const tail = writeParameters(parameters);
  const value = new Uint8Array(FIXED + tail.length);
  writeUint32(value, 0, init.tag);
  writeUint32(value, 4, init.receiveWindow);
  writeUint16(value, 8, init.outboundStreams);
  writeUint16(value, 10, init.inboundStreams);
  writeUint32(value, 12, init.initialTsn);
  value.set(tail, FIXED);
  return value;
}
