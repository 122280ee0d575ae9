/**
 * `npm run bench:recorder`: what a recording of 1 Mbit/s costs the graph process: VP8 with Opus in WebM and H.264 with Opus in MP4, none of it
 * transcoded; beside a bare gst-launch that writes the same. Options: --seconds=N, --rounds=N,
 * --warm-up=N (seconds), --json=NAME.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  coresOf,
  freePort,
  H264,
  launch,
  median,
  OPUS,
  option,
  Source,
  startGraph,
  VP8,
  wait,
} from './support/graph-bench.js';
import { formatTable, writeResults } from './support/report.js';

const seconds = Number(option('seconds') ?? 6);
const rounds = Number(option('rounds') ?? 3);
/** V8 compiles, and looks for garbage several times, in the first seconds of a process. */
const warmUp = Number(option('warm-up') ?? 20);
const MAX_CORES = 0.02;
const folder = mkdtempSync(join(tmpdir(), 'rivero-bench-recorder-'));

const RAW =
  'videotestsrc is-live=true pattern=snow ! video/x-raw,format=I420,width=240,height=180,framerate=25/1';
const FORMS = [
  {
    profile: 'WEBM',
    codec: VP8,
    encode: `${RAW} ! vp8enc deadline=1 cpu-used=8 end-usage=cbr keyframe-max-dist=50 target-bitrate=950000 ! rtpvp8pay pt=96 mtu=1200`,
    mux: 'webmmux',
    parse: 'rtpvp8depay',
  },
  {
    profile: 'MP4',
    codec: H264,
    encode: `${RAW} ! x264enc tune=zerolatency speed-preset=superfast sliced-threads=false key-int-max=50 bitrate=950 ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency pt=96 mtu=1200`,
    mux: 'mp4mux fragment-duration=1000',
    parse: 'rtph264depay ! h264parse',
  },
] as const;

const audio = await Source.start(
  'audiotestsrc is-live=true samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=2 ! opusenc bitrate=48000 ! rtpopuspay pt=97',
);
const rows: string[][] = [];
const results: object[] = [];
for (const { profile, codec, encode, mux, parse } of FORMS) {
  const video = await Source.start(encode);
  const graphs: number[] = [];
  const bares: number[] = [];
  const bitrates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const path = join(folder, `${profile}-${round}`);
    const { graph, child } = await startGraph();
    const params = {
      uri: `file://${path}`,
      profile,
      stopOnEndOfStream: false,
      spoolDirectory: folder,
      bitrate: 0,
    };
    await graph.request('createElement', { element: 'recorder', type: 'Recorder', params });
    const targets: [Source, number][] = [];
    for (const [source, kind, format] of [
      [video, 'video', codec],
      [audio, 'audio', OPUS],
    ] as const) {
      const payloadType = kind === 'video' ? 96 : 97;
      const { rtpPort } = await graph.request('createInput', {
        input: kind,
        kind,
        codec: format,
        payloadType,
      });
      await graph.request('connect', { stream: kind, element: 'recorder', input: kind });
      targets.push([source, rtpPort]);
    }
    const ports = { video: await freePort(), audio: await freePort() };
    const rtp = (kind: string, name: string, rate: number, type: number): string =>
      `application/x-rtp,media=${kind},clock-rate=${rate},encoding-name=${name},payload=${type}`;
    const bare = launch(`${mux} name=mux ! filesink location=${path}-bare
      udpsrc address=127.0.0.1 port=${ports.video} caps=${rtp('video', codec.name, 90000, 96)} ! rtpjitterbuffer latency=120 ! ${parse} ! queue ! mux.
      udpsrc address=127.0.0.1 port=${ports.audio} caps=${rtp('audio', 'OPUS', 48000, 97)} ! rtpjitterbuffer latency=120 ! rtpopusdepay ! opusparse ! queue ! mux.`);
    targets.push([video, ports.video], [audio, ports.audio]);
    for (const [source, port] of targets) source.targets.add(port);
    await graph.request('invoke', { element: 'recorder', method: 'record', params: {} });
    await wait(warmUp * 1000);
    const size = statSync(path).size;
    const [inGraph, inBare] = await Promise.all([coresOf(child.pid!, seconds), coresOf(bare.pid!, seconds)]);
    bitrates.push(((statSync(path).size - size) * 8) / seconds / 1000);
    graphs.push(inGraph);
    bares.push(inBare);
    for (const [source, port] of targets) source.targets.delete(port);
    graph.close();
    bare.kill('SIGKILL');
  }
  video.stop();
  const [graph, bare, kbits] = [median(graphs), median(bares), median(bitrates)];
  results.push({ profile, cores: { graph, bare }, kbits });
  rows.push([profile, kbits.toFixed(0), graph.toFixed(4), bare.toFixed(4), (graph / bare).toFixed(2)]);
}
audio.stop();
rmSync(folder, { recursive: true, force: true });
console.log(formatTable(['profile', 'kbit/s', `cores (≤ ${MAX_CORES})`, 'gst-launch', 'ratio'], rows));
const name = option('json');
if (name !== undefined) writeResults(name, { seconds, rounds, results });
