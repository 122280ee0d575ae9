/** Up to so many entries are looked through one by one; more are in a Map. */
const FEW = 8;

const NOTHING: readonly never[] = [];

/**
 * A map that mostly has none to three entries: empty it takes a fifth of a Map's memory, and with two a half. In the order in
 * which keys came. What is iterated over is what there was at the beginning.
 */
export class SmallMap<K, V> {
  #keys: readonly K[] = NOTHING;
  #values: V[] = NOTHING as never[];
  #many: Map<K, V> | undefined;

  get size(): number {
    return this.#many?.size ?? this.#keys.length;
  }

  get(key: K): V | undefined {
    if (this.#many !== undefined) return this.#many.get(key);
    const at = this.#keys.indexOf(key);
    return at < 0 ? undefined : this.#values[at];
  }

  has(key: K): boolean {
    return this.#many?.has(key) ?? this.#keys.includes(key);
  }

  set(key: K, value: V): this {
    const at = this.#many === undefined ? this.#keys.indexOf(key) : -1;
    if (at >= 0) this.#values[at] = value;
    else if (this.#many !== undefined) this.#many.set(key, value);
    else if (this.#keys.length < FEW) {
      // Not pushed: an array that grows makes room for sixteen more.
      this.#keys = appended(this.#keys, key);
      this.#values = appended(this.#values, value);
    } else {
      this.#many = new Map(this);
      this.#many.set(key, value);
      this.#keys = NOTHING;
      this.#values = NOTHING as never[];
    }
    return this;
  }

  delete(key: K): boolean {
    if (this.#many !== undefined) return this.#many.delete(key);
    const at = this.#keys.indexOf(key);
    if (at < 0) return false;
    this.#keys = without(this.#keys, at);
    this.#values = without(this.#values, at);
    return true;
  }

  clear(): void {
    this.#many = undefined;
    this.#keys = NOTHING;
    this.#values = NOTHING as never[];
  }

  keys(): readonly K[] {
    return this.#many === undefined ? this.#keys : [...this.#many.keys()];
  }

  values(): readonly V[] {
    return this.#many === undefined ? this.#values : [...this.#many.values()];
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    if (this.#many !== undefined) return [...this.#many][Symbol.iterator]();
    const values = this.#values;
    return this.#keys.map((key, i): [K, V] => [key, values[i]!])[Symbol.iterator]();
  }
}

/** The same for a set. */
export class SmallSet<T> {
  #items: readonly T[] = NOTHING;
  #many: Set<T> | undefined;

  get size(): number {
    return this.#many?.size ?? this.#items.length;
  }

  has(item: T): boolean {
    return this.#many?.has(item) ?? this.#items.includes(item);
  }

  add(item: T): this {
    if (this.#many !== undefined) this.#many.add(item);
    else if (this.#items.includes(item)) return this;
    else if (this.#items.length < FEW) this.#items = appended(this.#items, item);
    else {
      this.#many = new Set(this.#items).add(item);
      this.#items = NOTHING;
    }
    return this;
  }

  delete(item: T): boolean {
    if (this.#many !== undefined) return this.#many.delete(item);
    const at = this.#items.indexOf(item);
    if (at >= 0) this.#items = without(this.#items, at);
    return at >= 0;
  }

  clear(): void {
    this.#many = undefined;
    this.#items = NOTHING;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return (this.#many === undefined ? this.#items : [...this.#many])[
      Symbol.iterator
    ]() as IterableIterator<T>;
  }
}

/** Longer by one, and no room beyond that. */
export function appended<T>(items: readonly T[], item: T): T[] {
  const longer = new Array<T>(items.length + 1);
  for (let i = 0; i < items.length; i++) longer[i] = items[i]!;
  longer[items.length] = item;
  return longer;
}

function without<T>(items: readonly T[], at: number): T[] {
  return items.filter((_, i) => i !== at);
}
