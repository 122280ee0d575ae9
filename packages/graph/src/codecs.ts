import type { StreamCodec, StreamKind } from './protocol.js';
import { capsFilter, type Step } from './steps.js';

/** bit/s at which a stream begins when nobody says. Video: Kurento's default. */
export const DEFAULT_BITRATE: Readonly<Record<StreamKind, number>> = { video: 300_000, audio: 48_000 };

/** Frames between key frames at most: viewers ask for those that they need, recordings can be searched. */
const KEY_FRAME_DISTANCE = 120;
/** ns of sound in a packet. */
const AUDIO_PACKET_NS = 20_000_000;

/** An encoder as its chain uses it. */
export interface Encoder {
  readonly factory: string;
  /** Some forms of the codec it can't make; missing: it can make them all. */
  makes?(format: StreamCodec): boolean;
  /** Converters, what the encoder takes, the encoder, what it must give. */
  steps(bitrate: number, format: StreamCodec): readonly Step[];
  /** How the bitrate is set while it runs; missing: it can't be. */
  readonly bitrate?: { readonly property: string; readonly bitsPerUnit: number };
}

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
  readonly encoders: readonly Encoder[];
  readonly pay: Chain | undefined;
}

const VIDEO_DECODER = { 'automatic-request-sync-points': true, 'discard-corrupted-frames': true };
const VIDEO_DEPAY = { 'request-keyframe': true, 'wait-for-keyframe': true };
const AUDIO_PAY = { 'min-ptime': AUDIO_PACKET_NS, 'max-ptime': AUDIO_PACKET_NS, 'perfect-rtptime': false };
/** x264, x265 and the like can't halve the colours of an odd number of pixels. */
const EVEN_SIZE = 'video/x-raw,format=I420,width=(int)[2,16384,2],height=(int)[2,16384,2]';
const I420 = 'video/x-raw,format=I420';

/** VP8 and VP9 for live video: constant bitrate, no frames held back. */
function vpx(factory: string, cpuUsed: number, more: Step[1] = {}): Encoder {
  return {
    factory,
    bitrate: { property: 'target-bitrate', bitsPerUnit: 1 },
    steps: (bitrate) => [
      ['videoconvert'],
      capsFilter(I420),
      [
        factory,
        {
          deadline: 1,
          'cpu-used': cpuUsed,
          'end-usage': 'cbr',
          'lag-in-frames': 0,
          'keyframe-max-dist': KEY_FRAME_DISTANCE,
          'error-resilient': 'default',
          'min-quantizer': 4,
          'max-quantizer': 56,
          undershoot: 95,
          'buffer-size': 600,
          'buffer-initial-size': 300,
          'buffer-optimal-size': 400,
          'static-threshold': 100,
          threads: 2,
          'target-bitrate': bitrate,
          ...more,
        },
      ],
    ],
  };
}

/** Receivers whose packets are whole NAL units (packetization-mode 0, RFC 6184 section 6.2) get slices that fit into one. */
const SLICE_BYTES = 1100;

function takesFragments({ parameters }: StreamCodec): boolean {
  return parameters['packetization-mode'] !== '0';
}

const X264: Encoder = {
  factory: 'x264enc',
  bitrate: { property: 'bitrate', bitsPerUnit: 1000 },
  steps: (bitrate, format) => [
    ['videoscale'],
    ['videoconvert'],
    capsFilter(EVEN_SIZE),
    [
      'x264enc',
      {
        tune: 'zerolatency',
        'speed-preset': 'superfast',
        'key-int-max': KEY_FRAME_DISTANCE,
        bframes: 0,
        'sliced-threads': false,
        threads: 1,
        'vbv-buf-capacity': 600,
        bitrate: Math.max(1, Math.round(bitrate / 1000)),
        ...(!takesFragments(format) && { 'option-string': `slice-max-size=${SLICE_BYTES}` }),
      },
    ],
    capsFilter('video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au'),
    ['h264parse', { 'config-interval': -1 }],
  ],
};

const OPENH264: Encoder = {
  factory: 'openh264enc',
  // Its bound on slices has no effect.
  makes: takesFragments,
  bitrate: { property: 'bitrate', bitsPerUnit: 1 },
  steps: (bitrate) => [
    ['videoscale'],
    ['videoconvert'],
    capsFilter(EVEN_SIZE),
    [
      'openh264enc',
      {
        'usage-type': 'camera',
        'rate-control': 'bitrate',
        complexity: 'low',
        'gop-size': KEY_FRAME_DISTANCE,
        'enable-frame-skip': false,
        'multi-thread': 1,
        bitrate,
      },
    ],
    capsFilter('video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au'),
    ['h264parse', { 'config-interval': -1 }],
  ],
};

const X265: Encoder = {
  factory: 'x265enc',
  bitrate: { property: 'bitrate', bitsPerUnit: 1000 },
  steps: (bitrate) => [
    ['videoscale'],
    ['videoconvert'],
    capsFilter(EVEN_SIZE),
    // It refuses video of unknown frame rate, which is all that comes by RTP.
    ['capssetter', { caps: 'video/x-raw,framerate=30/1' }],
    [
      'x265enc',
      {
        tune: 'zerolatency',
        'speed-preset': 'ultrafast',
        'key-int-max': KEY_FRAME_DISTANCE,
        bitrate: Math.max(1, Math.round(bitrate / 1000)),
      },
    ],
    ['h265parse', { 'config-interval': -1 }],
  ],
};

const AOM: Encoder = {
  factory: 'av1enc',
  bitrate: { property: 'target-bitrate', bitsPerUnit: 1000 },
  steps: (bitrate) => [
    ['videoconvert'],
    capsFilter(I420),
    [
      'av1enc',
      {
        'usage-profile': 'realtime',
        'cpu-used': 10,
        'end-usage': 'cbr',
        'lag-in-frames': 0,
        'keyframe-max-dist': KEY_FRAME_DISTANCE,
        // Without them libaom ends the process at the first frame.
        'min-quantizer': 4,
        'max-quantizer': 56,
        'row-mt': true,
        threads: 2,
        'target-bitrate': Math.max(1, Math.round(bitrate / 1000)),
      },
    ],
    ['av1parse'],
  ],
};

/** H.263 has five picture formats; CIF is the one that everybody plays. */
function h263(factory: string, more: Record<string, number> = {}): Encoder {
  return {
    factory,
    steps: (bitrate) => [
      ['videoscale'],
      ['videoconvert'],
      capsFilter('video/x-raw,format=I420,width=352,height=288'),
      ['capssetter', { caps: 'video/x-raw,framerate=30000/1001' }],
      [factory, { bitrate, 'gop-size': 60, ...more }],
    ],
  };
}

/** @param rate Hz as GStreamer writes it; `clock`: that of the RTP clock */
function sound(rate: string, channels: string, encoder: Step, ...after: Step[]): Encoder {
  const bitrate = encoder[0] === 'opusenc' ? { property: 'bitrate', bitsPerUnit: 1 } : undefined;
  return {
    factory: encoder[0],
    ...(bitrate && { bitrate }),
    steps: (bits, { clockRate }) => [
      ['audioconvert'],
      ['audioresample'],
      capsFilter(`audio/x-raw,rate=${rate === 'clock' ? clockRate : rate},channels=${channels}`),
      bitrate ? [encoder[0], { ...encoder[1], bitrate: bits }] : encoder,
      ...after,
    ],
  };
}

/**
 * In the best mode that the receiver takes.
 *
 * @param modes how many there are (RFC 4867 section 8.1, `mode-set`). By their numbers: the names that voamrwbenc has for them are those of
 *   others from 14.25 kbit/s on
 */
function amr(rate: string, factory: string, modes: number): Encoder {
  return {
    factory,
    steps: (_bitrate, { parameters }) => {
      const wanted = (parameters['mode-set'] ?? '').split(',').map((text) => Number.parseInt(text, 10));
      const allowed = wanted.filter((mode) => mode >= 0 && mode < modes);
      return [
        ['audioconvert'],
        ['audioresample'],
        capsFilter(`audio/x-raw,rate=${rate},channels=1`),
        [factory, { 'band-mode': allowed.length === 0 ? modes - 1 : Math.max(...allowed) }],
      ];
    },
  };
}

const isOctetAligned = ({ parameters }: StreamCodec): boolean => parameters['octet-align'] === '1';
/** RFC 4867 has two forms, of which GStreamer knows the octet-aligned one. */
const AMR_PAYLOADS: Pick<Codec, 'rtpCaps' | 'depay' | 'pay'> = {
  rtpCaps: (format) => `encoding-params=(string)1,octet-align=(string)${isOctetAligned(format) ? 1 : 0}`,
  depay: (format) => [[isOctetAligned(format) ? 'rtpamrdepay' : 'riveroamrdepay']],
  pay: (format) => [[isOctetAligned(format) ? 'rtpamrpay' : 'riveroamrpay', { 'perfect-rtptime': false }]],
};

const OPUS_ENCODER: Step = [
  'opusenc',
  {
    'frame-size': 20,
    'audio-type': 'generic',
    'inband-fec': true,
    'packet-loss-percentage': 5,
    complexity: 5,
  },
];

export const CODECS: readonly Codec[] = [
  {
    name: 'VP8',
    kind: 'video',
    caps: ['video/x-vp8'],
    depay: [['rtpvp8depay', VIDEO_DEPAY]],
    parse: [],
    decoders: [{ factory: 'vp8dec', properties: VIDEO_DECODER }],
    encoders: [vpx('vp8enc', 8)],
    pay: [['rtpvp8pay', { 'picture-id-mode': '15-bit' }]],
  },
  {
    name: 'VP9',
    kind: 'video',
    caps: ['video/x-vp9'],
    depay: [['rtpvp9depay', VIDEO_DEPAY]],
    parse: [],
    decoders: [{ factory: 'vp9dec', properties: VIDEO_DECODER }],
    encoders: [vpx('vp9enc', 8, { 'row-mt': true })],
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
    encoders: [h263('avenc_h263p')],
    pay: [['rtph263ppay']],
  },
  {
    name: 'H263',
    kind: 'video',
    caps: ['video/x-h263,h263version=h263'],
    depay: [['rtph263depay'], ['h263parse']],
    parse: [['h263parse']],
    decoders: [{ factory: 'avdec_h263', properties: VIDEO_DECODER }],
    // A header before every group of blocks: rtph263pay divides pictures there, and leaves them whole without.
    encoders: [h263('avenc_h263', { ps: 1 })],
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
    encoders: [
      { factory: 'jpegenc', steps: () => [['videoconvert'], capsFilter(I420), ['jpegenc', { quality: 85 }]] },
    ],
    pay: undefined,
  },
  {
    name: 'opus',
    kind: 'audio',
    caps: ['audio/x-opus'],
    depay: [['rtpopusdepay'], ['opusparse']],
    parse: [['opusparse']],
    decoders: [{ factory: 'opusdec', properties: { plc: true, 'use-inband-fec': true } }],
    encoders: [sound('48000', '(int)[1,2]', OPUS_ENCODER)],
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
    pay: [['rtpspeexpay', { 'perfect-rtptime': false }]],
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
