import { readUint16 } from './bytes.js';

/** URIs of the header extensions that are known here. */
export const ExtensionUri = {
  AudioLevel: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  VideoOrientation: 'urn:3gpp:video-orientation',
  AbsoluteSendTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
  AbsoluteCaptureTime: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time',
  TransportWideSequence: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  TransmissionOffset: 'urn:ietf:params:rtp-hdrext:toffset',
  PlayoutDelay: 'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
  Mid: 'urn:ietf:params:rtp-hdrext:sdes:mid',
  Rid: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
  RepairedRid: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
  /** Between processes of the server: whether a key frame begins with a packet whose payload can't be read; one byte, 1 or 0. */
  KeyFrameMark: 'urn:x-rivero:key-frame',
  DependencyDescriptor:
    'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension',
} as const;

/** Profile of the one-byte form (RFC 8285 section 4.2). */
const ONE_BYTE_PROFILE = 0xbede;
/** Profile of the two-byte form; the low four bits are free (section 4.3). */
const TWO_BYTE_PROFILE = 0x1000;

/**
 * Finds a header extension element (RFC 8285) in an RTP packet. Reads only within the packet, never throws.
 * @param offset of the RTP header in `slab` @param length of the packet
 * @param id 1 … 255 (15 is reserved in the one-byte form)
 * @returns -1 when it is not there, else offset from the start of the packet | length << 16; see elementOffset, elementLength
 */
export function findExtension(slab: Uint8Array, offset: number, length: number, id: number): number {
  if (length < 16 || (slab[offset]! & 0x10) === 0) return -1;
  const block = 12 + (slab[offset]! & 0x0f) * 4;
  if (length < block + 4) return -1;
  const profile = readUint16(slab, offset + block);
  const end = block + 4 + readUint16(slab, offset + block + 2) * 4;
  if (end > length) return -1;
  let at = block + 4;
  if (profile === ONE_BYTE_PROFILE) {
    while (at < end) {
      const first = slab[offset + at]!;
      if (first === 0) {
        at++;
        continue;
      }
      const elementId = first >>> 4;
      // 15 ends processing (RFC 8285 section 4.2)
      if (elementId === 15) return -1;
      const size = (first & 0x0f) + 1;
      if (at + 1 + size > end) return -1;
      if (elementId === id) return (at + 1) | (size << 16);
      at += 1 + size;
    }
    return -1;
  }
  if ((profile & 0xfff0) !== TWO_BYTE_PROFILE) return -1;
  while (at < end) {
    const elementId = slab[offset + at]!;
    if (elementId === 0) {
      at++;
      continue;
    }
    if (at + 2 > end) return -1;
    const size = slab[offset + at + 1]!;
    if (at + 2 + size > end) return -1;
    if (elementId === id) return (at + 2) | (size << 16);
    at += 2 + size;
  }
  return -1;
}

/** Offset of a found element from the start of its packet. */
export function elementOffset(found: number): number {
  return found & 0xffff;
}

/** Length in bytes of a found element, 0 … 255. */
export function elementLength(found: number): number {
  return found >>> 16;
}

/**
 * Audio level (RFC 6464): -dBov 0 (loudest) … 127 (silence) | voice activity << 7; -1 when the packet has none.
 */
export function readAudioLevel(slab: Uint8Array, offset: number, length: number, id: number): number {
  const found = findExtension(slab, offset, length, id);
  return found < 0 || elementLength(found) < 1 ? -1 : slab[offset + elementOffset(found)]!;
}

/** Video orientation (3GPP TS 26.114 section 7.4.5): camera << 3 | flip << 2 | rotation / 90°; -1 when there is none. */
export function readVideoOrientation(slab: Uint8Array, offset: number, length: number, id: number): number {
  const found = findExtension(slab, offset, length, id);
  return found < 0 || elementLength(found) < 1 ? -1 : slab[offset + elementOffset(found)]! & 0x0f;
}

/** Absolute send time: 6.18 fixed point seconds, wrapping every 64 s; -1 when the packet has none. */
export function readAbsoluteSendTime(slab: Uint8Array, offset: number, length: number, id: number): number {
  const found = findExtension(slab, offset, length, id);
  if (found < 0 || elementLength(found) !== 3) return -1;
  const at = offset + elementOffset(found);
  return (slab[at]! << 16) | (slab[at + 1]! << 8) | slab[at + 2]!;
}

/** Transport-wide sequence number, 16 bit; -1 when the packet has none. */
export function readTransportSequence(slab: Uint8Array, offset: number, length: number, id: number): number {
  const found = findExtension(slab, offset, length, id);
  if (found < 0 || elementLength(found) < 2) return -1;
  return readUint16(slab, offset + elementOffset(found));
}

/**
 * The text of a MID, RID or repaired RID element (RFC 8843 section 15, RFC 8852), undefined when the packet has none or it
 * is no ASCII token. Allocates: for binding new streams, not for every packet.
 */
export function readTextExtension(
  slab: Uint8Array,
  offset: number,
  length: number,
  id: number,
): string | undefined {
  const found = findExtension(slab, offset, length, id);
  if (found < 0 || elementLength(found) === 0) return undefined;
  let text = '';
  for (let i = 0; i < elementLength(found); i++) {
    const code = slab[offset + elementOffset(found) + i]!;
    // some senders fill up with null octets
    if (code === 0) break;
    if (code < 0x21 || code > 0x7e) return undefined;
    text += String.fromCharCode(code);
  }
  return text === '' ? undefined : text;
}

/** Length of the RTP header with CSRCs and extension block, -1 when the packet is malformed (RFC 3550 section 5.1). */
export function rtpHeaderLength(slab: Uint8Array, offset: number, length: number): number {
  if (length < 12 || slab[offset]! >>> 6 !== 2) return -1;
  let header = 12 + (slab[offset]! & 0x0f) * 4;
  if ((slab[offset]! & 0x10) !== 0) {
    if (length < header + 4) return -1;
    header += 4 + readUint16(slab, offset + header + 2) * 4;
  }
  return header > length ? -1 : header;
}
