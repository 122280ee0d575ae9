/**
 * Encoders for live media and how each is set: constant bitrate where the encoder has it, no frames held back, key frames on request.
 */
import type { StreamCodec } from './protocol.js';
import { capsFilter, type Step } from './steps.js';

/** Frames between key frames at most: viewers ask for those that they need, recordings can be searched. */
const KEY_FRAME_DISTANCE = 120;

/** An encoder as its chain uses it. */
export interface Encoder {
  readonly factory: string;
  /** Some forms of the codec it can't make; missing: it can make them all. */
  makes?(format: StreamCodec): boolean;
  /** Converters, what the encoder takes, the encoder, what it must give. */
  steps(bitrate: number, format: StreamCodec): readonly Step[];
  /** How the bitrate is set while it runs; missing: it can't be. */
  readonly bitrate?: { readonly property: string; readonly bitsPerUnit: number };
  /** Frames a second that it is told in any case, and reckons with. */
  readonly nominalFrameRate?: number;
}

/** Frames a second that encoders are told which need a rate: what comes by RTP has none. */
const NOMINAL_FRAME_RATE = 30;
const NOMINAL_RATE: Step = ['capssetter', { caps: `video/x-raw,framerate=${NOMINAL_FRAME_RATE}/1` }];
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

export const VP8: Encoder = vpx('vp8enc', 8);
export const VP9: Encoder = vpx('vp9enc', 8, { 'row-mt': true });

/** Receivers whose packets are whole NAL units (packetization-mode 0, RFC 6184 section 6.2) get slices that fit into one. */
const SLICE_BYTES = 1100;

export function takesFragments({ parameters }: StreamCodec): boolean {
  return parameters['packetization-mode'] !== '0';
}

export const X264: Encoder = {
  factory: 'x264enc',
  bitrate: { property: 'bitrate', bitsPerUnit: 1000 },
  nominalFrameRate: NOMINAL_FRAME_RATE,
  steps: (bitrate, format) => [
    ['videoscale'],
    ['videoconvert'],
    capsFilter(EVEN_SIZE),
    // Told none, it holds each picture until the next one has come, which tells it how long the first one lasts.
    NOMINAL_RATE,
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

export const OPENH264: Encoder = {
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

export const X265: Encoder = {
  factory: 'x265enc',
  bitrate: { property: 'bitrate', bitsPerUnit: 1000 },
  nominalFrameRate: NOMINAL_FRAME_RATE,
  steps: (bitrate) => [
    ['videoscale'],
    ['videoconvert'],
    capsFilter(EVEN_SIZE),
    // It refuses video of unknown frame rate.
    NOMINAL_RATE,
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

export const AOM: Encoder = {
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

export const H263_PLUS: Encoder = h263('avenc_h263p');
/** With a header before every group of blocks: rtph263pay divides pictures there, and leaves them whole without. */
export const H263: Encoder = h263('avenc_h263', { ps: 1 });

export const JPEG: Encoder = {
  factory: 'jpegenc',
  steps: () => [['videoconvert'], capsFilter(I420), ['jpegenc', { quality: 85 }]],
};

/** @param rate Hz as GStreamer writes it; `clock`: that of the RTP clock */
export function sound(rate: string, channels: string, encoder: Step, ...after: Step[]): Encoder {
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
export function amr(rate: string, factory: string, modes: number): Encoder {
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

export const OPUS: Encoder = sound('48000', '(int)[1,2]', [
  'opusenc',
  {
    'frame-size': 20,
    'audio-type': 'generic',
    'inband-fec': true,
    'packet-loss-percentage': 5,
    complexity: 5,
  },
]);
