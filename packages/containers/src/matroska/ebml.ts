import { concat, f64, u8 } from '../bytes.js';

/** Ids of the elements that are written (RFC 8794 for EBML's own, RFC 9559 for Matroska's). */
export const Id = {
  Ebml: 0x1a45dfa3,
  EbmlVersion: 0x4286,
  EbmlReadVersion: 0x42f7,
  EbmlMaxIdLength: 0x42f2,
  EbmlMaxSizeLength: 0x42f3,
  DocType: 0x4282,
  DocTypeVersion: 0x4287,
  DocTypeReadVersion: 0x4285,
  Void: 0xec,
  Segment: 0x18538067,
  SeekHead: 0x114d9b74,
  Seek: 0x4dbb,
  SeekId: 0x53ab,
  SeekPosition: 0x53ac,
  Info: 0x1549a966,
  TimestampScale: 0x2ad7b1,
  Duration: 0x4489,
  DateUtc: 0x4461,
  MuxingApp: 0x4d80,
  WritingApp: 0x5741,
  Tracks: 0x1654ae6b,
  TrackEntry: 0xae,
  TrackNumber: 0xd7,
  TrackUid: 0x73c5,
  TrackType: 0x83,
  FlagLacing: 0x9c,
  TrackName: 0x536e,
  Language: 0x22b59c,
  CodecId: 0x86,
  CodecPrivate: 0x63a2,
  CodecDelay: 0x56aa,
  SeekPreRoll: 0x56bb,
  Video: 0xe0,
  PixelWidth: 0xb0,
  PixelHeight: 0xba,
  Audio: 0xe1,
  SamplingFrequency: 0xb5,
  Channels: 0x9f,
  BitDepth: 0x6264,
  Cluster: 0x1f43b675,
  Timestamp: 0xe7,
  SimpleBlock: 0xa3,
  Cues: 0x1c53bb6b,
  CuePoint: 0xbb,
  CueTime: 0xb3,
  CueTrackPositions: 0xb7,
  CueTrack: 0xf7,
  CueClusterPosition: 0xf1,
} as const;

/** Data size of an element whose end is not known yet (RFC 8794 6.2), 8 bytes long so that a real size fits in its place. */
export const UNKNOWN_SIZE = u8(0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);

/** An element id as it is written: its length marker is part of it. */
export function idBytes(id: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = id; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.from(bytes);
}

/** A data size, in as few bytes as can be or in a given number of them (RFC 8794 4). */
export function sizeBytes(size: number, length = 0): Uint8Array {
  let octets = Math.max(length, 1);
  // All ones mean unknown, so that they are no size.
  while (size >= 2 ** (7 * octets) - 1) octets++;
  const bytes = new Uint8Array(octets);
  let rest = size;
  for (let index = octets - 1; index >= 0; index--) {
    bytes[index] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[0] = bytes[0]! | (0x80 >> (octets - 1));
  return bytes;
}

export function element(id: number, ...content: Uint8Array[]): Uint8Array {
  const data = concat(content);
  return concat([idBytes(id), sizeBytes(data.length), data]);
}

/** An unsigned integer up to 2^53. */
export function uint(id: number, value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(rest % 256);
    rest = Math.floor(rest / 256);
  } while (rest > 0);
  return element(id, Uint8Array.from(bytes));
}

export function float(id: number, value: number): Uint8Array {
  return element(id, f64(value));
}

export function text(id: number, value: string): Uint8Array {
  return element(id, new TextEncoder().encode(value));
}

/** Room to be overwritten later: exactly `length` bytes, at least 2. */
export function voidElement(length: number): Uint8Array {
  const sizeLength = length < 129 ? 1 : 8;
  const body = length - 1 - sizeLength;
  return concat([idBytes(Id.Void), sizeBytes(body, sizeLength), new Uint8Array(body)]);
}
