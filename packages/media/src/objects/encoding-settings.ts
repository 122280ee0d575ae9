import type { EncodingWishes } from '../processing/media-link.js';
import { ANY_BITRATE } from '../processing/variant.js';
import type { MediaKind } from '../routing/media.js';

export interface VideoCapsValue {
  codec: 'VP8' | 'H264' | 'RAW';
  framerate?: { numerator: number; denominator: number };
}

export interface AudioCapsValue {
  codec: 'OPUS' | 'PCMU' | 'RAW';
  bitrate: number;
}

/** The format that an application has set for what comes out of an element. */
interface FormatWish {
  codec?: string | undefined;
  maxFramerate?: number | undefined;
  /** bit/s */
  bitrate?: number | undefined;
}

/** Has the properties encoderBitrate, minEncoderBitrate and maxEncoderBitrate, of video. Unit: bit/s. */
interface EncoderProperties {
  property(name: string): unknown;
}

/**
 * How media that comes out of an element is encoded where it is. All sinks of an element share one object for each kind, until
 * something is set.
 */
export class EncodingSettings {
  readonly #element: EncoderProperties;
  readonly #formats: Partial<Record<MediaKind, FormatWish>> = {};
  #wishes: Partial<Record<MediaKind, EncodingWishes>> = {};

  constructor(element: EncoderProperties) {
    this.#element = element;
  }

  wishes(kind: MediaKind): EncodingWishes {
    this.#wishes[kind] ??= this.#make(kind);
    return this.#wishes[kind];
  }

  #make(kind: MediaKind): EncodingWishes {
    const format = this.#formats[kind];
    const rate = (name: string): number => this.#element.property(name) as number;
    return {
      bitrate:
        kind === 'audio'
          ? { ...ANY_BITRATE, initial: format?.bitrate ?? 0 }
          : {
              initial: rate('encoderBitrate'),
              minimum: rate('minEncoderBitrate'),
              maximum: rate('maxEncoderBitrate'),
            },
      codec: format?.codec,
      maxFramerate: format?.maxFramerate,
    };
  }

  /** A property has another value. */
  changed(): void {
    this.#wishes = {};
  }

  /** RAW is none of the formats that can be sent. */
  setVideoFormat({ codec, framerate }: VideoCapsValue): void {
    const frames = framerate === undefined ? 0 : framerate.numerator / framerate.denominator;
    this.#formats.video = {
      codec: codec === 'RAW' ? undefined : codec,
      maxFramerate: Number.isFinite(frames) && frames > 0 ? frames : undefined,
    };
    this.changed();
  }

  /** Unit of the bitrate: bit/s. */
  setAudioFormat({ codec, bitrate }: AudioCapsValue): void {
    this.#formats.audio = {
      codec: codec === 'RAW' ? undefined : codec,
      bitrate: bitrate > 0 ? bitrate : undefined,
    };
    this.changed();
  }
}
