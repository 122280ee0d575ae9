import {
  AOM,
  amr,
  type Encoder,
  H263,
  H263_PLUS,
  JPEG,
  OPENH264,
  OPUS,
  sound,
  takesFragments,
  VP8,
  VP9,
  X264,
  X265,
} from './encoders.js';
import type { StreamCodec, StreamKind } from './protocol.js';
import { capsFilter, type Step } from './steps.js';

/** bit/s at which a stream begins when nobody says. Video: Kurento's default. */
export const DEFAULT_BITRATE: Readonly<Record<StreamKind, number>> = { video: 300_000, audio: 48_000 };

/** ns of sound in a packet. */
const AUDIO_PACKET_NS = 20_000_000;

export interface Decoder {
  readonly factory: string;
  readonly properties?: Step[1];
}

/** Elements, one behind the other; for some codecs they depend on the parameters of the payload format. */
export type Chain = readonly Step[] | ((format: StreamCodec) => readonly Step[]);

export function stepsOf(chain: Chain, format: StreamCodec): readonly Step[] {
  return typeof chain === 'function' ? chain(format) : chain;
}

/** What GStreamer has for a codec. The lists go from the best to what does as well. */
export interface Codec {
  /** Encoding name in RTP and SDP. */
  readonly name: string;
  readonly kind: StreamKind;
  /** Media types of encoded buffers, with the fields that tell codecs of one media type apart. */
  readonly caps: readonly string[];
  /** Fields of RTP caps beside those that every codec has. */
  readonly rtpCaps?: (format: StreamCodec) => string;
  /** From RTP to whole frames; undefined: the codec does not come by RTP. */
  readonly depay: Chain | undefined;
  /** Puts frames from elsewhere (files) into the form that decoders, payloaders and muxers take. */
  readonly parse: readonly Step[];
  readonly decoders: readonly Decoder[];
  /** Of cameras and television. */
  readonly canBeInterlaced?: boolean;
  readonly encoders: readonly Encoder[];
  readonly pay: Chain | undefined;
}

const VIDEO_DECODER = { 'automatic-request-sync-points': true, 'discard-corrupted-frames': true };
const VIDEO_DEPAY = { 'request-keyframe': true, 'wait-for-keyframe': true };
const AUDIO_PAY = { 'min-ptime': AUDIO_PACKET_NS, 'max-ptime': AUDIO_PACKET_NS, 'perfect-rtptime': false };
const isOctetAligned = ({ parameters }: StreamCodec): boolean => parameters['octet-align'] === '1';
/** RFC 4867 has two forms, of which GStreamer knows the octet-aligned one. */
const AMR_PAYLOADS: Pick<Codec, 'rtpCaps' | 'depay' | 'pay'> = {
  rtpCaps: (format) => `encoding-params=(string)1,octet-align=(string)${isOctetAligned(format) ? 1 : 0}`,
  depay: (format) => [[isOctetAligned(format) ? 'rtpamrdepay' : 'riveroamrdepay']],
  pay: (format) => [[isOctetAligned(format) ? 'rtpamrpay' : 'riveroamrpay', { 'perfect-rtptime': false }]],
};

export const CODECS: readonly Codec[] = [
  {
    name: 'VP8',
    kind: 'video',
    caps: ['video/x-vp8'],
    depay: [['rtpvp8depay', VIDEO_DEPAY]],
    parse: [],
    decoders: [{ factory: 'vp8dec', properties: VIDEO_DECODER }],
    encoders: [VP8],
    pay: [['rtpvp8pay', { 'picture-id-mode': '15-bit' }]],
  },
  {
    name: 'VP9',
    kind: 'video',
    caps: ['video/x-vp9'],
    depay: [['rtpvp9depay', VIDEO_DEPAY]],
    parse: [],
    decoders: [{ factory: 'vp9dec', properties: VIDEO_DECODER }],
    encoders: [VP9],
    pay: [['rtpvp9pay', { 'picture-id-mode': '15-bit' }]],
  },
  {
    name: 'AV1',
    kind: 'video',
    caps: ['video/x-av1'],
    depay: [['riveroav1depay'], ['av1parse']],
    parse: [['av1parse']],
    decoders: [{ factory: 'av1dec', properties: VIDEO_DECODER }, { factory: 'dav1ddec' }],
    encoders: [AOM],
    pay: [['riveroav1pay']],
  },
  {
    name: 'H264',
    kind: 'video',
    caps: ['video/x-h264'],
    depay: [
      ['rtph264depay', VIDEO_DEPAY],
      capsFilter('video/x-h264,stream-format=byte-stream,alignment=au'),
      ['h264parse', { 'config-interval': -1 }],
    ],
    parse: [['h264parse', { 'config-interval': -1 }]],
    decoders: [{ factory: 'avdec_h264', properties: VIDEO_DECODER }, { factory: 'openh264dec' }],
    canBeInterlaced: true,
    encoders: [X264, OPENH264],
    pay: (format) => [
      [
        'rtph264pay',
        { 'config-interval': -1, 'aggregate-mode': takesFragments(format) ? 'zero-latency' : 'none' },
      ],
    ],
  },
  {
    name: 'H265',
    kind: 'video',
    caps: ['video/x-h265'],
    depay: [
      ['rtph265depay'],
      capsFilter('video/x-h265,stream-format=byte-stream,alignment=au'),
      ['h265parse', { 'config-interval': -1 }],
    ],
    parse: [['h265parse', { 'config-interval': -1 }]],
    decoders: [{ factory: 'avdec_h265', properties: VIDEO_DECODER }, { factory: 'libde265dec' }],
    encoders: [X265],
    pay: [['rtph265pay', { 'config-interval': -1, 'aggregate-mode': 'zero-latency' }]],
  },
  {
    name: 'H263-1998',
    kind: 'video',
    caps: ['video/x-h263,h263version=h263p'],
    depay: [['rtph263pdepay'], ['h263parse']],
    parse: [['h263parse']],
    decoders: [{ factory: 'avdec_h263', properties: VIDEO_DECODER }],
    encoders: [H263_PLUS],
    pay: [['rtph263ppay']],
  },
  {
    name: 'H263',
    kind: 'video',
    caps: ['video/x-h263,h263version=h263'],
    depay: [['rtph263depay'], ['h263parse']],
    parse: [['h263parse']],
    decoders: [{ factory: 'avdec_h263', properties: VIDEO_DECODER }],
    encoders: [H263],
    pay: [['rtph263pay']],
  },
  {
    // For recordings only; cameras that send it are decoded at once.
    name: 'JPEG',
    kind: 'video',
    caps: [],
    depay: undefined,
    parse: [],
    decoders: [{ factory: 'jpegdec' }],
    encoders: [JPEG],
    pay: undefined,
  },
  {
    name: 'opus',
    kind: 'audio',
    caps: ['audio/x-opus'],
    depay: [['rtpopusdepay'], ['opusparse']],
    parse: [['opusparse']],
    decoders: [{ factory: 'opusdec', properties: { plc: true, 'use-inband-fec': true } }],
    encoders: [OPUS],
    pay: [['rtpopuspay', { 'perfect-rtptime': false }]],
  },
  {
    name: 'PCMU',
    kind: 'audio',
    caps: ['audio/x-mulaw'],
    depay: [['rtppcmudepay']],
    parse: [],
    decoders: [{ factory: 'mulawdec' }],
    encoders: [sound('8000', '1', ['mulawenc'])],
    pay: [['rtppcmupay', AUDIO_PAY]],
  },
  {
    name: 'PCMA',
    kind: 'audio',
    caps: ['audio/x-alaw'],
    depay: [['rtppcmadepay']],
    parse: [],
    decoders: [{ factory: 'alawdec' }],
    encoders: [sound('8000', '1', ['alawenc'])],
    pay: [['rtppcmapay', AUDIO_PAY]],
  },
  {
    name: 'G722',
    kind: 'audio',
    caps: ['audio/G722'],
    depay: [['rtpg722depay']],
    parse: [],
    decoders: [{ factory: 'avdec_g722' }],
    encoders: [sound('16000', '1', ['avenc_g722'])],
    pay: [['rtpg722pay', AUDIO_PAY]],
  },
  {
    name: 'speex',
    kind: 'audio',
    caps: ['audio/x-speex'],
    depay: [['riverospeexdepay']],
    parse: [],
    decoders: [{ factory: 'speexdec' }],
    encoders: [sound('clock', '1', ['speexenc', { nframes: 1 }])],
    pay: [['riverospeexpay', { 'perfect-rtptime': false }]],
  },
  {
    name: 'AMR',
    kind: 'audio',
    caps: ['audio/AMR'],
    ...AMR_PAYLOADS,
    parse: [],
    decoders: [{ factory: 'amrnbdec' }, { factory: 'avdec_amrnb' }],
    encoders: [amr('8000', 'amrnbenc', 8)],
  },
  {
    name: 'AMR-WB',
    kind: 'audio',
    caps: ['audio/AMR-WB'],
    ...AMR_PAYLOADS,
    parse: [],
    decoders: [{ factory: 'amrwbdec' }, { factory: 'avdec_amrwb' }],
    encoders: [amr('16000', 'voamrwbenc', 9)],
  },
  {
    // In files only.
    name: 'AAC',
    kind: 'audio',
    caps: ['audio/mpeg,mpegversion=4'],
    depay: undefined,
    parse: [['aacparse']],
    decoders: [{ factory: 'avdec_aac' }],
    encoders: [sound('(int){44100,48000}', '(int)[1,2]', ['avenc_aac'], ['aacparse'])],
    pay: undefined,
  },
];

const byName = new Map(CODECS.map((codec) => [codec.name.toLowerCase(), codec]));

/** What there is for a codec of SDP; undefined for unknown ones. */
export function findCodec(name: string): Codec | undefined {
  return byName.get(name.toLowerCase());
}

/** Caps of RTP that carries a codec. */
export function rtpCaps(codec: Codec, format: StreamCodec, payloadType: number): string {
  const fields = [
    'application/x-rtp',
    `media=(string)${codec.kind}`,
    `clock-rate=(int)${format.clockRate}`,
    `encoding-name=(string)${codec.name.toUpperCase()}`,
    `payload=(int)${payloadType}`,
  ];
  if (codec.rtpCaps !== undefined) fields.push(...codec.rtpCaps(format).split(','));
  else if (format.channels > 1) fields.push(`encoding-params=(string)${format.channels}`);
  for (const [name, value] of Object.entries(format.parameters)) {
    // Format parameters come from peers: only what can stand in caps as it is.
    if (
      /^[a-z][a-z0-9-]{0,40}$/.test(name) &&
      /^[\w=,+/.-]{1,1000}$/.test(value) &&
      !fields.some((f) => f.startsWith(`${name}=`))
    )
      fields.push(`${name}=(string)"${value}"`);
  }
  return fields.join(',');
}
