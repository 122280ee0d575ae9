import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Pictures that tell their own number: its bits are black and white columns. */
const BITS = 12;
const COLUMN = 16;
const COUNTED_WIDTH = BITS * COLUMN;
const COUNTED_HEIGHT = 64;
const PIXELS = COUNTED_WIDTH * COUNTED_HEIGHT;

function countedPicture(number: number): Buffer {
  const picture = Buffer.alloc((PIXELS * 3) / 2, 128);
  for (let x = 0; x < COUNTED_WIDTH; x++) {
    const bit = (number >> Math.floor(x / COLUMN)) & 1;
    for (let y = 0; y < COUNTED_HEIGHT; y++) picture[y * COUNTED_WIDTH + x] = bit === 1 ? 220 : 30;
  }
  return picture;
}

/** The number of a picture in grey, undefined for none of these pictures. */
function numberOf(grey: Buffer): number | undefined {
  let number = 0;
  for (let bit = 0; bit < BITS; bit++) {
    const luma = grey[(COUNTED_HEIGHT / 2) * COUNTED_WIDTH + bit * COLUMN + COLUMN / 2]!;
    // What an encoder has not drawn to the end.
    if (luma > 60 && luma < 190) return undefined;
    if (luma >= 190) number |= 1 << bit;
  }
  return number;
}

/**
 * Makes a file of counted pictures and a tone with ffmpeg.
 * @param output options of ffmpeg, and the path
 */
export function makeCountedFile(seconds: number, rate: number, output: readonly string[]): void {
  const pictures: Buffer[] = [];
  for (let number = 0; number < seconds * rate; number++) pictures.push(countedPicture(number));
  const size = `${COUNTED_WIDTH}x${COUNTED_HEIGHT}`;
  execFileSync(
    'ffmpeg',
    [
      ...[
        '-v',
        'error',
        '-y',
        '-f',
        'rawvideo',
        '-pix_fmt',
        'yuv420p',
        '-s',
        size,
        '-r',
        String(rate),
        '-i',
        '-',
      ],
      ...['-f', 'lavfi', '-t', String(seconds), '-i', 'sine=440:48000', ...output],
    ],
    { input: Buffer.concat(pictures), stdio: ['pipe', 'ignore', 'inherit'] },
  );
}

const DECODERS: Readonly<Record<string, string>> = {
  VP8: 'rtpvp8depay ! vp8dec',
  VP9: 'rtpvp9depay ! vp9dec',
  H264: 'rtph264depay ! avdec_h264 max-threads=1',
  H265: 'rtph265depay ! avdec_h265 max-threads=1',
};

/** Decodes counted pictures that come by RTP. */
export class CountedReceiver {
  /** Numbers of the pictures and when they came (ms, `performance.now()`). */
  readonly pictures: { number: number; at: number }[] = [];
  #rest: Buffer[] = [];
  #length = 0;

  private constructor(
    readonly port: number,
    readonly process: ChildProcess,
  ) {
    process.stdout!.on('data', (data: Buffer) => this.#take(data));
  }

  /** @param codec VP8, VP9, H264 or H265 */
  static async start(codec: string): Promise<CountedReceiver> {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const { port } = socket.address();
    socket.close();
    await once(socket, 'close');
    const caps = `application/x-rtp,media=video,clock-rate=90000,encoding-name=${codec}`;
    const decode = `${DECODERS[codec]} ! videoconvert ! video/x-raw,format=GRAY8 ! fdsink sync=false`;
    const chain = `udpsrc address=127.0.0.1 port=${port} caps=${caps} ! ${decode}`;
    const process = spawn('gst-launch-1.0', ['-q', ...chain.split(' ')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    return new CountedReceiver(port, process);
  }

  get last(): { number: number; at: number } | undefined {
    return this.pictures.at(-1);
  }

  #take(data: Buffer): void {
    this.#rest.push(data);
    this.#length += data.length;
    if (this.#length < PIXELS) return;
    let all = Buffer.concat(this.#rest);
    for (; all.length >= PIXELS; all = all.subarray(PIXELS)) {
      const number = numberOf(all);
      if (number !== undefined) this.pictures.push({ number, at: performance.now() });
    }
    this.#rest = [all];
    this.#length = all.length;
  }

  close(): void {
    this.process.kill('SIGKILL');
  }
}
