import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { decode, encode } from 'jpeg-js';
import type { Rgba } from './picture.js';
import { decodePng, MAX_PIXELS } from './png.js';

const MAX_BYTES = 20 * 1024 * 1024;
const FETCH_MS = 10_000;

/**
 * A PNG or JPEG picture of a URI: `file:`, `http:`, `https:`, or a plain path; up to 20 MiB and 16 million pixels.
 * @throws Error that says why it can't be had
 */
export async function loadImage(uri: string): Promise<Rgba> {
  try {
    return decodeImage(await bytesOf(uri));
  } catch (error) {
    throw new Error(`${uri}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** @throws Error that says what is wrong with it */
export function decodeImage(bytes: Uint8Array): Rgba {
  if (bytes[0] === 0x89) return decodePng(bytes);
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new Error('no PNG or JPEG picture');
  const limit = { maxResolutionInMP: MAX_PIXELS / 1_000_000, maxMemoryUsageInMB: 512 };
  const { width, height, data } = decode(bytes, { useTArray: true, formatAsRGBA: true, ...limit });
  return { width, height, data };
}

/** Encodes opaque pixels as JPEG. @param rgb three bytes a pixel @param quality 1 to 100 */
export function encodeJpeg(rgb: Uint8Array, width: number, height: number, quality: number): Uint8Array {
  const data = new Uint8Array(width * height * 4);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    data[to] = rgb[from]!;
    data[to + 1] = rgb[from + 1]!;
    data[to + 2] = rgb[from + 2]!;
    data[to + 3] = 255;
  }
  return encode({ width, height, data }, quality).data;
}

async function bytesOf(uri: string): Promise<Uint8Array> {
  if (!/^https?:/i.test(uri)) return await readFile(uri.startsWith('file:') ? fileURLToPath(uri) : uri);
  const response = await fetch(uri, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok) throw new Error(`the server answered with ${response.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
