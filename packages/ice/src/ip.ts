/**
 * IP addresses as text and bytes. One canonical text form (RFC 5952 for IPv6) so that addresses can be
 * compared as strings, whoever wrote them.
 */

/** Parses dotted IPv4 (four decimal numbers, no leading zeros); undefined when it is not one. */
function parseIpv4(text: string): Uint8Array | undefined {
  if (text.length < 7 || text.length > 15) return undefined;
  const bytes = new Uint8Array(4);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46;
    if (code === 46) {
      if (digits === 0 || part > 3 || value > 255) return undefined;
      bytes[part++] = value;
      digits = 0;
      value = 0;
      continue;
    }
    if (code < 48 || code > 57 || digits === 3 || (digits > 0 && value === 0)) return undefined;
    value = value * 10 + code - 48;
    digits++;
  }
  return part === 4 ? bytes : undefined;
}

/** The 16-bit groups of one side of '::'; undefined when malformed. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      if (index !== parts.length - 1) return undefined;
      const v4 = parseIpv4(part);
      if (!v4) return undefined;
      groups.push((v4[0]! << 8) | v4[1]!, (v4[2]! << 8) | v4[3]!);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length < 2 || text.length > 45) return undefined;
  const gap = text.indexOf('::');
  let groups: number[];
  if (gap < 0) {
    const all = parseGroups(text);
    if (all?.length !== 8) return undefined;
    groups = all;
  } else {
    const head = text.slice(0, gap);
    // An IPv4 tail may only stand at the very end of the address.
    const before = head.includes('.') ? undefined : parseGroups(head);
    const after = parseGroups(text.slice(gap + 2));
    if (!before || !after || before.length + after.length > 7) return undefined;
    groups = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  }
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 8; i++) {
    bytes[2 * i] = groups[i]! >> 8;
    bytes[2 * i + 1] = groups[i]! & 0xff;
  }
  return bytes;
}

/** 4 or 16 bytes in network order, or undefined when `text` is no IP address (zones such as '%eth0' are not accepted). */
export function parseIp(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Canonical text of 4 or 16 bytes at `offset` (RFC 5952 for IPv6, IPv4-mapped ones with a dotted tail). */
export function formatIp(bytes: Uint8Array, offset: number, length: 4 | 16): string {
  if (length === 4) {
    return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
  }
  const groups: number[] = [];
  for (let i = 0; i < 8; i++) groups.push((bytes[offset + 2 * i]! << 8) | bytes[offset + 2 * i + 1]!);
  if (groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)) {
    return `::ffff:${formatIp(bytes, offset + 12, 4)}`;
  }
  let gapStart = -1;
  let gapLength = 1; // a single zero group is not shortened (RFC 5952 section 4.2.2)
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && groups[i + run] === 0) run++;
    if (run > gapLength) {
      gapStart = i;
      gapLength = run;
    }
    if (run > 0) i += run - 1;
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(':');
  if (gapStart < 0) return text(groups);
  return `${text(groups.slice(0, gapStart))}::${text(groups.slice(gapStart + gapLength))}`;
}

/** Canonical form of an address, or undefined when it is no IP address. */
export function canonicalIp(text: string): string | undefined {
  const bytes = parseIp(text);
  return bytes && formatIp(bytes, 0, bytes.length as 4 | 16);
}

/** Family of a canonical address. */
export function ipFamily(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** fe80::/10; such addresses only reach other link-local ones. */
export function isIpv6LinkLocal(address: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(address);
}

/** Whether a datagram may be sent there at all: not unspecified, multicast or broadcast. */
export function isUnicast(bytes: Uint8Array): boolean {
  if (bytes.length === 4) {
    const first = bytes[0]!;
    return first !== 0 && (first < 224 || first > 239) && !bytes.every((byte) => byte === 255);
  }
  return bytes[0] !== 0xff && bytes.some((byte) => byte !== 0);
}
