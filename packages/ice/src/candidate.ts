import { canonicalIp } from './ip.js';

export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay';
export type TcpType = 'active' | 'passive' | 'so';

/** An ICE candidate (RFC 8445 section 5.3, RFC 8839 section 5.1). */
export interface IceCandidate {
  foundation: string;
  component: 1 | 2;
  protocol: 'udp' | 'tcp';
  /** 1 to 2^31 - 1. */
  priority: number;
  /** An IP address (canonical when parsed), or a name such as an mDNS '….local'. */
  address: string;
  port: number;
  type: CandidateType;
  tcpType?: TcpType;
  relatedAddress?: string;
  relatedPort?: number;
  /** The sender's ufrag, if the line names it: candidates of another generation can be told apart (RFC 8838). */
  ufrag?: string;
}

/** RFC 8445 section 5.1.2.2. */
export const TYPE_PREFERENCE: Readonly<Record<CandidateType, number>> = {
  host: 126,
  prflx: 110,
  srflx: 100,
  relay: 0,
};

/** The same for TCP: below all of UDP but what is relayed, as RFC 6544 section 4.2 wants it. */
export const TCP_TYPE_PREFERENCE: Readonly<Record<CandidateType, number>> = {
  host: 90,
  prflx: 80,
  srflx: 70,
  relay: 0,
};

/**
 * Priority of a candidate (RFC 8445 section 5.1.2.1). `localPreference` is 0 to 65535, larger for better interfaces;
 * `typePreference` is 0 to 126.
 */
export function candidatePriority(
  type: CandidateType,
  localPreference: number,
  component: 1 | 2 = 1,
  typePreference: number = TYPE_PREFERENCE[type],
): number {
  return typePreference * 2 ** 24 + (localPreference & 0xffff) * 256 + (256 - component);
}

const MAX_LINE = 1024;
const types: ReadonlySet<string> = new Set(['host', 'srflx', 'prflx', 'relay']);
const tcpTypes: ReadonlySet<string> = new Set(['active', 'passive', 'so']);

/** A token: what stands in descriptions and events again must not hold control characters. */
const isVisible = (text: string): boolean => /^[\x21-\x7e]+$/.test(text);
/** A name, such as a browser's random one in .local. */
const isName = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9._-]{0,253}$/.test(text);

function integer(text: string | undefined, max: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

/** Foundations only group candidates: nobody misses what is over 32 characters (RFC 8839 section 5.1). */
const MAX_FOUNDATION = 32;

/** Words of early implementations (libjingle). */
const OLD_TYPES: ReadonlyMap<string, CandidateType> = new Map([
  ['local', 'host'],
  ['stun', 'srflx'],
]);

/**
 * Reads a candidate attribute, with or without 'a=' and 'candidate:'. Lenient, as libwebrtc and Pion are: letter case, extra spaces,
 * an empty foundation, brackets around IPv6 and its scope, extensions of any kind don't matter.
 * undefined when it is no candidate, or of a transport or component that can't be used. Never throws.
 */
export function parseCandidate(line: string): IceCandidate | undefined {
  const candidate = readCandidate(line);
  return typeof candidate === 'string' ? undefined : candidate;
}

/** The same, or why it can't be used: a reason for logs that quotes nothing. */
export function readCandidate(line: string): IceCandidate | string {
  if (line.length > MAX_LINE) return 'longer than any candidate';
  const text = line.replace(/\0+$/, '').trim();
  const value = text.replace(/^a=/i, '').replace(/^candidate:/i, '');
  const fields = value.trim().split(/\s+/);
  // 'candidate: 1 udp …': Pion writes and reads it.
  if (/^(?:udp|tcp)$/i.test(fields[1] ?? '')) fields.unshift('0');
  const [foundation, componentText, transport, priorityText, addressText, portText, typ, typeText] = fields;
  if (!foundation || !isVisible(foundation) || typ?.toLowerCase() !== 'typ') return 'no candidate';
  const component = integer(componentText, 2);
  if (component !== 1 && component !== 2) return 'of a component that is neither 1 nor 2';
  const protocol = transport?.toLowerCase();
  if (protocol !== 'udp' && protocol !== 'tcp') return 'of a transport that is neither UDP nor TCP';
  const priority = integer(priorityText, 0xffffffff);
  if (priority === undefined) return 'its priority is out of range';
  const port = integer(portText, 65535);
  if (port === undefined) return 'its port is out of range';
  const type = typeText === undefined ? undefined : typeOf(typeText.toLowerCase());
  if (type === undefined) return 'of an unknown type';
  const address = readAddress(addressText!);
  if (address === undefined) return 'its address is neither an IP address nor a name';
  const candidate: IceCandidate = {
    foundation: foundation.slice(0, MAX_FOUNDATION),
    component,
    protocol,
    priority: Math.max(priority, 1),
    address,
    port,
    type,
  };
  for (let i = 8; i + 1 < fields.length; ) {
    // 'raddr  rport 0': who hides an address may leave it out.
    const empty = fields[i]!.toLowerCase() === 'raddr' && fields[i + 1]!.toLowerCase() === 'rport';
    if (!empty) readExtension(candidate, fields[i]!.toLowerCase(), fields[i + 1]!);
    i += empty ? 1 : 2;
  }
  return candidate;
}

function typeOf(text: string): CandidateType | undefined {
  return types.has(text) ? (text as CandidateType) : OLD_TYPES.get(text);
}

/**
 * '[2001:db8::1]' and 'fe80::1%eth0' as their canonical addresses: a scope means something on the peer's machine only (RFC 4007
 * section 6). IPv4-mapped IPv6, as dual-stack sockets name their addresses, as IPv4.
 */
function readAddress(text: string): string | undefined {
  const bare = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
  const ip = canonicalIp(bare.includes(':') ? bare.replace(/%[^%]*$/, '') : bare);
  if (ip !== undefined) return /^::ffff:([\d.]+)$/.exec(ip)?.[1] ?? ip;
  return isName(text) ? text : undefined;
}

function readExtension(candidate: IceCandidate, name: string, value: string): void {
  if (name === 'raddr') {
    const related = readAddress(value) ?? value;
    if (isVisible(related)) candidate.relatedAddress = related;
  } else if (name === 'rport') {
    const port = integer(value, 65535);
    if (port !== undefined) candidate.relatedPort = port;
  } else if (name === 'tcptype' && tcpTypes.has(value.toLowerCase())) {
    candidate.tcpType = value.toLowerCase() as TcpType;
  } else if (name === 'ufrag' && isVisible(value)) {
    candidate.ufrag = value;
  }
}

/** Writes a candidate as Kurento does: 'candidate:1 1 UDP 2015363327 192.0.2.2 50004 typ host'. */
export function formatCandidate(candidate: IceCandidate): string {
  const { foundation, component, protocol, priority, address, port, type } = candidate;
  let line = `candidate:${foundation} ${component} ${protocol.toUpperCase()} ${priority} ${address} ${port} typ ${type}`;
  if (candidate.relatedAddress !== undefined) {
    line += ` raddr ${candidate.relatedAddress} rport ${candidate.relatedPort ?? 0}`;
  }
  if (candidate.tcpType !== undefined) line += ` tcptype ${candidate.tcpType}`;
  return line;
}
