import { readUint16, readUint32, writeUint16, writeUint32 } from './bytes.js';
import type { Parameter } from './parameters.js';
import { ParameterType } from './types.js';

/** Results of a re-configuration request (RFC 6525 section 4.4). */
export const ReConfigResult = {
  NothingToDo: 0,
  Performed: 1,
  Denied: 2,
  WrongSsn: 3,
  AlreadyInProgress: 4,
  BadSequenceNumber: 5,
  InProgress: 6,
} as const;

/** Outgoing SSN Reset Request (RFC 6525 section 4.1). Numbers on the wire have 32 bits. */
export interface OutgoingReset {
  request: number;
  response: number;
  lastTsn: number;
  /** Empty stands for all streams. */
  streams: number[];
}

export function parseOutgoingReset(value: Uint8Array): OutgoingReset | undefined {
  if (value.length < 12 || value.length % 2 !== 0) return undefined;
  return {
    request: readUint32(value, 0),
    response: readUint32(value, 4),
    lastTsn: readUint32(value, 8),
    streams: readStreams(value, 12),
  };
}

export function writeOutgoingReset(reset: OutgoingReset): Parameter {
  const value = new Uint8Array(12 + 2 * reset.streams.length);
  writeUint32(value, 0, reset.request);
  writeUint32(value, 4, reset.response);
  writeUint32(value, 8, reset.lastTsn);
  reset.streams.forEach((stream, i) => {
    writeUint16(value, 12 + 2 * i, stream);
  });
  return { type: ParameterType.OutgoingReset, value };
}

/** Incoming SSN Reset Request (RFC 6525 section 4.2). */
export interface IncomingReset {
  request: number;
  /** Empty stands for all streams. */
  streams: number[];
}

export function parseIncomingReset(value: Uint8Array): IncomingReset | undefined {
  if (value.length < 4 || value.length % 2 !== 0) return undefined;
  return { request: readUint32(value, 0), streams: readStreams(value, 4) };
}

/** Re-configuration Response (RFC 6525 section 4.4). */
export interface ReConfigResponse {
  response: number;
  result: number;
}

export function parseReConfigResponse(value: Uint8Array): ReConfigResponse | undefined {
  if (value.length < 8) return undefined;
  return { response: readUint32(value, 0), result: readUint32(value, 4) };
}

export function writeReConfigResponse({ response, result }: ReConfigResponse): Parameter {
  const value = new Uint8Array(8);
  writeUint32(value, 0, response);
  writeUint32(value, 4, result);
  return { type: ParameterType.ReConfigResponse, value };
}

/** Add Outgoing Streams Request (RFC 6525 section 4.5). */
export interface AddStreams {
  request: number;
  count: number;
}

export function parseAddStreams(value: Uint8Array): AddStreams | undefined {
  if (value.length < 8) return undefined;
  return { request: readUint32(value, 0), count: readUint16(value, 4) };
}

function readStreams(value: Uint8Array, start: number): number[] {
  const streams: number[] = [];
  for (let offset = start; offset < value.length; offset += 2) streams.push(readUint16(value, offset));
  return streams;
}
