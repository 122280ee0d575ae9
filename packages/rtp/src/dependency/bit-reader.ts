/** Reads bits from the most significant on. Beyond the end everything is 0, and `ok` false. Reused: nothing is allocated. */
export class BitReader {
  /** Nothing was read beyond the end. */
  ok = true;
  #bytes: Uint8Array = new Uint8Array(0);
  /** In bits. */
  #at = 0;
  #end = 0;

  reset(bytes: Uint8Array, offset: number, length: number): void {
    this.#bytes = bytes;
    this.#at = offset * 8;
    this.#end = (offset + length) * 8;
    this.ok = true;
  }

  /** f(n) of the AV1 specification. @param count 0 … 32 @returns an unsigned number */
  read(count: number): number {
    if (this.#at + count > this.#end) {
      this.ok = false;
      this.#at = this.#end;
      return 0;
    }
    let value = 0;
    let left = count;
    while (left > 0) {
      const free = 8 - (this.#at & 7);
      const taken = Math.min(free, left);
      const bits = (this.#bytes[this.#at >>> 3]! >>> (free - taken)) & ((1 << taken) - 1);
      value = value * (1 << taken) + bits;
      this.#at += taken;
      left -= taken;
    }
    return value;
  }

  flag(): boolean {
    return this.read(1) === 1;
  }

  /** ns(n) of the AV1 specification: a number below `limit`, in as few bits as that allows. @param limit from 1 on */
  readBelow(limit: number): number {
    const width = 32 - Math.clz32(limit);
    const short = 2 ** width - limit;
    const value = this.read(width - 1);
    if (value < short) return value;
    return value * 2 - short + this.read(1);
  }
}
