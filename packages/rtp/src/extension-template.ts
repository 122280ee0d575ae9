import { writeUint16 } from './bytes.js';

/** An element wanted in the header extension block of outgoing packets. */
export interface TemplateElement {
  /** negotiated with the receiver: 1 … 255 */
  id: number;
  /** bytes of data, 0 … 255 */
  length: number;
  /** constant data of exactly `length` bytes (MID …); zeros when left out, to be filled per packet */
  data?: Uint8Array;
}

export interface ExtensionTemplate {
  /** the whole block: 4 bytes of profile and length, elements, padding to a multiple of four; empty when there are no elements */
  bytes: Uint8Array;
  /** offset of each element's data within the block, in the order given */
  offsets: number[];
}

/**
 * Lays a header extension block out (RFC 8285): the one-byte form when all elements fit it, else the two-byte form, which
 * the receiver must have allowed by a=extmap-allow-mixed or by accepting only larger ids.
 * @param capacity bytes the block may have
 * @param twoByte the two-byte form in any case: an element of any length is put behind the block
 * @throws RangeError for invalid or repeated ids, wrong lengths, and when the block is larger than `capacity`
 */
export function buildExtensionTemplate(
  elements: readonly TemplateElement[],
  capacity = 64,
  twoByte = false,
): ExtensionTemplate {
  if (elements.length === 0 && !twoByte) return { bytes: new Uint8Array(0), offsets: [] };
  checkElements(elements);
  const isOneByte = !twoByte && elements.every(({ id, length }) => id <= 14 && length >= 1 && length <= 16);
  const headerSize = isOneByte ? 1 : 2;
  let size = 4;
  for (const { length } of elements) size += headerSize + length;
  size = (size + 3) & ~3;
  if (size > capacity) {
    throw new RangeError(`header extensions need ${size} bytes, there is room for ${capacity}`);
  }
  const bytes = new Uint8Array(size);
  writeUint16(bytes, 0, isOneByte ? 0xbede : 0x1000);
  writeUint16(bytes, 2, size / 4 - 1);
  const offsets: number[] = [];
  let at = 4;
  for (const { id, length, data } of elements) {
    if (isOneByte) {
      bytes[at] = (id << 4) | (length - 1);
    } else {
      bytes[at] = id;
      bytes[at + 1] = length;
    }
    at += headerSize;
    if (data !== undefined) bytes.set(data, at);
    offsets.push(at);
    at += length;
  }
  return { bytes, offsets };
}

function checkElements(elements: readonly TemplateElement[]): void {
  const ids = new Set<number>();
  for (const { id, length, data } of elements) {
    if (!Number.isInteger(id) || id < 1 || id > 255) throw new RangeError(`header extension id ${id}`);
    if (ids.has(id)) throw new RangeError(`header extension id ${id} is used twice`);
    ids.add(id);
    if (!Number.isInteger(length) || length < 0 || length > 255) {
      throw new RangeError(`header extension length ${length}`);
    }
    if (data !== undefined && data.length !== length) {
      throw new RangeError(`header extension ${id} has ${data.length} bytes of data, not ${length}`);
    }
  }
}
