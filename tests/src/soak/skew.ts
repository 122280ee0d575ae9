/** How far apart sound and picture of a recording are that begin together: a beep and a flash each second. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Makes a WebM file: a picture that moves and is white, and a beep, at the beginning of each second. */
export async function makeFlashes(path: string, seconds: number): Promise<void> {
  const [width, height] = [320, 240];
  await run('ffmpeg', [
    ...[
      '-f',
      'lavfi',
      '-i',
      `testsrc=size=${width}x${height}:rate=25,eq=brightness=-0.3,drawbox=enable='lt(mod(t,1),0.1)':color=white:t=fill`,
    ],
    ...['-f', 'lavfi', '-i', `aevalsrc='0.5*sin(2*PI*1000*t)*lt(mod(t,1),0.1)':s=48000`],
    ...[
      '-t',
      `${seconds}`,
      '-c:v',
      'libvpx',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-g',
      '5',
      '-b:v',
      '250k',
    ],
    ...['-c:a', 'libopus', '-b:a', '48k', '-y', path],
  ]);
}

export interface Skew {
  /** Seconds of the recording. */
  seconds: number;
  /** How much later the beep is than the flash, ms: medians over a minute, or what is left, one after the other. */
  medians: number[];
  /** Flashes and beeps that were found both. */
  pairs: number;
}

export async function measureSkew(path: string): Promise<Skew> {
  const flashes = begins(
    await run('ffmpeg', [
      '-i',
      path,
      '-an',
      '-vf',
      'scale=2:2,signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-',
      '-f',
      'null',
      '-',
    ]),
    (level) => level > 200,
  );
  const beeps = begins(
    await run('ffmpeg', [
      '-i',
      path,
      '-vn',
      '-af',
      'astats=metadata=1:reset=1,ametadata=print:key=lavfi.astats.Overall.RMS_level:file=-',
      '-f',
      'null',
      '-',
    ]),
    (level) => level > -30,
  );
  const pairs = flashes.times.flatMap((flash) => {
    const beep = beeps.times.find((time) => Math.abs(time - flash) < 0.45);
    return beep === undefined ? [] : [{ at: flash, ms: (beep - flash) * 1000 }];
  });
  const medians: number[] = [];
  const seconds = Math.max(flashes.end, beeps.end);
  for (let from = 0; from < seconds; from += 60) {
    const part = pairs.filter(({ at }) => at >= from && at < from + 60).map(({ ms }) => ms);
    part.sort((a, b) => a - b);
    if (part.length >= 5) medians.push(part[part.length >> 1]!);
  }
  return { seconds, medians, pairs: pairs.length };
}

/** When a level begins to be reached, s: after a pause, and with what was before it present (it may have begun in a gap). */
function begins(text: string, reached: (level: number) => boolean): { times: number[]; end: number } {
  const times: number[] = [];
  let before: { time: number; on: boolean } | undefined;
  for (const [, at, level] of text.matchAll(/pts_time:\s*([\d.]+)\s+lavfi\.[\w.]+=(\S+)/g)) {
    const time = Number(at);
    const on = reached(Number(level));
    if (on && before !== undefined && !before.on && time - before.time < 0.06) times.push(time);
    before = { time, on };
  }
  return { times, end: before?.time ?? 0 };
}

async function run(program: string, args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['-v', 'error', ...args], { maxBuffer: 1 << 29 });
  return stdout;
}
