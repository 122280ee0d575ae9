import { randomUUID } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assertDecodes } from './image-check.js';

/** A picture in a file, with its size in pixels. */
export interface ImageFile {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Removes the file where it was made here. */
  remove(): Promise<void>;
}

const MAX_BYTES = 20 * 1024 * 1024;
/** Decoded, they take four bytes each. */
const MAX_PIXELS = 4096 * 4096;
const FETCH_MS = 10_000;

/**
 * A PNG, JPEG, GIF or WebP picture of a URI: `file:`, `http:`, `https:`, or a plain path.
 * @throws Error that says why it can't be had
 */
export async function imageOf(uri: string): Promise<ImageFile> {
  if (!/^https?:/i.test(uri)) {
    const path = uri.startsWith('file:') ? fileURLToPath(uri) : uri;
    const file = await stat(path);
    // Reading a pipe or a device may never end.
    if (!file.isFile()) throw new Error(`${uri}: no file`);
    if (file.size > MAX_BYTES) throw new Error(`${uri}: more than ${MAX_BYTES} bytes`);
    const size = sizeOf(await readFile(path), uri);
    await checkDecodes(path, uri);
    return { path, ...size, remove: async () => {} };
  }
  const response = await fetch(uri, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok) throw new Error(`${uri}: the server answered with ${response.status}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_BYTES) throw new Error(`${uri}: more than ${MAX_BYTES} bytes`);
    parts.push(part);
  }
  const bytes = Buffer.concat(parts);
  const size = sizeOf(bytes, uri);
  const path = join(tmpdir(), `rivero-image-${randomUUID()}`);
  const remove = (): Promise<void> => rm(path, { force: true });
  try {
    await writeFile(path, bytes, { mode: 0o600 });
    await checkDecodes(path, uri);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, ...size, remove };
}

async function checkDecodes(path: string, uri: string): Promise<void> {
  try {
    await assertDecodes(path);
  } catch {
    throw new Error(`${uri}: the picture is damaged`);
  }
}

function sizeOf(bytes: Buffer, uri: string): { width: number; height: number } {
  const size = pngSize(bytes) ?? gifSize(bytes) ?? jpegSize(bytes) ?? webpSize(bytes);
  if (size === undefined || size.width < 1 || size.height < 1) {
    throw new Error(`${uri}: no PNG, JPEG, GIF or WebP picture`);
  }
  if (size.width * size.height > MAX_PIXELS) {
    throw new Error(`${uri}: ${size.width}×${size.height} pixels, of ${MAX_PIXELS} at most`);
  }
  return size;
}

type Size = { width: number; height: number } | undefined;

/** PNG (ISO 15948) 11.2.2: IHDR comes first. */
function pngSize(bytes: Buffer): Size {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47) return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

function gifSize(bytes: Buffer): Size {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 4) !== 'GIF8') return undefined;
  return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
}

/** JPEG (ITU-T T.81) B.2.2: the frame header, one of SOF0 to SOF15 without DHT, JPG and DAC. */
function jpegSize(bytes: Buffer): Size {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

/** WebP (RFC 9649): VP8, VP8L and VP8X. */
function webpSize(bytes: Buffer): Size {
  if (bytes.length < 30 || bytes.toString('latin1', 8, 12) !== 'WEBP') return undefined;
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}
