/** Largest payload of a packet that goes on, bytes: with headers and encryption it has to fit into what networks carry. */
export const MAX_PACKET_PAYLOAD = 1400;

/**
 * One RTP packet (RFC 3550) as it travels, encoded. It is lent: when `onPacket` has returned, or its promise has settled, it is the
 * element's no more. What is to be kept of the payload has to be copied.
 */
export interface RtpPacket {
  readonly kind: 'audio' | 'video';
  /** Encoding name as in SDP: `VP8`, `H264`, `opus`; `telephone-event` for tones of keys (RFC 4733). */
  readonly codec: string;
  /** Hz of the timestamps. */
  readonly clockRate: number;
  /** Payload type between the server and the element: each codec of a stream has its own. */
  readonly payloadType: number;
  /** Of the stream between the server and the element: it stays, whatever the element is connected to. */
  readonly ssrc: number;
  /**
   * 16 bits, one more for each packet of the stream. A packet that was lost on the way to the server and sent again comes late, after those
   * that followed it.
   */
  readonly sequence: number;
  /** When it came, ms, on the monotonic clock of the machine: differences count. */
  readonly time: number;
  /** With it begins a key frame, from which on everything can be decoded. */
  readonly keyFrame: boolean;
  /** 32 bits; packets of one frame have the same. May be set. */
  timestamp: number;
  /** The frame ends with it; of sound, silence has ended. May be set. */
  marker: boolean;
  /** Its bytes may be changed, or another array set in their place: MAX_PACKET_PAYLOAD bytes at most, else RangeError. */
  payload: Uint8Array;
}

/** A packet of the element's own. */
export interface NewRtpPacket {
  /** Its stream: it goes on in the codec of that stream. */
  readonly kind: 'audio' | 'video';
  /** MAX_PACKET_PAYLOAD bytes at most. */
  readonly payload: Uint8Array;
  /** That of the newest packet of the stream unless given. */
  readonly timestamp?: number;
  readonly marker?: boolean;
  /** With it begins a key frame; asked for only of `opaque` elements. */
  readonly keyFrame?: boolean;
}
