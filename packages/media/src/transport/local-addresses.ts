import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** An address of this host on which media can be received. */
export interface LocalAddress {
  interfaceName: string;
  address: string;
  family: 4 | 6;
  loopback: boolean;
}

export interface AddressSelection {
  /** Names of interfaces or addresses; empty: all that `loopback` allows. */
  interfaces: readonly string[];
  loopback: 'auto' | 'always' | 'never';
}

/**
 * Chooses the addresses to listen on. Link-local IPv6 addresses are left out: they need a zone that no candidate line can
 * carry, and every host that has one has another address, or is reached by IPv4.
 */
export function selectAddresses(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
  selection: AddressSelection,
): LocalAddress[] {
  const all: LocalAddress[] = [];
  for (const [interfaceName, infos] of Object.entries(interfaces)) {
    for (const info of infos ?? []) {
      const family = info.family === 'IPv6' ? 6 : 4;
      if (family === 6 && /^fe[89ab]/i.test(info.address)) continue;
      all.push({ interfaceName, address: info.address, family, loopback: info.internal });
    }
  }
  const wanted = all.filter(
    ({ interfaceName, address }) =>
      selection.interfaces.length === 0 ||
      selection.interfaces.includes(interfaceName) ||
      selection.interfaces.includes(address),
  );
  // An interface that was named is wanted even if it is the loopback.
  if (selection.interfaces.length > 0 || selection.loopback === 'always') return wanted;
  const outside = wanted.filter(({ loopback }) => !loopback);
  if (selection.loopback === 'never' || outside.length > 0) return outside;
  return wanted;
}

/** Splits a comma-separated list of interface names or addresses (Kurento's `networkInterfaces`). */
export function parseInterfaceList(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Whether `text` is an IP address of the family. */
export function isAddress(text: string, family: 4 | 6): boolean {
  return isIP(text) === family;
}

/** The function, asked anew only when its last value is older than `maxAgeMs`. */
export function remembered<T>(read: () => T, maxAgeMs: number, now: () => number): () => T {
  let last: { value: T; at: number } | undefined;
  return () => {
    const time = now();
    if (last === undefined || time - last.at >= maxAgeMs) last = { value: read(), at: time };
    return last.value;
  };
}
