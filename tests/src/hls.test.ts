import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import type { BrowserPeer } from './support/browser.js';
import { callServer, mediaArrives } from './support/call.js';
import { useHarness } from './support/harness.js';
import { invokeBeyond, type MediaElement, type MediaPipeline } from './support/kurento.js';
import { probeFile } from './support/media-file.js';
import { waitFor } from './support/wait.js';

interface Playlist {
  text: string;
  sequence: number;
  /** Names of whole segments with their seconds. */
  segments: { name: string; seconds: number }[];
  /** Parts of the last seconds, with the number of their segment and their own in it. */
  parts: { name: string; seconds: number; independent: boolean; segment: number; part: number }[];
  hint: string | undefined;
}

function readPlaylist(text: string): Playlist {
  const lines = text.trimEnd().split('\n');
  assert.equal(lines[0], '#EXTM3U');
  const sequence = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)![1]);
  const segments: Playlist['segments'] = [];
  const parts: Playlist['parts'] = [];
  let part = 0;
  for (const [index, line] of lines.entries()) {
    const found = /^#EXT-X-PART:DURATION=([\d.]+),URI="([^"]+)"(,INDEPENDENT=YES)?$/.exec(line);
    if (found !== null) {
      const segment = sequence + segments.length;
      parts.push({
        name: found[2]!,
        seconds: Number(found[1]),
        independent: !!found[3],
        segment,
        part: part++,
      });
    }
    const seconds = /^#EXTINF:([\d.]+),$/.exec(line)?.[1];
    if (seconds === undefined) continue;
    segments.push({ name: lines[index + 1]!, seconds: Number(seconds) });
    part = 0;
  }
  return { text, sequence, segments, parts, hint: /PRELOAD-HINT:TYPE=PART,URI="([^"]+)"/.exec(text)?.[1] };
}

describe('HLS of an element', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const harness = useHarness();
  const directory = mkdtempSync(join(tmpdir(), 'rivero-hls-'));
  after(() => rmSync(directory, { recursive: true }));
  let pipeline: MediaPipeline;
  let room: MediaElement;
  let sender: BrowserPeer;

  beforeEach(async () => {
    pipeline = await harness.client.create('MediaPipeline');
    room = await pipeline.create('PassThrough');
    const source = await pipeline.create('WebRtcEndpoint');
    sender = await harness.browser.newPeer({ send: { audio: true, video: true } });
    await callServer(sender, source);
    await source.connect(room);
  });
  afterEach(async () => {
    await pipeline.release();
    await sender.close();
  });

  const base = (): string => harness.server.uri.replace(/^ws/, 'http').replace(/\/kurento$/, '');
  const index = (element: string): string => `${base()}/hls/${encodeURIComponent(element)}/index.m3u8`;

  /** The URL of the media playlist that the index leads to. */
  async function mediaPlaylist(element: string): Promise<string> {
    const answer = await fetch(index(element));
    assert.equal(answer.status, 200, await answer.clone().text());
    assert.equal(answer.headers.get('content-type'), 'application/vnd.apple.mpegurl');
    const lines = (await answer.text()).trimEnd().split('\n');
    assert.match(lines.at(-2)!, /^#EXT-X-STREAM-INF:BANDWIDTH=\d+/);
    return new URL(lines.at(-1)!, index(element)).href;
  }

  async function read(url: string): Promise<Playlist> {
    const answer = await fetch(url);
    assert.equal(answer.status, 200, url);
    return readPlaylist(await answer.text());
  }

  async function bytes(playlist: string, name: string): Promise<Buffer> {
    const answer = await fetch(new URL(name, playlist));
    assert.equal(answer.status, 200, name);
    return Buffer.from(await answer.arrayBuffer());
  }

  test('each part comes when it is made, to who waits for it; segments are the parts together', async () => {
    const url = await mediaPlaylist(room.id);
    assert.equal(await mediaPlaylist(room.id), url, 'players share a stream');
    let playlist = await read(url);
    for (const pattern of [
      /^#EXT-X-TARGETDURATION:4$/m,
      /^#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=12,PART-HOLD-BACK=1\.5$/m,
      /^#EXT-X-PART-INF:PART-TARGET=0\.5$/m,
      /^#EXT-X-MAP:URI="init-1\.mp4"$/m,
      /^#EXT-X-PROGRAM-DATE-TIME:2\d{3}-/m,
    ]) {
      assert.match(playlist.text, pattern);
    }
    assert.equal(playlist.parts[0]!.independent, true);
    const delays: number[] = [];
    const seen = new Map<string, Buffer>();
    while (playlist.segments.length < 3) {
      const last = playlist.parts.at(-1)!;
      const known = playlist.parts.length;
      // The part after the last one of a segment is the first of the next.
      const query = `_HLS_msn=${last.segment}&_HLS_part=${last.part + 1}`;
      const [next, hinted] = await Promise.all([read(`${url}?${query}`), bytes(url, playlist.hint!)]);
      assert.ok(next.parts.length > known, next.text);
      const part = next.parts[known]!;
      assert.equal(part.name, playlist.hint);
      seen.set(part.name, hinted);
      const begun = Date.parse([...next.text.matchAll(/DATE-TIME:(\S+)/g)].at(-1)![1]!);
      const length = next.parts.filter(({ segment }) => segment === next.parts.at(-1)!.segment);
      delays.push(Date.now() - begun - length.reduce((sum, { seconds }) => sum + seconds * 1000, 0));
      playlist = next;
    }
    console.log(`a part is there ${delays.map((delay) => Math.round(delay)).join(', ')} ms after its end`);
    for (const { seconds } of playlist.segments) assert.ok(Math.round(seconds) <= 4, `${seconds} s`);
    const middle = playlist.segments[1]!;
    const its = playlist.parts.filter(({ segment }) => segment === playlist.sequence + 1);
    assert.ok(its.length >= 3);
    const sum = its.reduce((all, { seconds }) => all + seconds, 0);
    assert.ok(Math.abs(sum - middle.seconds) < 0.001);
    const together = Buffer.concat(
      await Promise.all(its.map(({ name }) => seen.get(name) ?? bytes(url, name))),
    );
    assert.deepEqual(await bytes(url, middle.name), together);

    const far = await fetch(`${url}?_HLS_msn=${playlist.sequence + 50}`);
    assert.equal(far.status, 400);
    assert.equal((await fetch(`${url}?_HLS_part=1`)).status, 400);
    assert.equal((await fetch(`${url}?_HLS_msn=-1`)).status, 400);
    assert.equal((await fetch(new URL('part-99999.m4s', url))).status, 404);
    assert.equal((await fetch(new URL('../x/media.m3u8', url))).status, 404);
    assert.equal((await fetch(index('no-such-element'))).status, 404);
    assert.equal((await fetch(url, { method: 'POST' })).status, 405);
  });

  test('ffmpeg plays it, while a player that takes nothing holds up nobody', async () => {
    const url = await mediaPlaylist(room.id);
    const stalled = get(url, (answer) => answer.pause());
    stalled.on('error', () => {});
    const path = join(directory, 'played.mkv');
    const player = spawn('ffmpeg', [
      ...[
        '-v',
        'error',
        '-live_start_index',
        '-3',
        '-i',
        index(room.id),
        '-t',
        '6',
        '-c',
        'copy',
        '-y',
        path,
      ],
    ]);
    const errors: string[] = [];
    player.stderr.on('data', (data: Buffer) => errors.push(String(data)));
    await once(player, 'close');
    stalled.destroy();
    const file = probeFile(path);
    assert.deepEqual(file.streams.map(({ codec }) => codec).sort(), ['aac', 'h264'], errors.join(''));
    assert.ok(file.decodedFrames > 40, `${file.decodedFrames} frames`);
    assert.ok(file.largestGap < 1, `${file.largestGap} s`);
  });

  test('an application has a live stream of its own, which ends when it says', async () => {
    const recorder = await pipeline.create('RecorderEndpoint', {
      uri: 'hls:',
      mediaProfile: 'MP4_VIDEO_ONLY',
    });
    await assert.rejects(invokeBeyond(recorder, 'getLiveUrl', {}), /records/);
    await room.connect(recorder);
    await recorder.record();
    const url = await invokeBeyond<string>(recorder, 'getLiveUrl', {});
    assert.equal(new URL(url).port, String(harness.server.port));
    await waitFor('a segment', async () => (await read(url)).segments.length > 0, 20_000);
    await recorder.stopAndWait();
    assert.match((await read(url)).text, /#EXT-X-ENDLIST\n$/);
    const init = await bytes(url, 'init-1.mp4');
    assert.ok(init.includes('avc1') && !init.includes('mp4a'));
  });

  test('the stream of an element ends with its pipeline', async () => {
    const url = await mediaPlaylist(room.id);
    await read(url);
    const viewer = await pipeline.create('WebRtcEndpoint');
    const peer = await harness.browser.newPeer({ receive: { video: true } });
    await callServer(peer, viewer);
    await room.connect(viewer);
    await mediaArrives(peer, ['video']);
    await peer.close();
    await pipeline.release();
    await waitFor('the end', async () => (await fetch(url)).status === 404);
    assert.equal((await fetch(index(room.id))).status, 404);
  });
});
