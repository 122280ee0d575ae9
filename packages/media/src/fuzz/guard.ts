import assert from 'node:assert/strict';

/**
 * Bytes at `offset` of a larger slab that throws on every indexed access outside of them: for readers that are given
 * slab, offset and length. See also surrounded.
 */
export function guardView(bytes: Uint8Array, offset: number): Uint8Array {
  const slab = new Uint8Array(offset + bytes.length + 64).fill(0xff);
  slab.set(bytes, offset);
  const end = offset + bytes.length;
  const check = (key: string | symbol): void => {
    if (typeof key === 'symbol' || !/^-?\d/.test(key)) return;
    const index = Number(key);
    if (!(index >= offset && index < end)) throw new RangeError(`byte ${key} is outside ${offset}…${end}`);
  };
  return new Proxy(slab, {
    get(target, key) {
      check(key);
      return Reflect.get(target, key, target);
    },
    set() {
      throw new Error('a reader writes');
    },
  });
}

/**
 * For readers that use the whole of a view: what they find may not depend on what stands around it in memory, and they
 * may not change it.
 */
export function surrounded<T>(bytes: Uint8Array, read: (view: Uint8Array) => T): T {
  const results = [0x00, 0xff].map((fill) => {
    const memory = new Uint8Array(bytes.length + 128).fill(fill);
    memory.set(bytes, 64);
    const before = Buffer.from(memory);
    const result = read(memory.subarray(64, 64 + bytes.length));
    assert.ok(before.equals(memory), 'a reader writes');
    return result;
  });
  assert.deepEqual(results[0], results[1], 'what stands around the bytes makes a difference');
  return results[0]!;
}
