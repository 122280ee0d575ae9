import { execFileSync, spawnSync } from 'node:child_process';

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

/** A picture near the end of a file, with the colour of a pixel as `[red, green, blue]`. */
export function lastPicture(path: string): {
  width: number;
  height: number;
  at(x: number, y: number): number[];
} {
  const { streams } = probeFile(path);
  const video = streams.find(({ width }) => width !== undefined);
  if (video === undefined) throw new Error(`${path} has no picture`);
  const { width = 0, height = 0, end } = video;
  const from = Math.max(0, end - 1).toFixed(3);
  const raw = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-i', path, '-ss', from, '-frames:v', '1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
    { maxBuffer: 1 << 28 },
  ).stdout;
  if (raw.length !== width * height * 3) throw new Error(`${path}: no picture at ${from} s`);
  return {
    width,
    height,
    at: (x, y) => [...raw.subarray((Math.floor(y) * width + Math.floor(x)) * 3).subarray(0, 3)],
  };
}

/** How loud tones are in the last second of a file: amplitude by frequency (Goertzel), 1 = full scale. */
export function tonesAtEnd(path: string, frequencies: readonly number[]): number[] {
  const rate = 8000;
  const raw = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-i', path, '-vn', '-ac', '1', '-ar', `${rate}`, '-f', 's16le', '-'],
    { maxBuffer: 1 << 28 },
  ).stdout;
  const all = new Int16Array(raw.buffer, raw.byteOffset, raw.length >> 1);
  const samples = all.subarray(Math.max(0, all.length - rate));
  return frequencies.map((frequency) => {
    const omega = (2 * Math.PI * frequency) / rate;
    let real = 0;
    let imaginary = 0;
    for (const [index, sample] of samples.entries()) {
      real += (sample / 32768) * Math.cos(omega * index);
      imaginary += (sample / 32768) * Math.sin(omega * index);
    }
    return (2 * Math.hypot(real, imaginary)) / samples.length;
  });
}

/** Makes a WebM file of 160 × 120 at 25 frames a second with a key frame in each second, and a tone. @returns its URI */
export function makeVp8File(path: string, seconds: number): string {
  const chain = `webmmux name=mux ! filesink location=${path}
    videotestsrc pattern=ball num-buffers=${seconds * 25} ! video/x-raw,format=I420,width=160,height=120,framerate=25/1
    ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=25 ! queue ! mux.
    audiotestsrc num-buffers=${seconds * 50} samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! opusenc ! queue ! mux.`;
  execFileSync('gst-launch-1.0', ['-q', ...chain.split(/\s+/)]);
  return `file://${path}`;
}
