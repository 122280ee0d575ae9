import { isIPv6 } from 'node:net';
import { type Rate, TokenBucket } from './token-bucket.js';

const MAX_ADDRESSES = 10_000;

/**
 * A rate for each client address. A network of IPv6 (/64) is one client, since a single machine can have all of
 * its addresses. Addresses of this machine are not limited: a proxy here would make all clients one.
 */
export class AddressRate {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Whether one more may come from this address at this time (milliseconds). */
  take(address: string, now: number): boolean {
    if (this.#rate.perSecond === 0) return true;
    const key = networkOf(address);
    if (key === undefined) return true;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= MAX_ADDRESSES) this.#makeRoom(now);
      bucket = new TokenBucket(this.#rate, now);
      this.#buckets.set(key, bucket);
    }
    return bucket.take(now);
  }

  get size(): number {
    return this.#buckets.size;
  }

  #makeRoom(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
    // An attack from that many addresses: the oldest gets a fresh start.
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= MAX_ADDRESSES && oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/** What counts as one client; undefined: this machine. */
export function networkOf(address: string): string | undefined {
  const text = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (text.startsWith('127.') || text === '::1') return undefined;
  if (!isIPv6(text)) return text;
  const [head = '', tail] = text.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const rest = tail === '' ? [] : tail.split(':');
    while (groups.length + rest.length < 8) groups.push('0');
    groups.push(...rest);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
