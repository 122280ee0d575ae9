import { concatBytes, readUint16, writeUint16 } from './bytes.js';
import { padded } from './types.js';

/** A parameter of a chunk or an error cause: both are type, length, value (RFC 9260 sections 3.2.1 and 3.3.10). */
export interface Parameter {
  type: number;
  value: Uint8Array;
}

const HEADER = 4;

/** Parameters from `offset` to the end; undefined when a length does not fit. */
export function parseParameters(bytes: Uint8Array, start: number): Parameter[] | undefined {
  const parameters: Parameter[] = [];
  for (let offset = start; offset < bytes.length; ) {
    if (offset + HEADER > bytes.length) return undefined;
    const length = readUint16(bytes, offset + 2);
    if (length < HEADER || offset + length > bytes.length) return undefined;
    parameters.push({
      type: readUint16(bytes, offset),
      value: bytes.subarray(offset + HEADER, offset + length),
    });
    offset += padded(length);
  }
  return parameters;
}

/** One parameter, padded to a multiple of 4 bytes. */
export function writeParameter(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(padded(HEADER + value.length));
  writeUint16(bytes, 0, type);
  writeUint16(bytes, 2, HEADER + value.length);
  bytes.set(value, HEADER);
  return bytes;
}

export function writeParameters(parameters: readonly Parameter[]): Uint8Array {
  return concatBytes(parameters.map(({ type, value }) => writeParameter(type, value)));
}
