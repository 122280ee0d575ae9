import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContainerCodec, ContainerFrame, ContainerOutput, TrackFormat } from '../container.js';

/** Encoded frames of one codec, made by ffmpeg. */
export interface EncodedMedia {
  format: TrackFormat;
  /** Without a track number. */
  frames: Omit<ContainerFrame, 'track'>[];
}

const ENCODERS: Record<string, { args: string[]; container: string }> = {
  VP8: { args: ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25'], container: 'mkv' },
  VP9: {
    args: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25'],
    container: 'mkv',
  },
  AV1: { args: ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-g', '25'], container: 'mkv' },
  H264: { args: ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '25'], container: 'mp4' },
  H265: {
    args: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:bframes=0'],
    container: 'mp4',
  },
  OPUS: { args: ['-c:a', 'libopus'], container: 'mkv' },
  AAC: { args: ['-c:a', 'aac'], container: 'mp4' },
  PCMU: { args: ['-c:a', 'pcm_mulaw', '-ar', '8000', '-ac', '1'], container: 'mkv' },
};

interface ProbedPacket {
  pts_time: string;
  dts_time?: string;
  duration_time?: string;
  flags: string;
  data: string;
}

/** Two seconds of a moving picture or of a tone. */
export function encode(codec: ContainerCodec, seconds = 2): EncodedMedia {
  const { args, container } = ENCODERS[codec]!;
  const audio = args[0] === '-c:a';
  const source = audio
    ? `sine=frequency=440:duration=${seconds}`
    : `testsrc=size=160x120:rate=25:duration=${seconds}`;
  return withFolder((folder) => {
    const file = join(folder, `source.${container}`);
    run('ffmpeg', [
      '-y',
      '-f',
      'lavfi',
      '-i',
      source,
      ...(audio ? [] : ['-pix_fmt', 'yuv420p']),
      ...args,
      file,
    ]);
    const probed = JSON.parse(
      run('ffprobe', ['-show_packets', '-show_streams', '-show_data', '-of', 'json', file]).toString(),
    ) as {
      packets: ProbedPacket[];
      streams: {
        width?: number;
        height?: number;
        sample_rate?: string;
        channels?: number;
        extradata?: string;
      }[];
    };
    const stream = probed.streams[0]!;
    const codecData = stream.extradata === undefined ? undefined : hexDump(stream.extradata);
    const format: TrackFormat = {
      kind: audio ? 'audio' : 'video',
      codec,
      ...(audio
        ? { sampleRate: Number(stream.sample_rate), channels: stream.channels! }
        : { width: stream.width!, height: stream.height! }),
      ...(codecData === undefined ? {} : { codecData }),
    };
    const first = Math.min(...probed.packets.map((packet) => Number(packet.dts_time ?? packet.pts_time)));
    const nanos = (seconds: string | undefined): number => Math.round((Number(seconds) - first) * 1e9);
    const frames = probed.packets.map((packet) => ({
      pts: nanos(packet.pts_time),
      ...(packet.dts_time === undefined ? {} : { dts: nanos(packet.dts_time) }),
      ...(packet.duration_time === undefined
        ? {}
        : { duration: Math.round(Number(packet.duration_time) * 1e9) }),
      keyFrame: packet.flags.startsWith('K'),
      data: hexDump(packet.data),
    }));
    return { format, frames };
  });
}

/** Frames of several tracks in the order of their decoding times. */
export function interleave(
  ...tracks: { track: number; frames: EncodedMedia['frames']; offset?: number }[]
): ContainerFrame[] {
  return tracks
    .flatMap(({ track, frames, offset = 0 }) =>
      frames.map((frame) => ({
        ...frame,
        track,
        pts: frame.pts + offset,
        ...(frame.dts === undefined ? {} : { dts: frame.dts + offset }),
      })),
    )
    .sort((a, b) => (a.dts ?? a.pts) - (b.dts ?? b.pts));
}

/** A file in memory. */
export class MemoryOutput implements ContainerOutput {
  #bytes: Uint8Array = new Uint8Array(0);

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  append(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
  }

  patch(offset: number, bytes: Uint8Array): void {
    if (offset < 0 || offset + bytes.length > this.#bytes.length)
      throw new RangeError('patch outside of the file');
    this.#bytes.set(bytes, offset);
  }
}

export interface ProbedFile {
  /** Seconds. */
  duration: number | undefined;
  streams: { codec: string; duration: number | undefined; start: number; frames: number; width?: number }[];
}

/** What ffprobe finds in a file; it reads every packet. */
export function probe(bytes: Uint8Array, suffix: string): ProbedFile {
  return withFile(bytes, suffix, (file) => {
    const found = JSON.parse(
      run('ffprobe', ['-count_packets', '-show_format', '-show_streams', '-of', 'json', file]).toString(),
    ) as {
      format: { duration?: string };
      streams: {
        codec_name: string;
        duration?: string;
        start_time: string;
        nb_read_packets: string;
        width?: number;
      }[];
    };
    const seconds = (text: string | undefined): number | undefined =>
      text === undefined ? undefined : Number(text);
    return {
      duration: seconds(found.format.duration),
      streams: found.streams.map((stream) => ({
        codec: stream.codec_name,
        duration: seconds(stream.duration),
        start: Number(stream.start_time),
        frames: Number(stream.nb_read_packets),
        ...(stream.width === undefined ? {} : { width: stream.width }),
      })),
    };
  });
}

/** Decodes everything; throws when a decoder complains. Gives the number of decoded video frames and audio samples. */
export function decode(bytes: Uint8Array, suffix: string): { videoFrames: number; audioSamples: number } {
  return withFile(bytes, suffix, (file) => {
    const count = (kind: 'v' | 'a'): number[] =>
      run('ffmpeg', ['-xerror', '-i', file, '-map', `0:${kind}?`, '-f', 'framecrc', '-'])
        .toString()
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => Number(line.split(',')[3]));
    const audio = count('a');
    return { videoFrames: count('v').length, audioSamples: audio.reduce((sum, length) => sum + length, 0) };
  });
}

function withFile<T>(bytes: Uint8Array, suffix: string, use: (file: string) => T): T {
  return withFolder((folder) => {
    const file = join(folder, `file.${suffix}`);
    writeFileSync(file, bytes);
    return use(file);
  });
}

function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'rivero-containers-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program; what it complains about (at the level of errors) is an error. */
function run(program: string, args: string[]): Buffer {
  const { stdout, stderr, status } = spawnSync(program, ['-v', 'error', ...args], { maxBuffer: 1 << 28 });
  if (status !== 0 || stderr.length > 0)
    throw new Error(`${program} ${args.join(' ')}: ${stderr.toString()}`);
  return stdout;
}

/** The text form of ffprobe: lines of "offset: hex words  characters". */
function hexDump(text: string): Uint8Array {
  const hex = text
    .split('\n')
    .map((line) => line.slice(line.indexOf(':') + 1, line.indexOf(':') + 42).replaceAll(' ', ''))
    .join('');
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
