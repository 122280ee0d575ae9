/**
 * `npm run bench:player`: what it costs worker and graph process to play a file to 50 viewers, beside forwarding the same packets from an
 * RtpEndpoint to as many; and how long it takes from create to the first picture for a player and a Composite. Options: --seconds=N,
 * --rounds=N, --viewers=N, --json=NAME.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coresOf, median, option, pictureCounter, Source, wait } from './support/graph-bench.js';
import { KurentoConnection } from './support/kurento.js';
import { formatTable, writeResults } from './support/report.js';
import { ServerUnderTest } from './support/server.js';

const seconds = Number(option('seconds') ?? 5);
const rounds = Number(option('rounds') ?? 3);
const viewers = Number(option('viewers') ?? 50);
const folder = mkdtempSync(join(tmpdir(), 'rivero-bench-player-'));
const path = join(folder, 'a.webm');
const VIDEO =
  'video/x-raw,format=I420,width=240,height=180,framerate=30/1 ! vp8enc deadline=1 cpu-used=8 keyframe-max-dist=30 target-bitrate=700000';

const describe = (port: number): string =>
  `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\nm=video ${port} RTP/AVP 96\na=rtpmap:96 VP8/90000\n`;
const portOf = (answer: unknown): number => Number(/^m=video (\d+)/m.exec(String(answer))![1]);

const chain = `videotestsrc pattern=snow num-buffers=${(seconds + 30) * 30} ! ${VIDEO} ! webmmux ! filesink location=${path}`;
execFileSync('gst-launch-1.0', ['-q', ...chain.split(/\s+/)]);
const server = await ServerUnderTest.start(1);
const client = await KurentoConnection.open(server.url);
const [, worker] = server.pids;

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

/** A pipeline with viewers of one source; all their packets come to one socket. */
async function show(makeSource: (pipeline: string) => Promise<string>, count: number, port: number) {
  const pipeline = await client.create('MediaPipeline', {});
  const source = await makeSource(pipeline);
  for (let i = 0; i < count; i++) {
    const viewer = await client.create('RtpEndpoint', { mediaPipeline: pipeline });
    await client.invoke(viewer, 'processOffer', { offer: describe(port) });
    await client.invoke(source, 'connect', { sink: viewer });
  }
  return { pipeline, source };
}

const player = (pipeline: string): Promise<string> =>
  client.create('PlayerEndpoint', { mediaPipeline: pipeline, uri: `file://${path}` });

interface Measured {
  cores: number;
  pictures: number;
}

async function measure(counter: { pictures: number }): Promise<Measured> {
  await wait(2000);
  const before = counter.pictures;
  const pids = [worker!, ...childrenOf(worker!)];
  const cores = await Promise.all(pids.map((pid) => coresOf(pid, seconds)));
  return { cores: cores.reduce((sum, one) => sum + one, 0), pictures: (counter.pictures - before) / seconds };
}

async function played(): Promise<Measured> {
  const counter = await pictureCounter();
  const { pipeline, source } = await show(player, viewers, counter.port);
  await client.invoke(source, 'play');
  const measured = await measure(counter);
  await client.release(pipeline);
  counter.close();
  return measured;
}

async function forwarded(): Promise<Measured> {
  const counter = await pictureCounter();
  const sender = await Source.start(
    `filesrc location=${path} ! matroskademux ! clocksync ! rtpvp8pay pt=96 mtu=1150`,
  );
  const camera = async (pipeline: string): Promise<string> => {
    const endpoint = await client.create('RtpEndpoint', { mediaPipeline: pipeline });
    sender.targets.add(portOf(await client.invoke(endpoint, 'processOffer', { offer: describe(9) })));
    return endpoint;
  };
  const { pipeline } = await show(camera, viewers, counter.port);
  const measured = await measure(counter);
  await client.release(pipeline);
  sender.stop();
  counter.close();
  return measured;
}

/** ms from the first create until the first picture has come to a viewer. */
async function firstPicture(make: (port: number) => Promise<string>): Promise<number> {
  const counter = await pictureCounter();
  const start = performance.now();
  const pipeline = await make(counter.port);
  while (counter.pictures === 0 && performance.now() - start < 10_000) await wait(1);
  const took = performance.now() - start;
  await client.release(pipeline);
  counter.close();
  return took;
}

const playerStarts: number[] = [];
const compositeStarts: number[] = [];
const results = { played: [] as Measured[], forwarded: [] as Measured[] };
for (let round = 0; round < rounds; round++) {
  results.forwarded.push(await forwarded());
  results.played.push(await played());
}
// The graph processes are warm by now, as after the first use in any worker.
for (let i = 0; i < 5; i++) {
  await wait(500);
  playerStarts.push(
    await firstPicture(async (port) => {
      const { pipeline, source } = await show(player, 1, port);
      await client.invoke(source, 'play');
      return pipeline;
    }),
  );
  await wait(500);
  compositeStarts.push(
    await firstPicture(async (port) => {
      const { pipeline } = await show(
        async (mediaPipeline) => {
          const hub = await client.create('Composite', { mediaPipeline });
          return client.create('HubPort', { hub });
        },
        1,
        port,
      );
      return pipeline;
    }),
  );
}
client.close();
await server.stop();
rmSync(folder, { recursive: true, force: true });

const summary = (of: readonly Measured[]): Measured => ({
  cores: median(of.map(({ cores }) => cores)),
  pictures: median(of.map(({ pictures }) => pictures)),
});
const [play, forward] = [summary(results.played), summary(results.forwarded)];
const perPicture = ({ cores, pictures }: Measured): number => (cores * 1e6) / pictures;
const row = (label: string, one: Measured): string[] => [
  label,
  one.cores.toFixed(3),
  one.pictures.toFixed(0),
  perPicture(one).toFixed(1),
];
console.log(
  formatTable(
    [`1→${viewers}`, 'cores', 'pictures/s', 'CPU µs/picture'],
    [
      row('a file played (worker and graph)', play),
      row('the same packets forwarded', forward),
      ['ratio (≤ 1.3)', '', '', (perPicture(play) / perPicture(forward)).toFixed(2)],
    ],
  ),
);
console.log(
  `\nfrom create to the first picture, ms: player ${median(playerStarts).toFixed(0)}, Composite ${median(compositeStarts).toFixed(0)}`,
);
const name = option('json');
if (name !== undefined)
  writeResults(name, { seconds, rounds, viewers, play, forward, playerStarts, compositeStarts });
