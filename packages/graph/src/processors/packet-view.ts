import { MAX_PACKET_PAYLOAD, type RtpPacket } from '@rivero/module';

const NOTHING = new Uint8Array(0);
const HAS_PADDING = 0x20;

/** Bytes of the header of an RTP packet (RFC 3550 section 5.1) with its extensions; 0 for what is none, or is RTCP (RFC 5761). */
export function headerLength(memory: Uint8Array, begin: number, length: number): number {
  if (length < 12 || memory[begin]! >>> 6 !== 2) return 0;
  const type = memory[begin + 1]!;
  if (type >= 192 && type <= 223) return 0;
  let header = 12 + (memory[begin]! & 0x0f) * 4;
  if ((memory[begin]! & 0x10) !== 0) {
    if (header + 4 > length) return 0;
    header += 4 + ((memory[begin + header + 2]! << 8) | memory[begin + header + 3]!) * 4;
  }
  return header > length ? 0 : header;
}

/** @throws TypeError, RangeError */
export function checkPayload(payload: unknown): asserts payload is Uint8Array {
  if (!(payload instanceof Uint8Array))
    throw new TypeError('the payload of a packet should be an Uint8Array');
  if (payload.byteLength > MAX_PACKET_PAYLOAD)
    throw new RangeError(`a payload of ${payload.byteLength} bytes is larger than ${MAX_PACKET_PAYLOAD}`);
}

/** What a packet is of. */
export interface PacketStream {
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
}

export interface PacketCodec {
  readonly name: string;
  readonly clockRate: number;
}

/** A packet in memory as an implementation sees it: one after the other, always the same object. */
export class PacketView implements RtpPacket {
  kind: 'audio' | 'video' = 'video';
  codec = '';
  clockRate = 0;
  payloadType = 0;
  ssrc = 0;
  sequence = 0;
  time = 0;
  keyFrame = false;
  timestamp = 0;
  marker = false;
  begin = 0;
  header = 0;
  /** Of the payload as it came. */
  #place: Uint8Array = NOTHING;
  #payload: Uint8Array = NOTHING;

  constructor(private readonly memory: Uint8Array) {}

  /** @param header bytes of its header */
  set(
    begin: number,
    length: number,
    header: number,
    stream: PacketStream,
    codec: PacketCodec,
    time: number,
  ): void {
    const { memory } = this;
    const typeAndMarker = memory[begin + 1]!;
    let padding = (memory[begin]! & HAS_PADDING) === 0 ? 0 : memory[begin + length - 1]!;
    if (header + padding > length) padding = 0;
    this.begin = begin;
    this.header = header;
    this.kind = stream.kind;
    this.ssrc = stream.ssrc;
    this.codec = codec.name;
    this.clockRate = codec.clockRate;
    this.payloadType = typeAndMarker & 0x7f;
    this.marker = typeAndMarker >= 0x80;
    this.sequence = (memory[begin + 2]! << 8) | memory[begin + 3]!;
    this.timestamp =
      ((memory[begin + 4]! << 24) |
        (memory[begin + 5]! << 16) |
        (memory[begin + 6]! << 8) |
        memory[begin + 7]!) >>>
      0;
    this.time = time;
    this.#place = new Uint8Array(memory.buffer, begin + header, length - header - padding);
    this.#payload = this.#place;
  }

  get payload(): Uint8Array {
    return this.#payload;
  }

  set payload(payload: Uint8Array) {
    checkPayload(payload);
    this.#payload = payload;
  }

  /** Writes what has been set into the memory, under a number of its own. @returns its length by now, bytes */
  write(sequence: number, ssrc: number): number {
    const { memory, begin, header } = this;
    const payload = this.#payload;
    if (payload !== this.#place) memory.set(payload, begin + header);
    writeHeader(memory, begin, this.payloadType, this.marker, sequence, this.timestamp, ssrc);
    return header + payload.byteLength;
  }

  /** It is nobody's any more. */
  withdraw(): void {
    this.#place = NOTHING;
    this.#payload = NOTHING;
  }
}

/** Writes the fixed part of a header, but for its first byte: it loses its padding. */
export function writeHeader(
  memory: Uint8Array,
  begin: number,
  payloadType: number,
  marker: boolean,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  memory[begin] = memory[begin]! & ~HAS_PADDING;
  memory[begin + 1] = payloadType | (marker ? 0x80 : 0);
  memory[begin + 2] = sequence >> 8;
  memory[begin + 3] = sequence & 0xff;
  for (let i = 0; i < 4; i++) {
    memory[begin + 4 + i] = (timestamp >>> (24 - 8 * i)) & 0xff;
    memory[begin + 8 + i] = (ssrc >>> (24 - 8 * i)) & 0xff;
  }
}
