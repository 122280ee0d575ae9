import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LiveWindow } from './live-window.js';
import { LiveWriter } from './live-writer.js';

const STEP = 20_000_000;
const SECOND = 1_000_000_000;

function soundStream() {
  const window = new LiveWindow(64 * 1024 * 1024);
  const writer = new LiveWriter(
    window,
    0,
    () => 1,
    () => {},
  );
  const track = writer.addTrack({ kind: 'audio', codec: 'OPUS', sampleRate: 48_000, channels: 2 });
  return {
    window,
    writer,
    play(from: number, seconds: number): void {
      for (let at = from; at < from + seconds * SECOND; at += STEP) {
        writer.write({ track, pts: at, duration: STEP, keyFrame: true, data: Buffer.alloc(40) });
      }
    },
  };
}

/** Decoding time of the first sample of a fragment (tfdt version 1: ISO/IEC 14496-12 8.8.12), in ticks of the track. */
function decodeTime(bytes: Uint8Array): bigint {
  const data = Buffer.from(bytes);
  return data.readBigUInt64BE(data.indexOf('tfdt') + 8);
}

const lengths = (playlist: string, tag: string): number[] =>
  [...playlist.matchAll(new RegExp(`${tag}([\\d.]+)`, 'g'))].map(([, seconds]) => Number(seconds));

test('a silence of half a minute is no segment of half a minute: what comes after it follows a discontinuity', () => {
  const { window, writer, play } = soundStream();
  play(0, 3);
  play(33 * SECOND, 3);
  writer.finish();
  const playlist = window.playlist();
  assert.equal(playlist.match(/#EXT-X-DISCONTINUITY\n/g)?.length, 1);
  const segments = lengths(playlist, '#EXTINF:');
  assert.ok(
    segments.every((seconds) => seconds <= 4.5),
    playlist,
  );
  const sum = segments.reduce((total, seconds) => total + seconds, 0);
  assert.ok(Math.abs(sum - 6) < 0.05, `${sum} s`);
  // The times of media are those of the stream: pictures and sound stay together.
  const first = /#EXT-X-DISCONTINUITY\n.*?(segment-\d+\.m4s)/s.exec(playlist)?.[1];
  assert.equal(decodeTime(window.resource(first!)!), BigInt(33 * 48_000));
});

test('silences of a second break nothing off', () => {
  const { window, writer, play } = soundStream();
  play(0, 1);
  play(2 * SECOND, 1);
  writer.finish();
  const playlist = window.playlist();
  assert.doesNotMatch(playlist, /DISCONTINUITY/);
  assert.ok(lengths(playlist, '#EXTINF:').every((seconds) => seconds <= 4.5));
});

test('many silences keep no initialization sections of segments that are gone', () => {
  const { window, writer, play } = soundStream();
  for (let i = 0; i < 40; i++) play(i * 10 * SECOND, 2);
  assert.equal(window.resource('init-1.mp4'), undefined);
  const playlist = window.playlist();
  for (const [, name] of playlist.matchAll(/MAP:URI="([^"]+)"/g)) assert.ok(window.resource(name!), name);
  writer.finish();
});
