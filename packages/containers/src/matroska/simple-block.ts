import { Id, sizeBytes } from './ebml.js';

/** Track numbers below it take one byte. */
const ONE_BYTE = 127;

/**
 * A frame as SimpleBlock (RFC 9559 5.1.3.5 and 10.2), in one piece: there are hundreds in a second.
 * @param track its number, from 1 on
 * @param offset from the time of its cluster, ms, int16
 */
export function simpleBlock(track: number, offset: number, keyFrame: boolean, data: Uint8Array): Uint8Array {
  const size = sizeBytes((track < ONE_BYTE ? 1 : 2) + 3 + data.length);
  const number = sizeBytes(track);
  const length = 1 + size.length + number.length + 3;
  const block = new Uint8Array(length + data.length);
  block[0] = Id.SimpleBlock;
  block.set(size, 1);
  block.set(number, 1 + size.length);
  block[length - 3] = offset >> 8;
  block[length - 2] = offset;
  block[length - 1] = keyFrame ? 0x80 : 0;
  block.set(data, length);
  return block;
}
