/**
 * A view of `bytes` placed at `offset` of a larger slab that throws on every indexed access outside of the packet: what
 * a parser reads is proven to lie within what it was given.
 */
export function guardView(bytes: Uint8Array, offset: number, slack = 64): Uint8Array {
  const slab = new Uint8Array(offset + bytes.length + slack).fill(0xff);
  slab.set(bytes, offset);
  const end = offset + bytes.length;
  const check = (key: string | symbol): void => {
    if (typeof key === 'symbol' || !/^-?\d+(\.\d+)?$/.test(key)) return;
    const index = Number(key);
    if (index < offset || index >= end) throw new RangeError(`byte ${index} is outside ${offset}…${end}`);
  };
  return new Proxy(slab, {
    get(target, key) {
      check(key);
      return Reflect.get(target, key, target);
    },
    set(target, key, value) {
      check(key);
      return Reflect.set(target, key, value, target);
    },
  });
}
