import { readUint16, readUint32, writeUint16, writeUint32 } from '../wire/bytes.js';

/** Messages of the Data Channel Establishment Protocol (RFC 8832 section 8.2.1). */
export const DcepType = { Ack: 0x02, Open: 0x03 } as const;

/** Payload protocol identifiers of data channels (RFC 8831 section 8). */
export const PayloadProtocol = {
  Dcep: 50,
  String: 51,
  Binary: 53,
  StringEmpty: 56,
  BinaryEmpty: 57,
} as const;

const UNORDERED = 0x80;
const RELIABLE = 0;
const REXMIT = 1;
const TIMED = 2;
const FIXED = 12;

/** DATA_CHANNEL_OPEN (RFC 8832 section 5.1). */
export interface DataChannelOpen {
  label: string;
  protocol: string;
  ordered: boolean;
  /** Retransmissions of a message, 0 to 2^32 - 1. */
  maxRetransmits?: number;
  /** Lifetime of a message in milliseconds, 0 to 2^32 - 1. */
  maxPacketLifeTime?: number;
  /** 128 low, 256 normal, 512 high, 1024 extra high (RFC 8831 section 6.4). */
  priority: number;
}

/** Undefined when malformed or of an unknown channel type. */
export function parseOpen(data: Uint8Array): DataChannelOpen | undefined {
  if (data.length < FIXED || data[0] !== DcepType.Open) return undefined;
  const labelLength = readUint16(data, 8);
  const protocolLength = readUint16(data, 10);
  if (data.length !== FIXED + labelLength + protocolLength) return undefined;
  const reliability = readUint32(data, 4);
  const kind = data[1]! & ~UNORDERED;
  if (kind > TIMED) return undefined;
  const text = new TextDecoder();
  return {
    label: text.decode(data.subarray(FIXED, FIXED + labelLength)),
    protocol: text.decode(data.subarray(FIXED + labelLength)),
    ordered: (data[1]! & UNORDERED) === 0,
    priority: readUint16(data, 2),
    ...(kind === REXMIT ? { maxRetransmits: reliability } : {}),
    ...(kind === TIMED ? { maxPacketLifeTime: reliability } : {}),
  };
}

/** Undefined when label or protocol is longer than 65535 bytes. */
export function writeOpen(open: DataChannelOpen): Uint8Array | undefined {
  const text = new TextEncoder();
  const label = text.encode(open.label);
  const protocol = text.encode(open.protocol);
  if (label.length > 0xffff || protocol.length > 0xffff) return undefined;
  const data = new Uint8Array(FIXED + label.length + protocol.length);
  let kind: number = RELIABLE;
  if (open.maxRetransmits !== undefined) kind = REXMIT;
  else if (open.maxPacketLifeTime !== undefined) kind = TIMED;
  data[0] = DcepType.Open;
  data[1] = kind | (open.ordered ? 0 : UNORDERED);
  writeUint16(data, 2, open.priority);
  writeUint32(data, 4, open.maxRetransmits ?? open.maxPacketLifeTime ?? 0);
  writeUint16(data, 8, label.length);
  writeUint16(data, 10, protocol.length);
  data.set(label, FIXED);
  data.set(protocol, FIXED + label.length);
  return data;
}
