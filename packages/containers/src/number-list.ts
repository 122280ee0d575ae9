/** A growing list of numbers without an object for each: tables of a recording that lasts for hours. */
export class NumberList {
  #values = new Float64Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    if (index < 0 || index >= this.#length) throw new RangeError(`no entry ${index} of ${this.#length}`);
    return this.#values[index]!;
  }
}
