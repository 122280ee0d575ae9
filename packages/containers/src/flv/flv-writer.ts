import { ascii, concat, f64, u8, u16, u24, u32 } from '../bytes.js';
import {
  ContainerError,
  type ContainerFrame,
  type ContainerOutput,
  type ContainerWriter,
  type TrackFormat,
} from '../container.js';

const AUDIO_TAG = 8;
const VIDEO_TAG = 9;
const SCRIPT_TAG = 18;
const NANOS_PER_MS = 1e6;

/** Audio codecs (Video File Format Specification 10, E.4.2.1) with rate and size bits: AAC says 44 kHz stereo always. */
const SOUND: Record<string, number> = { AAC: 0xaf, PCMA: 0x72, PCMU: 0x82 };

/** Writes FLV: H.264 with AAC or G.711, one track of each kind. Every frame is complete as it is appended. */
export class FlvWriter implements ContainerWriter {
  readonly #output: ContainerOutput;
  readonly #tracks: TrackFormat[] = [];
  #length = 0;
  #started = false;
  #finished = false;
  #durationAt = 0;
  #end = 0;
  readonly #announced = new Set<number>();

  constructor(output: ContainerOutput) {
    this.#output = output;
  }

  addTrack(format: TrackFormat): number {
    if (format.codec !== 'H264' && SOUND[format.codec] === undefined) {
      throw new ContainerError(`FLV does not hold ${format.codec}`);
    }
    if ((format.codec === 'H264' || format.codec === 'AAC') && format.codecData === undefined) {
      throw new ContainerError(`${format.codec} needs its codec data`);
    }
    if (this.#tracks.some(({ kind }) => kind === format.kind)) {
      throw new ContainerError(`FLV holds one ${format.kind} track`);
    }
    this.#tracks.push(format);
    return this.#tracks.length - 1;
  }

  write(frame: ContainerFrame): void {
    if (this.#finished) return;
    const format = this.#tracks[frame.track];
    if (format === undefined) throw new ContainerError(`no track ${frame.track}`);
    if (!this.#started) this.#start();
    const dts = Math.round((frame.dts ?? frame.pts) / NANOS_PER_MS);
    const pts = Math.round(frame.pts / NANOS_PER_MS);
    if (!this.#announced.has(frame.track)) {
      this.#announced.add(frame.track);
      if (format.codec === 'H264') this.#tag(VIDEO_TAG, dts, u8(0x17, 0, 0, 0, 0), format.codecData!);
      if (format.codec === 'AAC') this.#tag(AUDIO_TAG, dts, u8(0xaf, 0), format.codecData!);
    }
    if (format.kind === 'video') {
      this.#tag(VIDEO_TAG, dts, u8(frame.keyFrame ? 0x17 : 0x27, 1), u24(pts - dts), frame.data);
    } else if (format.codec === 'AAC') {
      this.#tag(AUDIO_TAG, dts, u8(0xaf, 1), frame.data);
    } else {
      this.#tag(AUDIO_TAG, dts, u8(SOUND[format.codec]!), frame.data);
    }
    this.#end = Math.max(this.#end, frame.pts + (frame.duration ?? 0));
  }

  flush(): void {}

  finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    if (this.#started) this.#output.patch(this.#durationAt, f64(this.#end / 1e9));
  }

  #start(): void {
    this.#started = true;
    // Which kinds there are: later ones may come, so that both are said to be there.
    this.#append(concat([ascii('FLV'), u8(1, 5), u32(9), u32(0)]));
    const video = this.#tracks.find(({ kind }) => kind === 'video');
    const fields: [string, number][] = [['duration', 0]];
    if (video !== undefined) {
      fields.push(['width', video.width ?? 0], ['height', video.height ?? 0], ['videocodecid', 7]);
    }
    const name = ascii('onMetaData');
    const head = concat([u8(2), u16(name.length), name, u8(8), u32(fields.length)]);
    const entries = fields.map(([key, value]) => concat([u16(key.length), ascii(key), u8(0), f64(value)]));
    // The first field's number: after the tag's header, the array's head, and the key with its type.
    this.#durationAt = this.#length + 11 + head.length + 2 + 'duration'.length + 1;
    this.#tag(SCRIPT_TAG, 0, head, ...entries, u8(0, 0, 9));
  }

  #tag(type: number, milliseconds: number, ...content: Uint8Array[]): void {
    const data = concat(content);
    const time = Math.max(milliseconds, 0);
    this.#append(
      concat([
        u8(type),
        u24(data.length),
        u24(time & 0xffffff),
        u8((time >>> 24) & 0xff),
        u24(0),
        data,
        u32(data.length + 11),
      ]),
    );
  }

  #append(bytes: Uint8Array): void {
    this.#output.append(bytes);
    this.#length += bytes.length;
  }
}
