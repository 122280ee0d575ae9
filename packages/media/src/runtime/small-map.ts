/** Up to so many entries are looked through one by one; more are in a Map. */
const FEW = 8;

const NOTHING: readonly never[] = [];

/**
 * A map that mostly has none to three entries: empty it takes a sixth of a Map's memory, and with two a third. In the order in
 * which keys came. What is iterated over is what there was at the beginning.
 */
export class SmallMap<K, V> {
  /** Keys and values by turns, or many of them. */
  #content: readonly (K | V)[] | Map<K, V> = NOTHING;

  get size(): number {
    const content = this.#content;
    return isList(content) ? content.length >> 1 : content.size;
  }

  get(key: K): V | undefined {
    const content = this.#content;
    if (!isList(content)) return content.get(key);
    const at = placeOf(content, key);
    return at < 0 ? undefined : (content[at + 1] as V);
  }

  has(key: K): boolean {
    const content = this.#content;
    return isList(content) ? placeOf(content, key) >= 0 : content.has(key);
  }

  set(key: K, value: V): this {
    const content = this.#content;
    if (!isList(content)) {
      content.set(key, value);
      return this;
    }
    const at = placeOf(content, key);
    if (at >= 0) (content as (K | V)[])[at + 1] = value;
    // Not pushed: an array that grows makes room for sixteen more.
    else if (content.length < 2 * FEW) this.#content = appended(content, key, value);
    else this.#content = new Map(this).set(key, value);
    return this;
  }

  delete(key: K): boolean {
    const content = this.#content;
    if (!isList(content)) return content.delete(key);
    const at = placeOf(content, key);
    if (at < 0) return false;
    this.#content =
      content.length === 2 ? NOTHING : content.filter((_, place) => place !== at && place !== at + 1);
    return true;
  }

  clear(): void {
    this.#content = NOTHING;
  }

  keys(): K[] {
    const content = this.#content;
    return isList(content) ? everyOther<K>(content, 0) : [...content.keys()];
  }

  values(): V[] {
    const content = this.#content;
    return isList(content) ? everyOther<V>(content, 1) : [...content.values()];
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    const content = this.#content;
    if (!isList(content)) return [...content][Symbol.iterator]();
    const entries: [K, V][] = [];
    for (let at = 0; at < content.length; at += 2) entries.push([content[at] as K, content[at + 1] as V]);
    return entries[Symbol.iterator]();
  }
}

/** The same for a set. */
export class SmallSet<T> {
  #content: readonly T[] | Set<T> = NOTHING;

  get size(): number {
    const content = this.#content;
    return isList(content) ? content.length : content.size;
  }

  has(item: T): boolean {
    const content = this.#content;
    return isList(content) ? content.includes(item) : content.has(item);
  }

  add(item: T): this {
    const content = this.#content;
    if (!isList(content)) content.add(item);
    else if (content.includes(item)) return this;
    else if (content.length < FEW) this.#content = appended(content, item);
    else this.#content = new Set(content).add(item);
    return this;
  }

  delete(item: T): boolean {
    const content = this.#content;
    if (!isList(content)) return content.delete(item);
    if (!content.includes(item)) return false;
    this.#content = content.length === 1 ? NOTHING : content.filter((each) => each !== item);
    return true;
  }

  clear(): void {
    this.#content = NOTHING;
  }

  [Symbol.iterator](): IterableIterator<T> {
    const content = this.#content;
    return (isList(content) ? content : [...content])[Symbol.iterator]() as IterableIterator<T>;
  }
}

function isList<T>(content: readonly T[] | object): content is readonly T[] {
  return Array.isArray(content);
}

/** Where a key is in a list of keys and values by turns; -1: nowhere. */
function placeOf(content: readonly unknown[], key: unknown): number {
  for (let at = 0; at < content.length; at += 2) if (content[at] === key) return at;
  return -1;
}

function everyOther<T>(content: readonly unknown[], first: 0 | 1): T[] {
  const items: T[] = [];
  for (let at = first; at < content.length; at += 2) items.push(content[at] as T);
  return items;
}

/** Longer by these, and no room beyond that. */
export function appended<T>(items: readonly T[], ...added: T[]): T[] {
  const longer = new Array<T>(items.length + added.length);
  for (let i = 0; i < items.length; i++) longer[i] = items[i]!;
  for (let i = 0; i < added.length; i++) longer[items.length + i] = added[i]!;
  return longer;
}
