import { ascii, concat, u8, u24, u32 } from '../bytes.js';

/** A box (ISO 14496-12 4.2). */
export function box(type: string, ...content: Uint8Array[]): Uint8Array {
  const data = concat(content);
  return concat([u32(data.length + 8), ascii(type), data]);
}

/** A box with version and flags. */
export function fullBox(type: string, version: number, flags: number, ...content: Uint8Array[]): Uint8Array {
  return box(type, u8(version), u24(flags), ...content);
}

/** Room that readers skip: exactly `length` bytes, at least 8. */
export function freeBox(length: number): Uint8Array {
  return box('free', new Uint8Array(length - 8));
}

/** The unity matrix of headers. */
export const UNITY_MATRIX = concat([
  u32(0x10000),
  new Uint8Array(12),
  u32(0x10000),
  new Uint8Array(12),
  u32(0x40000000),
]);

/** A descriptor of ISO 14496-1 8.3.3 (for `esds`). */
export function descriptor(tag: number, ...content: Uint8Array[]): Uint8Array {
  const data = concat(content);
  return concat([u8(tag, 0x80, 0x80, 0x80 | (data.length >>> 7), data.length & 0x7f), data]);
}
