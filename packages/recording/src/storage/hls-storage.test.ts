import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ContainerWriter } from '@rivero/containers';
import { recordingProfiles } from '../profile.js';
import { HlsStorage, hlsProfile } from './hls-storage.js';

const folder = mkdtempSync(join(tmpdir(), 'rivero-hls-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const AVC = Buffer.from('01 42e01e ff e1 0004 6742e01e 01 0002 68ce'.replaceAll(' ', ''), 'hex');

function begin(name: string): { path: string; storage: HlsStorage; writer: ContainerWriter } {
  const path = join(folder, name, 'live.m3u8');
  const storage = new HlsStorage(path);
  return { path, storage, writer: hlsProfile(storage, recordingProfiles.MP4!).writer(storage, 0) };
}

function addVideo(writer: ContainerWriter): number {
  return writer.addTrack({ codec: 'H264', kind: 'video', codecData: AVC, width: 16, height: 16 });
}

function addAudio(writer: ContainerWriter): number {
  const codecData = Buffer.from('1190', 'hex');
  return writer.addTrack({
    codec: 'AAC',
    kind: 'audio',
    codecData,
    sampleRate: 48000,
    channels: 2,
  });
}

/** Frames of a tenth of a second from one second to another; key frames each second. */
function write(writer: ContainerWriter, track: number, from: number, to: number, keyEvery = 10): void {
  for (let i = from * 10; i < to * 10; i++)
    writer.write({
      track,
      pts: i * 1e8,
      duration: 1e8,
      keyFrame: i % keyEvery === 0,
      data: Buffer.alloc(50, i),
    });
}

function lines(path: string, pattern: RegExp): string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => pattern.test(line));
}

test('segments end at key frames, and are listed when they are whole', async () => {
  const { path, storage, writer } = begin('plain');
  await storage.open();
  write(writer, addVideo(writer), 0, 7, 15);
  writer.finish();
  await storage.close();
  // Key frames each 1.5 s: the first one after 2 s is at 3 s.
  assert.deepEqual(lines(path, /EXTINF/), ['#EXTINF:3.000,', '#EXTINF:3.000,', '#EXTINF:0.900,']);
  assert.deepEqual(lines(path, /m4s/), ['live-0.m4s', 'live-1.m4s', 'live-2.m4s']);
  assert.equal(lines(path, /ENDLIST/).length, 1);
  assert.equal(lines(path, /DISCONTINUITY/).length, 0);
  assert.deepEqual(readdirSync(join(folder, 'plain')).sort(), [
    'live-0.m4s',
    'live-1.m4s',
    'live-2.m4s',
    'live-init-1.mp4',
    'live.m3u8',
  ]);
});

test('without key frames a segment ends all the same; sound alone needs none', async () => {
  const video = begin('no keys');
  await video.storage.open();
  write(video.writer, addVideo(video.writer), 0, 10, 1000);
  video.writer.finish();
  await video.storage.close();
  assert.equal(lines(video.path, /EXTINF/)[0], '#EXTINF:8.000,');
  const audio = begin('sound');
  await audio.storage.open();
  write(audio.writer, addAudio(audio.writer), 0, 5);
  audio.writer.finish();
  await audio.storage.close();
  assert.deepEqual(lines(audio.path, /EXTINF/).slice(0, 2), ['#EXTINF:2.000,', '#EXTINF:2.000,']);
});

test('a track that is expected is waited for; one that comes later begins another initialization section', async () => {
  const expected = begin('expected');
  await expected.storage.open();
  expected.storage.expectedTracks = 2;
  const sound = addAudio(expected.writer);
  write(expected.writer, sound, 0, 3);
  write(expected.writer, addVideo(expected.writer), 3, 7);
  expected.writer.finish();
  await expected.storage.close();
  assert.equal(lines(expected.path, /EXT-X-MAP/).length, 1);
  const late = begin('late');
  await late.storage.open();
  const first = addAudio(late.writer);
  write(late.writer, first, 0, 5);
  write(late.writer, addVideo(late.writer), 5, 9);
  late.writer.finish();
  await late.storage.close();
  assert.deepEqual(lines(late.path, /EXT-X-MAP/), [
    '#EXT-X-MAP:URI="live-init-1.mp4"',
    '#EXT-X-MAP:URI="live-init-2.mp4"',
  ]);
  assert.equal(lines(late.path, /DISCONTINUITY/).length, 1);
});

test('a place that can not be written to', async () => {
  writeFileSync(join(folder, 'file'), '');
  await assert.rejects(new HlsStorage(join(folder, 'file', 'x.m3u8')).open(), {
    type: 'RESOURCE_ERROR_OPEN_WRITE',
  });
});
