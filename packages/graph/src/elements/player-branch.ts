import {
  type GstBin,
  GstElement,
  type GstPad,
  type GstStructure,
  type PadHold,
  parseCaps,
} from '@rivero/graph-engine';
import { CODECS, type Codec } from '../codecs.js';
import type { StreamCodec, StreamKind } from '../protocol.js';
import { DEINTERLACE, makeStep, type Step } from '../steps.js';

/** What a stream of a file or camera is: encoded in a codec that sinks may take as it is, or in one that is decoded at once. */
export interface PlayedFormat {
  readonly kind: StreamKind;
  readonly codec: Codec | undefined;
  readonly format: StreamCodec | undefined;
}

/** Where a stretch of media begins in its stream, and in the running time (ns). */
export interface StreamTime {
  readonly time: number;
  readonly base: number;
}

export const NO_TIME: StreamTime = { time: 0, base: 0 };

/** What GStreamer writes of a segment: `…, base=(guint64)0, …, time=(guint64)7000000000, …`; undefined when it has no time. */
function segmentTime(text: string): StreamTime | undefined {
  const field = (name: string): number =>
    Number(new RegExp(`\\b${name}=\\(guint64\\)(\\d+)`).exec(text)?.[1] ?? Number.NaN);
  const [time, base] = [field('time'), field('base')];
  // What has no time is written as the largest number.
  const limit = Number.MAX_SAFE_INTEGER;
  return time < limit && base < limit ? { time, base } : undefined;
}

/** Forms in which encoded frames go on, where parsers know several. */
const FORMS: Readonly<Record<string, string>> = {
  H264: 'video/x-h264,stream-format=byte-stream,alignment=au',
  H265: 'video/x-h265,stream-format=byte-stream,alignment=au',
  AV1: 'video/x-av1,stream-format=obu-stream,alignment=tu',
};

const FIXED_RATES: Readonly<Record<string, number>> = { PCMU: 8000, PCMA: 8000, G722: 16_000 };

/** Files have up to half a second of telephone sound in one piece, which would go out at once. */
const SHORT_SOUND: readonly Step[] = [['audiobuffersplit', { 'output-buffer-duration': '1/50' }]];
/** Raw sound alone can be divided: what is decoded and encoded in these is what it was. */
const SPLIT_SOUND: Readonly<Record<string, readonly Step[]>> = {
  PCMU: [['mulawdec'], ...SHORT_SOUND, ['mulawenc']],
  PCMA: [['alawdec'], ...SHORT_SOUND, ['alawenc']],
};

/** profile_idc and constraint flags (ITU-T H.264 A.2) by GStreamer's names. */
const H264_PROFILES: Readonly<Record<string, string>> = {
  'constrained-baseline': '42e0',
  baseline: '4200',
  main: '4d00',
  extended: '5800',
  high: '6400',
  'constrained-high': '640c',
  'progressive-high': '6408',
  'high-10': '6e00',
  'high-10-intra': '6e10',
  'high-4:2:2': '7a00',
  'high-4:2:2-intra': '7a10',
  'high-4:4:4': 'f400',
  'high-4:4:4-intra': 'f410',
  'cavlc-4:4:4-intra': '2c10',
};

/** `profile` of AV1 (AV1 RTP payload format 7.1) and `profile-id` of H.265 (RFC 7798 7.1) by GStreamer's names. */
const AV1_PROFILES: Readonly<Record<string, string>> = { main: '0', high: '1', professional: '2' };
const H265_PROFILES: Readonly<Record<string, string>> = {
  main: '1',
  'main-10': '2',
  'main-still-picture': '3',
};
/** Format range extensions. */
const H265_OTHER_PROFILE = '4';

/** Half pictures, which those who get them as they are encoded would show as combs. */
function isInterlaced(fields: GstStructure['fields']): boolean {
  const { 'interlace-mode': mode = 'progressive', 'coded-picture-structure': structure = 'frame' } = fields;
  return mode !== 'progressive' || structure !== 'frame';
}

/** What the caps of a parsed stream say; undefined for subtitles and the like. */
export function playedFormat(caps: string): PlayedFormat | undefined {
  const [structure] = parseCaps(caps);
  if (structure === undefined) return undefined;
  const [family] = structure.name.split('/');
  const kind: StreamKind | undefined =
    family === 'audio' ? 'audio' : family === 'video' || family === 'image' ? 'video' : undefined;
  if (kind === undefined) return undefined;
  const { fields } = structure;
  const fits = (wanted: string): boolean => {
    const [first] = parseCaps(wanted);
    return (
      first?.name === structure.name &&
      Object.entries(first.fields).every(
        ([name, value]) => fields[name] === undefined || fields[name] === value,
      )
    );
  };
  const codec = CODECS.find((each) => each.kind === kind && each.caps.some(fits));
  const unfit = { kind, codec: undefined, format: undefined };
  if (codec === undefined || isInterlaced(fields)) return unfit;
  // RTP has mono and stereo only (RFC 7587 section 4.1); more channels are several streams in one packet (RFC 7845 section 5.1.1).
  if (codec.name === 'opus' && Number(fields['channel-mapping-family'] ?? 0) !== 0) return unfit;
  // RTP knows these at one rate only.
  const fixedRate = FIXED_RATES[codec.name];
  if (fixedRate !== undefined && (fields.rate !== fixedRate || (fields.channels ?? 1) !== 1)) return unfit;
  const parameters: Record<string, string> = {};
  if (codec.name === 'H264') {
    const level = Math.round(Number(fields.level ?? 3.1) * 10);
    // One that has no name here is none that receivers play.
    const profile = H264_PROFILES[String(fields.profile ?? 'high')] ?? 'ff00';
    parameters['profile-level-id'] =
      `${profile}${(Number.isFinite(level) ? level : 31).toString(16).padStart(2, '0')}`;
    parameters['packetization-mode'] = '1';
  }
  if (codec.name === 'AV1') parameters.profile = AV1_PROFILES[String(fields.profile ?? 'main')] ?? '2';
  if (codec.name === 'H265')
    parameters['profile-id'] = H265_PROFILES[String(fields.profile ?? 'main')] ?? H265_OTHER_PROFILE;
  if (codec.name === 'VP9') parameters['profile-id'] = String(fields.profile ?? 0);
  const isOpus = codec.name === 'opus';
  const rate = kind === 'video' ? 90_000 : isOpus ? 48_000 : Number(fields.rate ?? 8000);
  const channels = kind === 'video' ? 1 : isOpus ? 2 : Number(fields.channels ?? 1);
  return { kind, codec, format: { name: codec.name, clockRate: rate, channels, parameters } };
}

/**
 * One stream from the demultiplexer to the tee: parsed or decoded, and let out when its time has come. What would disturb the rest of the
 * graph (end of stream, flushes) ends here.
 */
export class PlayerBranch {
  readonly src: GstPad;
  readonly #entry: GstPad;
  readonly #identity: GstElement;
  readonly #shift: GstPad;
  readonly #gate: GstPad;
  #hold: PadHold | undefined;
  #time = NO_TIME;
  #firstTime: number | undefined;

  /**
   * Adds it to the bin of the player and starts it.
   * @param entry where the frames come from
   * @param inTime false for live sources, whose frames go on as they come
   * @param turned encoded pictures are to be turned or mirrored before they are shown, which those who decode them do not know
   */
  constructor(
    bin: GstBin,
    entry: GstPad,
    readonly played: PlayedFormat,
    inTime: boolean,
    ended: () => void,
    turned: () => void = () => {},
  ) {
    const { kind, codec } = played;
    const form = codec && FORMS[codec.name];
    const chain: Step[] = codec
      ? [
          ...codec.parse,
          ...(inTime ? (SPLIT_SOUND[codec.name] ?? []) : []),
          ...(form ? [['capsfilter', { caps: form }] as Step] : []),
        ]
      : kind === 'video'
        ? [...DEINTERLACE, ['videoconvert'], ['videoflip', { 'video-direction': 'auto' }]]
        : [['audioconvert'], ...(inTime ? SHORT_SOUND : [])];
    // A source pad tells what follows of a new offset with the next buffer, a sink pad only with the next segment.
    const shift = GstElement.make('identity', { silent: true });
    const elements = [...chain.map(makeStep), shift, GstElement.make('clocksync', { sync: inTime })];
    bin.add(...elements);
    for (let i = 1; i < elements.length; i++) elements[i - 1]!.link(elements[i]!);
    this.#entry = entry;
    const first = elements[0]!.getStaticPad('sink');
    if (codec !== undefined && kind === 'video') {
      first.onEvent({ direction: 'downstream', types: ['tag'] }, ({ structure }) => {
        if (isTurned(structure)) turned();
      });
    }
    const last = elements.at(-1)!;
    this.#identity = shift;
    this.#shift = shift.getStaticPad('src');
    // What waits here has not been given its time yet.
    this.#gate = shift.getStaticPad('sink');
    this.#gate.onEvent({ direction: 'downstream', types: ['segment'] }, ({ structure }) => {
      this.#time = segmentTime(String(structure?.fields.segment)) ?? this.#time;
      this.#firstTime ??= this.#time.time;
    });
    const out = last.getStaticPad('src');
    out.onEvent({ direction: 'downstream', types: ['eos'], drop: true }, ended);
    out.onEvent({ direction: 'downstream', types: ['flush-start', 'flush-stop'], drop: true }, () => {});
    this.src = bin.addGhostPad(`${kind}_src`, out);
    this.#ready = this.#start(bin, elements, first);
  }

  readonly #ready: Promise<void>;

  async #start(bin: GstBin, elements: readonly GstElement[], first: GstPad): Promise<void> {
    // The bin may be on its way for a while yet: it plays when all that it decodes has been seen.
    for (const element of [...elements].reverse()) await element.setState('playing');
    if (this.played.codec !== undefined) {
      this.#entry.link(first);
      return;
    }
    const decoder = GstElement.make('decodebin');
    bin.add(decoder);
    decoder.onPadAdded((pad, hold) => {
      if (!first.isLinked) pad.link(first);
      hold.release();
    });
    await decoder.setState('playing');
    this.#entry.link(decoder.getStaticPad('sink'));
  }

  /** Resolves when it is linked and runs. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /**
   * Moves all streams of the source: upstream from here, as an event of one of its streams. Exactly there, but for encoded video at the key
   * frame before it. Rejects when it can't.
   * @param position ns
   * @param all the streams of the source
   */
  async seek(position: number, all: readonly PlayerBranch[]): Promise<void> {
    const isForwarded = this.played.kind === 'video' && this.played.codec !== undefined;
    const former = all.map(({ time }) => time);
    // Until they tell where they are.
    for (const branch of all) branch.#time = { time: position, base: 0 };
    try {
      await this.#identity.seek(position, { flags: isForwarded ? 'flush+key-unit' : 'flush+accurate' });
    } catch (error) {
      for (const [i, branch] of all.entries()) branch.#time = former[i]!;
      throw error;
    }
  }

  /** The time of the first segment, ns; undefined before it. */
  get firstTime(): number | undefined {
    return this.#firstTime;
  }

  /** Of the segment that is let out now. */
  get time(): StreamTime {
    return this.#time;
  }

  /** The running time at which the time 0 of the stream is let out (ns). */
  set origin(runningTime: number) {
    this.#shift.offset = runningTime;
  }

  pause(): void {
    this.#hold ??= this.#gate.hold();
  }

  resume(): void {
    this.#hold?.release();
    this.#hold = undefined;
  }
}

/** Whether tags say that a picture is shown in another orientation than it is stored in: phones that were held upright write them. */
function isTurned(structure: GstStructure | undefined): boolean {
  const tags = structure?.fields.taglist as GstStructure | undefined;
  const orientation = tags?.fields['image-orientation'];
  return typeof orientation === 'string' && orientation !== 'rotate-0';
}
