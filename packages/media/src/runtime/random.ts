import { randomBytes as source } from 'node:crypto';
import { pooledRandomBytes } from '@rivero/ice';

const draw = pooledRandomBytes(source);

/** As node's randomBytes, from blocks: an endpoint draws a few bytes for each of a dozen things. */
export function randomBytes(count: number): Buffer {
  const bytes = draw(count);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
