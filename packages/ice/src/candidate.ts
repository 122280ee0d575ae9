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

/**
 * Reads a candidate attribute, with or without 'a='. Lenient: letter case, extra spaces and unknown extensions don't matter.
 * undefined when it is no candidate, or of a transport or component that can't be used. Never throws.
 */
export function parseCandidate(line: string): IceCandidate | undefined {
  if (line.length > MAX_LINE) return undefined;
  const match = /^\s*(?:a=)?candidate:(.*)$/is.exec(line);
  if (!match) return undefined;
  const fields = match[1]!.trim().split(/\s+/);
  const [foundation, componentText, transport, priorityText, address, portText, typ, typeText] = fields;
  const component = integer(componentText, 2);
  const priority = integer(priorityText, 0xffffffff);
  const port = integer(portText, 65535);
  const protocol = transport?.toLowerCase();
  const type = typeText?.toLowerCase();
  if (!foundation || foundation.length > 32 || !isVisible(foundation)) return undefined;
  if (component !== 1 && component !== 2) return undefined;
  if ((protocol !== 'udp' && protocol !== 'tcp') || priority === undefined || priority === 0)
    return undefined;
  if (!address || port === undefined || typ?.toLowerCase() !== 'typ' || !type || !types.has(type))
    return undefined;
  const ip = canonicalIp(address);
  if (ip === undefined && !isName(address)) return undefined;
  const candidate: IceCandidate = {
    foundation,
    component,
    protocol,
    priority,
    address: ip ?? address,
    port,
    type: type as CandidateType,
  };
  for (let i = 8; i + 1 < fields.length; i += 2)
    readExtension(candidate, fields[i]!.toLowerCase(), fields[i + 1]!);
  return candidate;
}

function readExtension(candidate: IceCandidate, name: string, value: string): void {
  if (name === 'raddr') {
    const related = canonicalIp(value) ?? value;
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
