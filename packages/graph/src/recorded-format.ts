import { av1Configuration, type ContainerCodec, type TrackFormat } from '@rivero/containers';
import { capsFields } from './caps.js';
import { capsFilter, type Step } from './steps.js';

/** How a codec of the graph goes into a container: what puts its frames into the container's form. */
interface Recorded {
  /** Name in the graph's table of codecs. */
  readonly graphName: string;
  readonly kind: 'audio' | 'video';
  readonly steps: readonly Step[];
}

const avc: readonly Step[] = [
  // Parameter sets stay in the stream, too: a picture size that changes later is told there.
  ['h264parse', { 'config-interval': -1 }],
  capsFilter('video/x-h264,stream-format=avc,alignment=au'),
];

const RECORDED: Readonly<Record<ContainerCodec, Recorded>> = {
  VP8: { graphName: 'VP8', kind: 'video', steps: [] },
  VP9: {
    graphName: 'VP9',
    kind: 'video',
    steps: [['vp9parse'], capsFilter('video/x-vp9,alignment=super-frame')],
  },
  AV1: {
    graphName: 'AV1',
    kind: 'video',
    steps: [['av1parse'], capsFilter('video/x-av1,stream-format=obu-stream,alignment=tu')],
  },
  H264: { graphName: 'H264', kind: 'video', steps: avc },
  H265: {
    graphName: 'H265',
    kind: 'video',
    steps: [
      ['h265parse', { 'config-interval': -1 }],
      capsFilter('video/x-h265,stream-format=hvc1,alignment=au'),
    ],
  },
  JPEG: { graphName: 'JPEG', kind: 'video', steps: [] },
  OPUS: { graphName: 'opus', kind: 'audio', steps: [] },
  AAC: {
    graphName: 'AAC',
    kind: 'audio',
    steps: [['aacparse'], capsFilter('audio/mpeg,mpegversion=4,stream-format=raw')],
  },
  PCMU: { graphName: 'PCMU', kind: 'audio', steps: [] },
  PCMA: { graphName: 'PCMA', kind: 'audio', steps: [] },
};

/** The name of a codec in containers; undefined when none holds it. */
export function containerCodec(graphName: string): ContainerCodec | undefined {
  const entries = Object.entries(RECORDED) as [ContainerCodec, Recorded][];
  return entries.find(([, { graphName: name }]) => name.toLowerCase() === graphName.toLowerCase())?.[0];
}

/** The name of a container's codec in the graph. */
export function graphCodec(codec: ContainerCodec): string {
  return RECORDED[codec].graphName;
}

/** What stands between encoded frames and a container. */
export function recordingSteps(codec: ContainerCodec): readonly Step[] {
  return RECORDED[codec].steps;
}

/** What a container must know of frames with these caps. `first`: the first frame, a key frame, for what caps do not tell. */
export function trackFormat(codec: ContainerCodec, caps: string, first: Uint8Array): TrackFormat {
  const { fields } = capsFields(caps);
  const number = (name: string): number => Number(fields.get(name) ?? 0) || 0;
  // Parsers of AV1 tell it of files only.
  const codecData =
    bufferField(fields.get('codec_data')) ?? (codec === 'AV1' ? av1Configuration(first) : undefined);
  if (RECORDED[codec].kind === 'audio') {
    return {
      kind: 'audio',
      codec,
      sampleRate: codec === 'OPUS' ? 48000 : number('rate') || 8000,
      channels: number('channels') || (codec === 'OPUS' ? 2 : 1),
      ...(codecData !== undefined && { codecData }),
    };
  }
  const inFrame = codec === 'VP8' ? vp8Size(first) : undefined;
  return {
    kind: 'video',
    codec,
    width: inFrame?.width ?? number('width'),
    height: inFrame?.height ?? number('height'),
    ...(codecData !== undefined && { codecData }),
  };
}

/** A buffer as caps print it: hexadecimal. */
function bufferField(text: string | undefined): Uint8Array | undefined {
  if (text === undefined || text === '' || !/^([0-9a-f]{2})+$/i.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** Picture size in a key frame's header (RFC 6386 9.1). */
function vp8Size(frame: Uint8Array): { width: number; height: number } | undefined {
  if (frame.length < 10 || (frame[0]! & 1) !== 0) return undefined;
  if (frame[3] !== 0x9d || frame[4] !== 0x01 || frame[5] !== 0x2a) return undefined;
  return {
    width: (frame[6]! | (frame[7]! << 8)) & 0x3fff,
    height: (frame[8]! | (frame[9]! << 8)) & 0x3fff,
  };
}
