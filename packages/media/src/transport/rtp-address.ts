import { BlockList, isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { LocalAddress } from './local-addresses.js';

/** 4 or 6 of a numeric address, 0 of anything else. */
export function addressFamily(address: string): 0 | 4 | 6 {
  return isIP(address) as 0 | 4 | 6;
}

/** The address of a stream on hold (RFC 3264 section 8.4) or of a peer that does not know its own. */
export function isUnspecified(address: string): boolean {
  return address === '0.0.0.0' || /^[0:]+$/.test(address);
}

/**
 * The local address by which a peer is reached, as far as that can be told without asking the kernel: itself, the loopback
 * for a loopback address, one in the same network, else the first that is no loopback.
 */
export function localAddressFor<T extends LocalAddress>(
  candidates: readonly T[],
  remote: string | undefined,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): T | undefined {
  const outside = candidates.find(({ loopback }) => !loopback) ?? candidates[0];
  if (remote === undefined || addressFamily(remote) === 0) return outside;
  const same = candidates.find(({ address }) => address === remote);
  if (same !== undefined) return same;
  if (remote.startsWith('127.')) return candidates.find(({ loopback }) => loopback) ?? outside;
  return (
    candidates.find(({ interfaceName, address }) => {
      const cidr = interfaces[interfaceName]?.find((info) => info.address === address)?.cidr;
      return cidr != null && contains(cidr, remote);
    }) ?? outside
  );
}

function contains(cidr: string, address: string): boolean {
  const [network = '', prefix] = cidr.split('/');
  const type = addressFamily(network) === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), type);
  return list.check(address, addressFamily(address) === 6 ? 'ipv6' : 'ipv4');
}
