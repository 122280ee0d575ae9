/**
 * Makes many small draws of random bytes cheap: takes them from blocks of `blockSize` bytes got from `source` (node's crypto.randomBytes). What has been given
 * out is wiped from the block.
 */
export function pooledRandomBytes(
  source: (count: number) => Uint8Array,
  blockSize = 4096,
): (count: number) => Uint8Array {
  let block: Uint8Array = new Uint8Array(0);
  let used = 0;
  return (count) => {
    if (count > blockSize) return source(count);
    if (used + count > block.length) {
      block = source(blockSize);
      used = 0;
    }
    const bytes = Uint8Array.prototype.slice.call(block, used, used + count);
    block.fill(0, used, used + count);
    used += count;
    return bytes;
  };
}
