import { spawnSync } from 'node:child_process';

export interface MediaFile {
  /** Seconds, as the header says. */
  duration: number;
  /** Seconds. */
  streams: { codec: string; start: number; end: number; packets: number; width?: number; height?: number }[];
  /** Pictures that a decoder made of the first video stream. */
  decodedFrames: number;
  /** Between two packets of one stream, seconds. */
  largestGap: number;
}

/** Reads every packet of a file and decodes it; throws when a reader or decoder complains. */
export function probeFile(path: string): MediaFile {
  const probed = JSON.parse(
    run('ffprobe', ['-show_packets', '-show_format', '-show_streams', '-of', 'json', path]),
  ) as {
    format: { duration?: string };
    streams: { index: number; codec_name: string; width?: number; height?: number }[];
    packets: { stream_index: number; pts_time: string; duration_time?: string }[];
  };
  let largestGap = 0;
  const streams = probed.streams.map(({ index, codec_name: codec, width, height }) => {
    const packets = probed.packets.filter(({ stream_index: stream }) => stream === index);
    const times = packets.map(({ pts_time: time }) => Number(time)).sort((a, b) => a - b);
    for (let i = 1; i < times.length; i++) largestGap = Math.max(largestGap, times[i]! - times[i - 1]!);
    const last = packets.at(-1);
    return {
      codec,
      start: times[0] ?? 0,
      end: (times.at(-1) ?? 0) + Number(last?.duration_time ?? 0),
      packets: packets.length,
      ...(width !== undefined && { width }),
      ...(height !== undefined && { height }),
    };
  });
  const frames = run('ffmpeg', ['-xerror', '-i', path, '-map', '0', '-f', 'framecrc', '-']);
  const video = probed.streams.findIndex(({ width }) => width !== undefined);
  const decodedFrames = frames.split('\n').filter((line) => line.startsWith(`${video},`)).length;
  return { duration: Number(probed.format.duration), streams, decodedFrames, largestGap };
}

function run(program: string, args: string[]): string {
  const { stdout, stderr, status } = spawnSync(program, ['-v', 'error', ...args], { maxBuffer: 1 << 28 });
  if (status !== 0 || stderr.length > 0) throw new Error(`${program}: ${stderr.toString()}`);
  return stdout.toString();
}
