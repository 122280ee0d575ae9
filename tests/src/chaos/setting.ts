import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdings } from '../support/growth.js';
import { makeVp8File, probeFile } from '../support/media-file.js';
import { TestServer } from '../support/server.js';
import { waitFor } from '../support/wait.js';
import { Chaos, type ChaosReport } from './chaos.js';

/** Files that the worker may have open afterwards beyond those from before: sockets for endpoints of one worker that call each other, which are kept for others. */
const MORE_FILES = 64;

function launch(chain: string): void {
  execFileSync('gst-launch-1.0', ['-q', ...chain.split(/\s+/)]);
}

/** What can be played, and what can't. */
function makeSources(folder: string): string[] {
  const vp8 = makeVp8File(join(folder, 'vp8.webm'), 3);
  const path = (name: string): string => join(folder, name);
  const video = 'videotestsrc num-buffers=45 ! video/x-raw,format=I420,width=176,height=144,framerate=15/1';
  launch(
    `${video} ! x264enc tune=zerolatency key-int-max=15 ! h264parse ! mp4mux ! filesink location=${path('h264.mp4')}`,
  );
  launch(
    `audiotestsrc num-buffers=150 ! audio/x-raw,rate=48000,channels=2 ! opusenc ! oggmux ! filesink location=${path('tone.ogg')}`,
  );
  writeFileSync(path('damaged.mp4'), readFileSync(path('h264.mp4')).subarray(0, 4000));
  writeFileSync(path('text.webm'), 'no media at all');
  const names = ['h264.mp4', 'tone.ogg', 'damaged.mp4', 'text.webm', 'missing.webm'];
  return [vp8, ...names.map((name) => `file://${path(name)}`)];
}

/** Chaos with a server of its own. @returns what was seen; `faults` also of the log, of recordings, and of what the server still holds */
export async function runChaos(
  folder: string,
  { seed, steps, pipelines = 3 }: { seed: number; steps: number; pipelines?: number },
): Promise<ChaosReport> {
  const sources = makeSources(folder);
  launch(
    `videotestsrc num-buffers=1 ! video/x-raw,width=64,height=64 ! pngenc ! filesink location=${join(folder, 'a.png')}`,
  );
  const recordings = join(folder, `${seed}`);
  mkdirSync(recordings);
  const server = await TestServer.start({
    args: ['--media.loopback', 'always', '--media.warmSpare', 'never'],
  });
  try {
    const [before] = holdings(server);
    const image = `file://${join(folder, 'a.png')}`;
    const options = { seed, steps, pipelines, elements: 14, sources, image, folder: recordings };
    const report = await Chaos.run(server.uri, options);
    for (const line of server.output.split('\n'))
      if (/"level":[56]0/.test(line)) report.faults.push(`log: ${line}`);
    await waitFor('the graph processes to end', () => holdings(server).length === 1, 15_000).catch(() =>
      report.faults.push('graph processes are left'),
    );
    const [after] = holdings(server);
    if (after!.files > before!.files + MORE_FILES)
      report.faults.push(`the worker had ${before!.files} files open, and has ${after!.files}`);
    report.faults.push(...report.recordings.flatMap(problemOf));
    return report;
  } finally {
    const { code } = await server.stop();
    if (code !== 0) process.exitCode = 1;
  }
}

/** First bytes of a cluster of WebM and Matroska. */
const CLUSTER = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);

/** A recording that is there and in which there is a frame must be whole. */
function problemOf(path: string): string[] {
  if (!existsSync(path) || statSync(path).size === 0) return [];
  const content = readFileSync(path);
  // Stopped between the header and the first frame.
  if (content.readUInt32BE(0) === 0x1a45dfa3 && !content.includes(CLUSTER)) return [];
  try {
    probeFile(path);
    return [];
  } catch (error) {
    return [`${path}: ${error instanceof Error ? error.message : error}`];
  }
}
