/** RTP for stacks that leave media to the application: made here, and recognised when it comes back. */
import { createHash } from 'node:crypto';
import type { Received } from './interop.js';

const HEADER_LENGTH = 12;
const INTERVAL_MS = 20;
const MARKER = 0x80;

interface Stream {
  payloadType: number;
  ssrc: number;
  /** RTP timestamp units in 20 ms. */
  step: number;
  /** First bytes of each payload. */
  start: readonly number[];
}

export interface PayloadTypes {
  audio: number;
  video: number;
}

const AUDIO_SSRC = 0x1001;
const VIDEO_SSRC = 0x2002;
export const SSRCS = { audio: AUDIO_SSRC, video: VIDEO_SSRC } as const;

/** Makes 50 Opus and 50 VP8 packets a second, every frame a key frame in one packet, and knows their payloads again. */
export class RtpSource {
  readonly received: Received = { audio: 0, video: 0, strange: 0 };
  readonly #sent = { audio: new Set<string>(), video: new Set<string>() };
  #timer: NodeJS.Timeout | undefined;
  #count = 0;

  start(types: PayloadTypes, send: (kind: 'audio' | 'video', packet: Buffer) => void): void {
    // An Opus table of contents for 20 ms; a VP8 descriptor that starts partition 0 of a key frame.
    const audio: Stream = { payloadType: types.audio, ssrc: AUDIO_SSRC, step: 960, start: [0xfc] };
    const video: Stream = { payloadType: types.video, ssrc: VIDEO_SSRC, step: 1800, start: [0x10, 0x00] };
    this.#timer = setInterval(() => {
      send('audio', this.#packet('audio', audio));
      send('video', this.#packet('video', video));
      this.#count++;
    }, INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Counts a payload that came back. */
  receive(kind: 'audio' | 'video', payload: Uint8Array): void {
    if (this.#sent[kind].has(hash(payload))) this.received[kind]++;
    else this.received.strange++;
  }

  #packet(kind: 'audio' | 'video', { payloadType, ssrc, step, start }: Stream): Buffer {
    const payload = Buffer.alloc(kind === 'audio' ? 80 : 900, `${kind} ${this.#count} `);
    payload.set(start);
    this.#sent[kind].add(hash(payload));
    const header = Buffer.alloc(HEADER_LENGTH);
    header[0] = 2 << 6;
    header[1] = payloadType | (kind === 'video' ? MARKER : 0);
    header.writeUInt16BE((1000 + this.#count) & 0xffff, 2);
    header.writeUInt32BE((5000 + this.#count * step) >>> 0, 4);
    header.writeUInt32BE(ssrc, 8);
    return Buffer.concat([header, payload]);
  }
}

function hash(payload: Uint8Array): string {
  return createHash('sha1').update(payload).digest('base64');
}

/** The payload of an RTP packet (RFC 3550 5.1, 5.3.1); undefined for RTCP, which shares its path (RFC 5761 4). */
export function payloadOf(packet: Buffer): Buffer | undefined {
  const type = packet[1]! & 0x7f;
  if (type >= 64 && type < 96) return undefined;
  const contributing = (packet[0]! & 0x0f) * 4;
  let start = HEADER_LENGTH + contributing;
  if (packet[0]! & 0x10) start += 4 + packet.readUInt16BE(start + 2) * 4;
  const padding = packet[0]! & 0x20 ? packet.at(-1)! : 0;
  return packet.subarray(start, packet.length - padding);
}
