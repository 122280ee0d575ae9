import { concat, u16, u32 } from '../bytes.js';
import { ContainerError, type TrackFormat } from '../container.js';
import { opusHead } from '../opus-head.js';
import { element, float, Id, text, uint } from './ebml.js';

/** Codec ids of RFC 9559's registry. */
const CODEC_IDS: Record<string, string> = {
  VP8: 'V_VP8',
  VP9: 'V_VP9',
  AV1: 'V_AV1',
  H264: 'V_MPEG4/ISO/AVC',
  H265: 'V_MPEGH/ISO/HEVC',
  JPEG: 'V_MJPEG',
  OPUS: 'A_OPUS',
  AAC: 'A_AAC',
  PCMU: 'A_MS/ACM',
  PCMA: 'A_MS/ACM',
};

const NEEDS_CODEC_DATA = new Set(['H264', 'H265', 'AV1', 'AAC']);

/** Opus decoders need 80 ms before a place from which they are to sound right (RFC 7845 4.6). */
const OPUS_PRE_ROLL_NANOS = 80_000_000;

/** One TrackEntry (RFC 9559 5.1.4). */
export function trackEntry(number: number, format: TrackFormat): Uint8Array {
  const codecId = CODEC_IDS[format.codec];
  if (codecId === undefined) throw new ContainerError(`Matroska does not hold ${format.codec}`);
  if (NEEDS_CODEC_DATA.has(format.codec) && format.codecData === undefined) {
    throw new ContainerError(`${format.codec} needs its codec data`);
  }
  const parts = [
    uint(Id.TrackNumber, number),
    uint(Id.TrackUid, number),
    uint(Id.TrackType, format.kind === 'video' ? 1 : 2),
    uint(Id.FlagLacing, 0),
    text(Id.Language, 'und'),
    text(Id.CodecId, codecId),
  ];
  if (format.name !== undefined) parts.push(text(Id.TrackName, format.name.slice(0, 64)));
  const codecPrivate = privateData(format);
  if (codecPrivate !== undefined) parts.push(element(Id.CodecPrivate, codecPrivate));
  if (format.codec === 'OPUS') parts.push(uint(Id.SeekPreRoll, OPUS_PRE_ROLL_NANOS));
  if (format.kind === 'video') {
    parts.push(
      element(Id.Video, uint(Id.PixelWidth, format.width ?? 0), uint(Id.PixelHeight, format.height ?? 0)),
    );
  } else {
    parts.push(
      element(
        Id.Audio,
        float(Id.SamplingFrequency, format.sampleRate ?? 48000),
        uint(Id.Channels, format.channels ?? 1),
      ),
    );
  }
  return element(Id.TrackEntry, ...parts);
}

function privateData(format: TrackFormat): Uint8Array | undefined {
  switch (format.codec) {
    case 'OPUS':
      return opusHead(format);
    case 'PCMU':
      return waveFormat(7, format);
    case 'PCMA':
      return waveFormat(6, format);
    default:
      return format.codecData;
  }
}

/** WAVEFORMATEX of G.711, little-endian. */
function waveFormat(tag: number, format: TrackFormat): Uint8Array {
  const rate = format.sampleRate ?? 8000;
  const channels = format.channels ?? 1;
  const little = (bytes: Uint8Array): Uint8Array => bytes.slice().reverse();
  return concat([
    little(u16(tag)),
    little(u16(channels)),
    little(u32(rate)),
    little(u32(rate * channels)),
    little(u16(channels)),
    little(u16(8)),
    little(u16(0)),
  ]);
}
