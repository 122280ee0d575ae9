import { deflateSync, inflateSync } from 'node:zlib';
import type { Rgba } from './picture.js';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Pixels that a picture may have at most: 64 MiB decoded. */
export const MAX_PIXELS = 16 * 1024 * 1024;

/** Samples a pixel by colour type (PNG, ISO/IEC 15948, 11.2.2). */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/**
 * Decodes PNG (ISO/IEC 15948) of all colour types and depths; not interlaced.
 * @throws Error that says what is wrong with it
 */
export function decodePng(bytes: Uint8Array): Rgba {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || SIGNATURE.some((byte, at) => bytes[at] !== byte))
    throw new Error('no PNG picture');
  let header: { width: number; height: number; depth: number; type: number } | undefined;
  let palette: Uint8Array = new Uint8Array(0);
  let transparency: Uint8Array = new Uint8Array(0);
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (data.length < length) throw new Error('PNG: it is cut off');
    if (type === 'IHDR' && length >= 13) {
      header = {
        width: view.getUint32(at + 8),
        height: view.getUint32(at + 12),
        depth: data[8]!,
        type: data[9]!,
      };
      if (data[12] !== 0) throw new Error('PNG: interlaced pictures are not read');
    } else if (type === 'PLTE') palette = data;
    else if (type === 'tRNS') transparency = data;
    else if (type === 'IDAT') parts.push(data);
    else if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header === undefined) throw new Error('PNG: no header');
  const { width, height, depth, type } = header;
  const channels = CHANNELS[type];
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth))
    throw new Error('PNG: no such colour type');
  if (width < 1 || height < 1 || width * height > MAX_PIXELS)
    throw new Error(`PNG: ${width}x${height} pixels`);
  const rowBytes = Math.ceil((width * channels * depth) / 8);
  const raw = inflateSync(Buffer.concat(parts), { maxOutputLength: (rowBytes + 1) * height });
  if (raw.length < (rowBytes + 1) * height) throw new Error('PNG: it is cut off');
  const step = Math.max(1, (channels * depth) >> 3);
  unfilter(raw, rowBytes, height, step);
  const data = new Uint8Array(width * height * 4);
  const sample = (row: number, index: number): number => {
    const from = row * (rowBytes + 1) + 1;
    if (depth === 8) return raw[from + index]!;
    if (depth === 16) return raw[from + 2 * index]!;
    const bit = index * depth;
    return (raw[from + (bit >> 3)]! >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  const scale = depth < 8 ? 255 / ((1 << depth) - 1) : 1;
  for (let row = 0, out = 0; row < height; row++) {
    for (let column = 0; column < width; column++, out += 4) {
      const first = sample(row, column * channels);
      if (type === 3) {
        for (let channel = 0; channel < 3; channel++) data[out + channel] = palette[3 * first + channel] ?? 0;
        data[out + 3] = transparency[first] ?? 255;
        continue;
      }
      const colour = type === 2 || type === 6;
      data[out] = first * scale;
      data[out + 1] = colour ? sample(row, column * channels + 1) : first * scale;
      data[out + 2] = colour ? sample(row, column * channels + 2) : first * scale;
      data[out + 3] = type >= 4 ? sample(row, column * channels + channels - 1) : 255;
    }
  }
  return { width, height, data };
}

/** Undoes the filters of rows (9.2), in place. */
function unfilter(raw: Uint8Array, rowBytes: number, height: number, step: number): void {
  for (let row = 0; row < height; row++) {
    const from = row * (rowBytes + 1) + 1;
    const filter = raw[from - 1]!;
    if (filter > 4) throw new Error('PNG: no such filter');
    if (filter === 0) continue;
    for (let at = 0; at < rowBytes; at++) {
      const left = at >= step ? raw[from + at - step]! : 0;
      const up = row > 0 ? raw[from + at - rowBytes - 1]! : 0;
      const corner = at >= step && row > 0 ? raw[from + at - rowBytes - 1 - step]! : 0;
      let guess = left;
      if (filter === 2) guess = up;
      else if (filter === 3) guess = (left + up) >> 1;
      else if (filter === 4) guess = paeth(left, up, corner);
      raw[from + at] = (raw[from + at]! + guess) & 0xff;
    }
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toCorner = Math.abs(estimate - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

/** Encodes opaque pixels as PNG with 8 bits for red, green and blue. @param rgb three bytes a pixel */
export function encodePng(rgb: Uint8Array, width: number, height: number): Uint8Array {
  const rowBytes = width * 3;
  const raw = new Uint8Array((rowBytes + 1) * height);
  for (let row = 0; row < height; row++) {
    const from = row * rowBytes;
    const to = row * (rowBytes + 1);
    // Sub: what is left of a pixel is the best simple guess for video.
    raw[to] = 1;
    for (let at = 0; at < rowBytes; at++) {
      raw[to + 1 + at] = rgb[from + at]! - (at >= 3 ? rgb[from + at - 3]! : 0);
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(raw, { level: 3 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let at = 0; at < 4; at++) bytes[4 + at] = type.charCodeAt(at);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** The CRC of PNG's Annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
