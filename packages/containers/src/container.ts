/** Codecs that a container may hold. */
export type ContainerCodec =
  | 'VP8'
  | 'VP9'
  | 'AV1'
  | 'H264'
  | 'H265'
  | 'OPUS'
  | 'AAC'
  | 'PCMU'
  | 'PCMA'
  | 'JPEG';

/** What a track holds. */
export interface TrackFormat {
  readonly kind: 'audio' | 'video';
  readonly codec: ContainerCodec;
  /** Pixels; video only. */
  readonly width?: number;
  readonly height?: number;
  /** Hz; audio only. Opus: always 48000. */
  readonly sampleRate?: number;
  readonly channels?: number;
  /**
   * What a decoder needs before the first frame: AVCDecoderConfigurationRecord (ISO 14496-15 5.3.3), HEVC's of 8.3.3,
   * AV1CodecConfigurationRecord, OpusHead (RFC 7845 5.1), AudioSpecificConfig. VP8, VP9 and G.711 need none.
   */
  readonly codecData?: Uint8Array;
  /** For the person who opens the file. */
  readonly name?: string;
}

/** One encoded frame (an access unit, an audio packet). H.264 and H.265: NAL units with 4 bytes of length before each. */
export interface ContainerFrame {
  /** Number that `addTrack` gave. */
  readonly track: number;
  /** When it is shown, nanoseconds from the start of the recording, not negative. */
  readonly pts: number;
  /** When it is decoded, nanoseconds; left out where it is the same. */
  readonly dts?: number;
  /** Nanoseconds; used for the last frame of a track. */
  readonly duration?: number;
  readonly keyFrame: boolean;
  readonly data: Uint8Array;
}

/** Where a container's bytes go. */
export interface ContainerOutput {
  append(bytes: Uint8Array): void;
  /** Overwrites bytes that were appended before. An output that can't leaves it: then the file lacks lengths and index, no media. */
  patch(offset: number, bytes: Uint8Array): void;
}

/**
 * Writes frames into a container. At every moment what was appended is a playable file, up to the fragment that is being
 * collected (MP4: at most a second) or the last frame (others). Tracks may be added while frames are written.
 */
export interface ContainerWriter {
  /** @throws {ContainerError} the container does not take the codec, or has no room for another track */
  addTrack(format: TrackFormat): number;
  /** Frames of one track come in decoding order. */
  write(frame: ContainerFrame): void;
  /** Writes what is being collected. */
  flush(): void;
  /** Completes lengths and index. Idempotent; nothing can be written after it. Without a frame nothing is written at all. */
  finish(): void;
}

/** A container can't hold what it was given. */
export class ContainerError extends Error {
  override readonly name = 'ContainerError';
}
