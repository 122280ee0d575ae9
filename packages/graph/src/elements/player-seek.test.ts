import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { StreamCodec } from '../protocol.js';
import { CountedReceiver, makeCountedFile } from '../test-support/counted-pictures.js';
import { GraphProcess } from '../test-support/graph-process.js';
import { waitFor } from '../test-support/wait-for.js';

const RATE = 15;
const SECONDS = 12;
/** Position and picture may differ by this (s), on a busy machine; key frames are a second apart. */
const TOLERANCE = 0.5;

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const AAC = ['-c:a', 'aac'];
interface Kind {
  readonly file: string;
  readonly options: readonly string[];
  /** Undefined where it is decoded by the player, which then goes to the very picture. */
  readonly codec: string | undefined;
  readonly web?: boolean;
  /** GStreamer's demultiplexer now and then misses the place while the file is being fetched. */
  readonly misses?: boolean;
  /** How far before the wanted place it may begin: at a key frame; a transport stream has no index (s). */
  readonly before?: number;
}

const KINDS: readonly Kind[] = [
  { file: 'a.mp4', options: [...X264, '-bf', '0', '-g', '15', ...AAC], codec: 'H264' },
  {
    file: 'a.webm',
    options: ['-c:v', 'libvpx', '-g', '15', '-deadline', 'realtime', '-b:v', '1M'],
    codec: 'VP8',
  },
  { file: 'a.ts', options: [...X264, '-bf', '0', '-g', '1', ...AAC], codec: 'H264', before: 2.6 },
  {
    file: 'a.m3u8',
    options: [...X264, '-bf', '0', '-g', '15', ...AAC, '-hls_time', '1', '-hls_playlist_type', 'vod'],
    codec: 'H264',
    web: true,
  },
  {
    file: 'b.mkv',
    options: ['-c:v', 'libx264', '-bf', '2', '-g', '60', '-pix_fmt', 'yuv420p'],
    codec: undefined,
  },
  {
    file: 'a.ogg',
    options: ['-c:v', 'libtheora', '-g', '15', '-b:v', '1M', '-c:a', 'libvorbis'],
    codec: undefined,
  },
  { file: 'a.ogg', options: [], codec: undefined, web: true, misses: true },
];

describe('Places in what is played', () => {
  const directory = mkdtempSync(join(tmpdir(), 'rivero-seek-'));
  let graph: GraphProcess;
  let port = 0;
  const server = createServer(({ url, headers }, response) => {
    try {
      const bytes = readFileSync(join(directory, basename(url ?? '')));
      const range = url?.startsWith('/plain/') ? null : /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
      if (!range) return void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
      const [from, to] = [Number(range[1]), Math.min(Number(range[2] || bytes.length - 1), bytes.length - 1)];
      response.writeHead(206, {
        'content-range': `bytes ${from}-${to}/${bytes.length}`,
        'content-length': to + 1 - from,
      });
      response.end(bytes.subarray(from, to + 1));
    } catch {
      response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  const receivers: CountedReceiver[] = [];
  let outputs = 0;

  before(async () => {
    graph = await GraphProcess.start();
    if (!server.listening) await once(server, 'listening');
    ({ port } = server.address() as { port: number });
  });
  after(async () => {
    for (const receiver of receivers) receiver.close();
    server.close();
    server.closeAllConnections();
    assert.equal(await graph.close(), 0);
    rmSync(directory, { recursive: true });
  });

  const invoke = (element: string, method: string, params: Record<string, unknown> = {}) =>
    graph.request('invoke', { element, method, params });
  const told = (element: string): string[] =>
    graph.events
      .filter(({ type }) => type === 'elementEvent')
      .map(({ data }) => data as { element: string; type: string })
      .filter((event) => event.element === element)
      .map(({ type }) => type);

  async function play(element: string, uri: string, codec: string | undefined): Promise<CountedReceiver> {
    await graph.request('createElement', { element, type: 'Player', params: { uri, networkCache: 0 } });
    await invoke(element, 'play');
    const stream = `${element}/video`;
    await waitFor(`video of ${uri}`, () => {
      const events = graph.events.filter(({ type }) => type === 'streamAdded').map(({ data }) => data);
      const added = events.findLast((data) => (data as { stream: string }).stream === stream);
      return added !== undefined && (added as { codec?: StreamCodec }).codec?.name === codec;
    });
    const receiver = await CountedReceiver.start(codec ?? 'VP8');
    receivers.push(receiver);
    const encode = { codec: { name: 'VP8', clockRate: 90_000, channels: 1, parameters: {} } };
    const output = `out${++outputs}`;
    await graph.request('createOutput', {
      output,
      stream,
      ...(codec === undefined && { encode }),
      port: receiver.port,
      ssrc: 1,
      payloadType: 96,
      mtu: 1200,
    });
    await graph.request('startOutput', { output });
    await waitFor('pictures', () => receiver.pictures.length > 0, 20_000);
    return receiver;
  }

  /** The place that is told is the place of the picture (s). */
  async function agrees(element: string, receiver: CountedReceiver, what: string): Promise<void> {
    for (let looks = 0; looks < 5; looks++) {
      const seen = receiver.pictures.length;
      await waitFor(`a picture ${what}`, () => receiver.pictures.length > seen);
      const position = ((await invoke(element, 'position')) as number) / 1e9;
      const { number, at } = receiver.last!;
      const picture = number / RATE + (performance.now() - at) / 1000;
      assert.ok(Math.abs(position - picture) < TOLERANCE, `${what}: ${position} s, picture of ${picture} s`);
    }
  }

  /** The second picture (s) of another place, for an encoder blurs the first one, and when it came (ms). */
  async function jump(receiver: CountedReceiver, seen: number): Promise<{ picture: number; at: number }> {
    const { pictures } = receiver;
    const step = (i: number): number => pictures[i]!.number - pictures[i - 1]!.number;
    const index = await waitFor('a picture of another place', () => {
      for (let i = Math.max(1, seen); i + 1 < pictures.length; i++) {
        // GStreamer's demuxer of Ogg may repeat a few pictures of the old place before it is at the new one of a web server.
        const isOther = Math.abs(step(i)) > RATE;
        if (isOther && step(i + 1) > 0 && step(i + 1) < RATE) return i + 1;
      }
      return undefined;
    });
    const { number, at } = pictures[index]!;
    return { picture: number / RATE, at };
  }

  for (const { file, options, codec, web = false, misses = false, before: early = 1 } of KINDS) {
    const name = `${file}${web ? ' from a web server' : ''}`;
    test(`${name}: forwards, backwards, in a pause, beyond the end, and again`, async () => {
      const path = join(directory, file);
      if (options.length > 0) makeCountedFile(SECONDS, RATE, [...options, path]);
      const uri = web ? `http://127.0.0.1:${port}/${file}` : `file://${path}`;
      const element = `seek-${name.replaceAll(/\W/g, '-')}`;
      const receiver = await play(element, uri, codec);
      await agrees(element, receiver, 'at the beginning');
      let [seen, asked] = [0, 0];
      const lands = async (target: number, tries = misses ? 5 : 1): Promise<void> => {
        const { picture, at } = await jump(receiver, seen);
        // What is late on a busy machine is not shown: time has gone on since the place was asked for.
        const most = target + 0.4 + (at - asked) / 1000;
        const isThere = picture >= target - (codec === undefined ? 0.1 : early) && picture <= most;
        if (!isThere && tries > 1) {
          await seek(target);
          await lands(target, tries - 1);
          return;
        }
        assert.ok(
          isThere,
          `${target} s asked for, ${picture} s seen: ${receiver.pictures.slice(-30).map(({ number }) => number)}`,
        );
        await agrees(element, receiver, `after ${target} s`);
      };
      const seek = async (target: number): Promise<void> => {
        seen = receiver.pictures.length;
        asked = performance.now();
        await invoke(element, 'seek', { position: target * 1e9 });
      };
      await seek(7.9);
      await lands(7.9);
      await seek(2.9);
      await lands(2.9);
      await invoke(element, 'pause');
      await seek(5.9);
      const place = Number(await invoke(element, 'position')) / 1e9;
      assert.ok(place > 5.8 - early && place < 6, `${place} s`);
      asked = performance.now();
      await invoke(element, 'play');
      await lands(5.9);
      await invoke(element, 'seek', { position: 500e9 });
      await waitFor('the end', () => told(element).includes('ended'));
      assert.equal(await invoke(element, 'position'), 0);
      await assert.rejects(invoke(element, 'seek', { position: 1e9 }), /Seek fails/);
      seen = receiver.pictures.length;
      await invoke(element, 'play');
      assert.ok((await jump(receiver, seen)).picture < 1);
      await agrees(element, receiver, 'when played again');
      assert.deepEqual(told(element), ['ended']);
      await graph.request('releaseElement', { element });
    });
  }

  test('a web server that knows no ranges: there is no other place, and it plays on', async () => {
    const receiver = await play('plain', `http://127.0.0.1:${port}/plain/a.mp4`, 'H264');
    await assert.rejects(invoke('plain', 'seek', { position: 5e9 }), /Seek fails/);
    const info = (await invoke('plain', 'info')) as { seekable: boolean };
    assert.equal(info.seekable, false);
    await agrees('plain', receiver, 'after it');
    assert.deepEqual(told('plain'), []);
    await graph.request('releaseElement', { element: 'plain' });
  });
});
