import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { canonicalIp } from '@rivero/ice';

/** Looks a name up; gives IP addresses, or throws. */
export type Lookup = (name: string) => Promise<readonly string[]>;

const LOOKUP_TIMEOUT_MS = 3000;
/** How long an answer is used again: many endpoints ask for the same server at the same time. */
const LIFETIME_MS = 30_000;
const FAILURE_LIFETIME_MS = 3000;
const MAX_NAMES = 64;

async function systemLookup(name: string): Promise<string[]> {
  const found = await lookup(name, { all: true, verbatim: true });
  return found.map(({ address }) => address);
}

/** Addresses of STUN and TURN servers by their names: asynchronous, bounded in time, remembered briefly. */
export class ServerNames {
  readonly #now: () => number;
  readonly #lookup: Lookup;
  readonly #known = new Map<string, { until: number; addresses: Promise<readonly string[]> }>();

  constructor(now: () => number, lookupName: Lookup = systemLookup) {
    this.#now = now;
    this.#lookup = lookupName;
  }

  /** Canonical addresses of a server, IPv4 first; empty when the name is not known, or not in time. Never rejects. */
  resolve(name: string): Promise<readonly string[]> {
    if (isIP(name) !== 0) return Promise.resolve([canonicalIp(name) ?? name]);
    const known = this.#known.get(name);
    if (known !== undefined && known.until > this.#now()) return known.addresses;
    const entry = { until: this.#now() + LIFETIME_MS, addresses: this.#ask(name) };
    void entry.addresses.then((addresses) => {
      if (addresses.length === 0) entry.until = this.#now() + FAILURE_LIFETIME_MS;
    });
    this.#known.delete(name);
    if (this.#known.size >= MAX_NAMES) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(name, entry);
    return entry.addresses;
  }

  async #ask(name: string): Promise<readonly string[]> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<readonly string[]>((resolve) => {
      timer = setTimeout(() => resolve([]), LOOKUP_TIMEOUT_MS);
      timer.unref();
    });
    try {
      const found = await Promise.race([this.#lookup(name), timeout]);
      const addresses = found
        .map((address) => canonicalIp(address))
        .filter((address) => address !== undefined);
      return addresses.sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')));
    } catch {
      return [];
    } finally {
      clearTimeout(timer);
    }
  }
}
