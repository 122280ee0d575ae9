import { readInt32, readUint16, readUint24 } from './bytes.js';
import { PayloadFeedbackFormat, RtcpType, TransportFeedbackFormat } from './rtcp-types.js';

/**
 * What a parser tells, in wire order. Everything is a number or a place in the given buffer, valid during the call only.
 * SSRCs, NTP halves and timestamps are int32 bit patterns.
 */
export interface RtcpHandler {
  senderReport?(
    ssrc: number,
    ntpSeconds: number,
    ntpFraction: number,
    rtpTimestamp: number,
    packetCount: number,
    octetCount: number,
  ): void;
  /** A report block of an SR or RR. `fractionLost` 0 … 255, `cumulativeLost` signed 24 bit. */
  reportBlock?(
    reporter: number,
    ssrc: number,
    fractionLost: number,
    cumulativeLost: number,
    extendedHighest: number,
    jitter: number,
    lastSenderReport: number,
    delaySinceLastSenderReport: number,
  ): void;
  /** CNAME as UTF-8 bytes in the buffer. */
  cname?(ssrc: number, buffer: Uint8Array, offset: number, length: number): void;
  bye?(ssrc: number): void;
  /** Called for each NACK packet, before the sequence numbers in it. */
  nackPacket?(sender: number, media: number): void;
  /** Called once for each sequence number asked for (RFC 4585 section 6.2.1). */
  nack?(sender: number, media: number, sequence: number): void;
  pli?(sender: number, media: number): void;
  /** Full intra request for `media` with its command sequence number (RFC 5104 section 4.3.1). */
  fir?(sender: number, media: number, commandSequence: number): void;
  /** `bitrate` in bit/s; `count` SSRCs of 4 bytes from `ssrcsOffset` on. */
  remb?(sender: number, bitrate: number, buffer: Uint8Array, ssrcsOffset: number, count: number): void;
  /** The control information of a transport-wide feedback packet, for TransportFeedbackReader. */
  transportFeedback?(sender: number, media: number, buffer: Uint8Array, offset: number, length: number): void;
  /** XR receiver reference time (RFC 3611 section 4.4). */
  receiverReferenceTime?(sender: number, ntpSeconds: number, ntpFraction: number): void;
  /** XR sub-block of DLRR (RFC 3611 section 4.5): reaction of `sender` to our reference time `lastRr`. */
  delaySinceLastReceiverReport?(sender: number, ssrc: number, lastRr: number, delay: number): void;
}

export interface RtcpCounters {
  /** packets within compounds that were understood or knowingly skipped */
  packets: number;
  /** well-formed packets of a type or format nobody here knows */
  unknown: number;
  /** compounds that ended in something malformed */
  malformed: number;
}

export function createRtcpCounters(): RtcpCounters {
  return { packets: 0, unknown: 0, malformed: 0 };
}

/**
 * Parses a compound (RFC 3550 section 6.1) or reduced-size (RFC 5506) RTCP datagram. Never throws and never reads
 * outside `offset … offset + length`. Packets before a malformed one are reported, those after it are not.
 * @returns true when all of it was well-formed
 */
export function parseRtcp(
  buffer: Uint8Array,
  offset: number,
  length: number,
  handler: RtcpHandler,
  counters?: RtcpCounters,
): boolean {
  const end = offset + length;
  let at = offset;
  let wellFormed = length >= 4;
  while (wellFormed && at < end) {
    if (end - at < 4) {
      wellFormed = false;
      break;
    }
    const first = buffer[at]!;
    const packetEnd = at + (readUint16(buffer, at + 2) + 1) * 4;
    if (first >>> 6 !== 2 || packetEnd > end) {
      wellFormed = false;
      break;
    }
    let bodyEnd = packetEnd;
    if ((first & 0x20) !== 0) {
      // only the last packet of a compound is padded; the count includes itself
      const padding = buffer[packetEnd - 1]!;
      const odd = (padding & 3) !== 0 && !isTransportFeedback(first, buffer[at + 1]!);
      if (packetEnd !== end || padding === 0 || odd || padding > packetEnd - at - 4) {
        wellFormed = false;
        break;
      }
      bodyEnd = packetEnd - padding;
    }
    const outcome = parsePacket(buffer, at + 4, bodyEnd, buffer[at + 1]!, first & 0x1f, handler);
    if (outcome === Outcome.Malformed) {
      wellFormed = false;
      break;
    }
    if (counters !== undefined) {
      if (outcome === Outcome.Unknown) counters.unknown++;
      else counters.packets++;
    }
    at = packetEnd;
  }
  if (!wellFormed && counters !== undefined) counters.malformed++;
  return wellFormed;
}

/** Its padding fills the last word only, in libwebrtc; of all others the count is a multiple of four (RFC 3550 section 6.4.1). */
function isTransportFeedback(first: number, type: number): boolean {
  return type === RtcpType.TransportFeedback && (first & 0x1f) === TransportFeedbackFormat.TransportWide;
}

const Outcome = { Malformed: 0, Unknown: 1, Understood: 2 } as const;
type Outcome = (typeof Outcome)[keyof typeof Outcome];

const REPORT_BLOCK_SIZE = 24;

/** @param at behind the common 4-byte header @param count the 5 bits beside version and padding */
function parsePacket(
  buffer: Uint8Array,
  at: number,
  end: number,
  type: number,
  count: number,
  handler: RtcpHandler,
): Outcome {
  switch (type) {
    case RtcpType.SenderReport: {
      if (end - at < 24 + count * REPORT_BLOCK_SIZE) return Outcome.Malformed;
      const ssrc = readInt32(buffer, at);
      handler.senderReport?.(
        ssrc,
        readInt32(buffer, at + 4),
        readInt32(buffer, at + 8),
        readInt32(buffer, at + 12),
        readInt32(buffer, at + 16) >>> 0,
        readInt32(buffer, at + 20) >>> 0,
      );
      parseReportBlocks(buffer, at + 24, count, ssrc, handler);
      return Outcome.Understood;
    }
    case RtcpType.ReceiverReport:
      if (end - at < 4 + count * REPORT_BLOCK_SIZE) return Outcome.Malformed;
      parseReportBlocks(buffer, at + 4, count, readInt32(buffer, at), handler);
      return Outcome.Understood;
    case RtcpType.SourceDescription:
      return parseSourceDescription(buffer, at, end, count, handler);
    case RtcpType.Bye:
      if (end - at < count * 4) return Outcome.Malformed;
      for (let i = 0; i < count; i++) handler.bye?.(readInt32(buffer, at + i * 4));
      return Outcome.Understood;
    case RtcpType.App:
      return end - at < 8 ? Outcome.Malformed : Outcome.Understood;
    case RtcpType.TransportFeedback:
      return parseTransportFeedback(buffer, at, end, count, handler);
    case RtcpType.PayloadFeedback:
      return parsePayloadFeedback(buffer, at, end, count, handler);
    case RtcpType.ExtendedReport:
      return parseExtendedReport(buffer, at, end, handler);
    default:
      return Outcome.Unknown;
  }
}

function parseReportBlocks(
  buffer: Uint8Array,
  start: number,
  count: number,
  reporter: number,
  handler: RtcpHandler,
): void {
  if (handler.reportBlock === undefined) return;
  for (let i = 0, at = start; i < count; i++, at += REPORT_BLOCK_SIZE) {
    handler.reportBlock(
      reporter,
      readInt32(buffer, at),
      buffer[at + 4]!,
      (readUint24(buffer, at + 5) << 8) >> 8,
      readInt32(buffer, at + 8),
      readInt32(buffer, at + 12),
      readInt32(buffer, at + 16),
      readInt32(buffer, at + 20),
    );
  }
}

function parseSourceDescription(
  buffer: Uint8Array,
  start: number,
  end: number,
  chunks: number,
  handler: RtcpHandler,
): Outcome {
  let at = start;
  for (let chunk = 0; chunk < chunks; chunk++) {
    if (end - at < 8) return Outcome.Malformed;
    const ssrc = readInt32(buffer, at);
    let item = at + 4;
    for (;;) {
      if (item >= end) return Outcome.Malformed;
      const type = buffer[item]!;
      if (type === 0) break;
      if (item + 2 > end) return Outcome.Malformed;
      const length = buffer[item + 1]!;
      if (item + 2 + length > end) return Outcome.Malformed;
      if (type === 1) handler.cname?.(ssrc, buffer, item + 2, length);
      item += 2 + length;
    }
    // a chunk is ended by one to four null octets, up to the next word boundary
    at += (item - at + 4) & ~3;
    if (at > end) return Outcome.Malformed;
  }
  return Outcome.Understood;
}

function parseTransportFeedback(
  buffer: Uint8Array,
  at: number,
  end: number,
  format: number,
  handler: RtcpHandler,
): Outcome {
  if (end - at < 8) return Outcome.Malformed;
  const sender = readInt32(buffer, at);
  const media = readInt32(buffer, at + 4);
  switch (format) {
    case TransportFeedbackFormat.Nack:
      if (end - at < 12) return Outcome.Malformed;
      handler.nackPacket?.(sender, media);
      if (handler.nack === undefined) return Outcome.Understood;
      for (let item = at + 8; item + 4 <= end; item += 4) {
        const first = readUint16(buffer, item);
        handler.nack(sender, media, first);
        for (let mask = readUint16(buffer, item + 2), next = first + 1; mask !== 0; mask >>>= 1, next++) {
          if ((mask & 1) !== 0) handler.nack(sender, media, next & 0xffff);
        }
      }
      return Outcome.Understood;
    case TransportFeedbackFormat.TransportWide:
      if (end - at < 16) return Outcome.Malformed;
      handler.transportFeedback?.(sender, media, buffer, at + 8, end - at - 8);
      return Outcome.Understood;
    default:
      return Outcome.Unknown;
  }
}

function parsePayloadFeedback(
  buffer: Uint8Array,
  at: number,
  end: number,
  format: number,
  handler: RtcpHandler,
): Outcome {
  if (end - at < 8) return Outcome.Malformed;
  const sender = readInt32(buffer, at);
  const media = readInt32(buffer, at + 4);
  switch (format) {
    case PayloadFeedbackFormat.PictureLoss:
      handler.pli?.(sender, media);
      return Outcome.Understood;
    case PayloadFeedbackFormat.FullIntraRequest:
      if (end - at < 16) return Outcome.Malformed;
      for (let item = at + 8; item + 8 <= end; item += 8) {
        handler.fir?.(sender, readInt32(buffer, item), buffer[item + 4]!);
      }
      return Outcome.Understood;
    case PayloadFeedbackFormat.ApplicationLayer:
      return parseRemb(buffer, at + 8, end, sender, handler);
    default:
      return Outcome.Unknown;
  }
}

const REMB_IDENTIFIER = 0x52454d42;

/** draft-alvestrand-rmcat-remb-03 section 2.2. */
function parseRemb(
  buffer: Uint8Array,
  at: number,
  end: number,
  sender: number,
  handler: RtcpHandler,
): Outcome {
  if (end - at < 4 || readInt32(buffer, at) !== REMB_IDENTIFIER) return Outcome.Unknown;
  if (end - at < 8) return Outcome.Malformed;
  const count = buffer[at + 4]!;
  if (end - at < 8 + count * 4) return Outcome.Malformed;
  if (handler.remb === undefined) return Outcome.Understood;
  const exponent = buffer[at + 5]! >>> 2;
  const mantissa = readUint24(buffer, at + 5) & 0x3ffff;
  handler.remb(sender, mantissa * 2 ** exponent, buffer, at + 8, count);
  return Outcome.Understood;
}

const XR_RECEIVER_REFERENCE_TIME = 4;
const XR_DLRR = 5;

function parseExtendedReport(buffer: Uint8Array, start: number, end: number, handler: RtcpHandler): Outcome {
  if (end - start < 4) return Outcome.Malformed;
  const sender = readInt32(buffer, start);
  let at = start + 4;
  while (at < end) {
    if (end - at < 4) return Outcome.Malformed;
    const blockEnd = at + (readUint16(buffer, at + 2) + 1) * 4;
    if (blockEnd > end) return Outcome.Malformed;
    const type = buffer[at]!;
    if (type === XR_RECEIVER_REFERENCE_TIME) {
      if (blockEnd - at !== 12) return Outcome.Malformed;
      handler.receiverReferenceTime?.(sender, readInt32(buffer, at + 4), readInt32(buffer, at + 8));
    } else if (type === XR_DLRR && handler.delaySinceLastReceiverReport !== undefined) {
      for (let item = at + 4; item + 12 <= blockEnd; item += 12) {
        handler.delaySinceLastReceiverReport(
          sender,
          readInt32(buffer, item),
          readInt32(buffer, item + 4),
          readInt32(buffer, item + 8),
        );
      }
    }
    at = blockEnd;
  }
  return Outcome.Understood;
}
