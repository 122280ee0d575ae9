import { ascii, concat, u8, u16, u32 } from '../bytes.js';
import { ContainerError, type TrackFormat } from '../container.js';
import { opusHead } from '../opus-head.js';
import { box, descriptor, fullBox } from './box.js';

/** The sample entry of a track (ISO 14496-12 8.5.2 and the codecs' own mappings). */
export function sampleEntry(format: TrackFormat): Uint8Array {
  switch (format.codec) {
    case 'H264':
      return visual('avc1', format, box('avcC', codecData(format)));
    case 'H265':
      return visual('hvc1', format, box('hvcC', codecData(format)));
    case 'AV1':
      return visual('av01', format, box('av1C', codecData(format)));
    case 'VP9':
      return visual('vp09', format, vpcC());
    case 'OPUS':
      return audio('Opus', format, 48000, dOps(format));
    case 'AAC':
      return audio('mp4a', format, format.sampleRate ?? 48000, esds(format));
    default:
      throw new ContainerError(`MP4 does not hold ${format.codec}`);
  }
}

function codecData(format: TrackFormat): Uint8Array {
  if (format.codecData === undefined) throw new ContainerError(`${format.codec} needs its codec data`);
  return format.codecData;
}

function visual(type: string, format: TrackFormat, configuration: Uint8Array): Uint8Array {
  const reserved = new Uint8Array(16);
  return box(
    type,
    new Uint8Array(6),
    u16(1),
    reserved,
    u16(format.width ?? 0),
    u16(format.height ?? 0),
    // 72 dpi, one frame a sample, no name of the compressor, 24 bits.
    u32(0x480000),
    u32(0x480000),
    u32(0),
    u16(1),
    new Uint8Array(32),
    u16(0x18),
    u16(0xffff),
    configuration,
  );
}

function audio(type: string, format: TrackFormat, rate: number, configuration: Uint8Array): Uint8Array {
  return box(
    type,
    new Uint8Array(6),
    u16(1),
    new Uint8Array(8),
    u16(format.channels ?? 2),
    u16(16),
    u32(0),
    u32(rate * 0x10000),
    configuration,
  );
}

/** VP9 as WebRTC sends it: profile 0, 8 bit 4:2:0, BT.709-limited left unspecified; level 0 = not stated ("VP Codec ISO Media File Format Binding"). */
function vpcC(): Uint8Array {
  return fullBox('vpcC', 1, 0, u8(0, 10, (8 << 4) | (1 << 1), 2, 2, 2), u16(0));
}

/** OpusSpecificBox ("Encapsulation of Opus in ISO Base Media File Format" 4.3.2): OpusHead in network byte order. */
function dOps(format: TrackFormat): Uint8Array {
  const head = opusHead(format);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  return box(
    'dOps',
    u8(0, head[9]!),
    u16(view.getUint16(10, true)),
    u32(view.getUint32(12, true)),
    u16(view.getUint16(16, true)),
    u8(head[18]!),
    head[18] === 0 ? new Uint8Array(0) : head.subarray(19),
  );
}

function esds(format: TrackFormat): Uint8Array {
  const decoder = descriptor(
    4,
    // MPEG-4 audio, an audio stream; buffer and rates not stated.
    u8(0x40, 0x15, 0, 0, 0),
    u32(0),
    u32(0),
    descriptor(5, codecData(format)),
  );
  return fullBox('esds', 0, 0, descriptor(3, u16(1), u8(0), decoder, descriptor(6, u8(2))));
}

/** The brands that a reader must know. */
export function fileTypeBox(): Uint8Array {
  return box('ftyp', ascii('isom'), u32(0x200), concat(['isom', 'iso6', 'iso2', 'mp41'].map(ascii)));
}
