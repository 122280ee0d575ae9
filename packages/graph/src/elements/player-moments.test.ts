import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isGraphEngineBuilt } from '@rivero/graph-engine';
import { GraphProcess } from '../test-support/graph-process.js';
import { OPUS, Played } from '../test-support/played.js';
import { waitFor } from '../test-support/wait-for.js';

/** Bytes of MP3 between two titles of a radio. */
const TITLE_EVERY = 1000;

describe('Player at odd moments', { skip: !isGraphEngineBuilt() && 'no GStreamer' }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'rivero-moments-'));
  let graph: GraphProcess;
  before(async () => {
    graph = await GraphProcess.start();
  });
  after(async () => {
    rmSync(directory, { recursive: true });
    assert.equal(await graph.close(), 0);
  });

  /** A tone of two seconds. @param options of ffmpeg, apart by spaces */
  function tone(name: string, options: string): string {
    const path = join(directory, name);
    execFileSync('ffmpeg', [...`-v error -y -f lavfi -i sine=440 -t 2 ${options}`.split(' '), path]);
    return path;
  }

  test('another place before it plays, and one before the beginning: refused, and nothing else changes', async () => {
    const player = await Played.make(graph, `file://${tone('a.m4a', '-c:a aac')}`);
    await assert.rejects(player.invoke('seek', { position: 1e9 }), /Seek fails/);
    await player.invoke('play');
    const sound = await player.receive('audio', OPUS);
    await waitFor('sound', () => sound.packets > 5);
    await assert.rejects(player.invoke('seek', { position: -1e9 }), /Seek fails/);
    await waitFor('the end', () => player.has('ended'));
    assert.deepEqual(
      player.events.map(({ type }) => type),
      ['ended'],
    );
    assert.ok(sound.packets > 80, `${sound.packets} packets of 20 ms`);
    await player.release();
  });

  test('a pause at once: nothing comes, and all of it comes afterwards', async () => {
    const player = await Played.make(graph, `file://${tone('b.m4a', '-c:a aac')}`);
    await player.invoke('play');
    await player.invoke('pause');
    const sound = await player.receive('audio', OPUS);
    await waitFor('what is known of it', async () => (await player.invoke('info')) !== null);
    assert.equal(await player.invoke('position'), 0);
    assert.equal(sound.packets, 0);
    await player.invoke('play');
    await waitFor('the end', () => player.has('ended'));
    await waitFor('all of it', () => sound.packets > 95);
    await player.release();
  });

  test('stopped and played fifty times in a row: the last time counts', async () => {
    const player = await Played.make(graph, `file://${tone('c.wav', '-ar 8000')}`);
    for (let i = 0; i < 50; i++) {
      await player.invoke('play');
      await player.invoke('stop');
    }
    await player.invoke('play');
    const sound = await player.receive('audio', OPUS);
    await waitFor('the end', () => player.has('ended'));
    await waitFor('all of it', () => sound.packets > 80);
    assert.equal(player.events.length, 1);
    await player.release();
  });

  test('a file that is deleted while it plays is played to its end', async () => {
    const path = tone('d.m4a', '-c:a aac');
    const player = await Played.make(graph, `file://${path}`);
    await player.invoke('play');
    const sound = await player.receive('audio', OPUS);
    await waitFor('sound', () => sound.packets > 5);
    unlinkSync(path);
    await waitFor('the end', () => player.has('ended'));
    await waitFor('all of it', () => sound.packets > 80);
    await player.release();
  });

  test('GIF: one error, for its decoder comes to no end', async () => {
    const path = join(directory, 'a.gif');
    execFileSync('ffmpeg', [...'-v error -y -f lavfi -i testsrc=s=160x120:r=15 -t 2'.split(' '), path]);
    const player = await Played.make(graph, `file://${path}`);
    await player.invoke('play');
    await waitFor('the error', () => player.events.length > 0);
    assert.deepEqual(
      player.events.map(({ type, data }) => [type, data.domain, data.hasFlowed]),
      [['error', 'stream', false]],
    );
    assert.deepEqual(player.codecs(), {});
    await player.release();
  });

  test('a radio that tells the title of what it sends (ICY)', async () => {
    const music = readFileSync(tone('e.mp3', '-c:a libmp3lame -write_xing 0 -id3v2_version 0'));
    const title = Buffer.concat([Buffer.of(2), Buffer.from("StreamTitle='A tone';".padEnd(32, '\0'))]);
    let asked = 0;
    const server = createServer((request, response) => {
      if (request.headers['icy-metadata'] === '1') asked++;
      response.writeHead(200, { 'content-type': 'audio/mpeg', 'icy-metaint': TITLE_EVERY });
      let at = 0;
      const send = setInterval(() => {
        const block = Buffer.alloc(TITLE_EVERY);
        for (let i = 0; i < TITLE_EVERY; i++) block[i] = music[at++ % music.length]!;
        response.write(block);
        response.write(title);
      }, 50);
      response.on('close', () => clearInterval(send));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const player = await Played.make(
      graph,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/radio`,
    );
    await player.invoke('play');
    const sound = await player.receive('audio', OPUS);
    await waitFor('sound', () => sound.packets > 100, 20_000);
    assert.ok(asked > 0, 'titles are asked for');
    assert.deepEqual(player.codecs(), { audio: 'raw' });
    assert.deepEqual(player.events, []);
    await player.release();
    server.close();
    server.closeAllConnections();
  });
});
